"""Losses with their masks: pure functions of tensors."""
