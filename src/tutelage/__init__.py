"""Tutelage: make a small translator better by letting a large one correct its mistakes, and show the evidence."""

__version__ = "0.1.0"
