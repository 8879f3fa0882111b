"""Glossaries: which word must be translated by which, and whether a translation keeps to it."""
