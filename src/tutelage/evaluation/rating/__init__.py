"""Blind ratings of several systems' outputs: the rubric, what raters see, what they said, and how far they agree."""
