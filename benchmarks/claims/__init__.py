"""Claims of papers, each measured whole by `python -m benchmarks.claims.<claim>`."""
