"""Rationale distillation: parallel text, each translation followed by what the student itself would go on to write."""
