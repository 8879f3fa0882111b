"""Asking a chat teacher many questions: pace, failures, budget, one record for each call."""
