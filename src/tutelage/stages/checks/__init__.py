"""What of a recipe can be checked for several methods alike."""
