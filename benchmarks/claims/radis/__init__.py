"""The claim of rationale distillation."""
