"""Parse, then call one plain function."""
