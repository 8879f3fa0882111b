"""From a recipe to a run: check, estimate, run, resume, sweep, compare, report."""
