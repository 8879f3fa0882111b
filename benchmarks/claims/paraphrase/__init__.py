"""The claim of diverse paraphrase."""
