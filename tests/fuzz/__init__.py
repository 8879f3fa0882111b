"""Damaged input in great numbers: whatever is given, a user gets an answer or a `UserError`, never a traceback.

PYTHONPATH=tests python -m fuzz --count 10000            or: make fuzz FUZZ=10000
PYTHONPATH=tests python -m fuzz recipes --seed 7         one target alone, with other mutations

driver    tries mutations of a target, and keeps those that break it
recipes   shipped recipes, damaged, through `check`
answers   bodies of teachers' answers, damaged, through all that reads them
"""
