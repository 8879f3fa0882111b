"""Sweeps: one recipe with several values of some settings, a run for each, one table and one page of all."""
