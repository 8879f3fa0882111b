"""Examples to batches to a trained student, with checkpoints."""
