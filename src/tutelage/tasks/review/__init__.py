"""A student's outputs for a translator to correct: a page and an XLIFF file, whose export a run learns from."""
