"""Rows that are worked on by Ray's workers; imports Ray only where a cluster is opened."""
