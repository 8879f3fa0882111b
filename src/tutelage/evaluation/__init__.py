"""Evidence: scores, significance, the gate and the report."""
