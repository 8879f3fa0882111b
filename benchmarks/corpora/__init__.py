"""The texts of claims and recipes, rebuilt from public packages."""
