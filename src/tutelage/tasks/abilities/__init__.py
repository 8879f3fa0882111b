"""What chat models can do besides, compared and judged."""
