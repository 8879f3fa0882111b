"""Engines that decode with a student; all give the same greedy output."""
