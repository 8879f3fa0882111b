"""Where a run's rows are worked on: in its own process, or by the workers of a cluster."""
