"""What protection keeps, and what it costs."""
