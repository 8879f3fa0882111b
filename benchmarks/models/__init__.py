"""Models that benchmarks fetch."""
