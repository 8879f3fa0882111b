"""Outputs in the wrong language: how they are judged, counted and shown."""
