"""Small models: loading, adapters and decoding engines."""
