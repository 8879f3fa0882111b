"""Formats of XML: their bytes in stretches, inline elements as tags, and one file for each format."""
