"""Rehearsal with rationales, for every step: what the student writes on after a translation is trained behind it."""
