"""Paraphrase: a large model's paraphrases, filtered, taught to a small student (arXiv 2404.12596)."""
