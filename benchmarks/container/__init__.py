"""The Containerfile: linted, built, and what it makes run without a network."""
