"""The only place that knows the order of stages."""
