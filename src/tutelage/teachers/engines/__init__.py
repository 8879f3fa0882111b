"""Translation engines as teachers: what a sentence-level engine needs around it."""
