"""Sequence-level distillation: the teacher translates all, the student learns it all (Kim and Rush 2016)."""
