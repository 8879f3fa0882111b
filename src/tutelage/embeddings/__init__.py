"""Models that turn sentences into vectors, by which meanings are compared."""
