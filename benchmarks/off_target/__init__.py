"""What language identifiers tell of human translations."""
