"""Text in and out: readers, writers, filters, splits, leakage."""
