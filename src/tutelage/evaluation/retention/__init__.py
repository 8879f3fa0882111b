"""What general abilities a student has: items with rule-checked answers, their scores, and what was kept of them."""
