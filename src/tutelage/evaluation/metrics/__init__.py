"""Metrics of others, each a program in its own environment."""
