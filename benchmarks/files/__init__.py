"""Strangers' files: what becomes of real localisation files of other projects."""
