"""What a server can tell of translations and of texts, without references."""
