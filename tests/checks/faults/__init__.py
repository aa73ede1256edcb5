"""Faults that people and programs put into a good repository, and what must be said of each.

`*.yml` are the faults, a file for each class, but for `fine.yml`: edits that no rule may speak against. `fault.py` says
what their keys mean, `place.py` finds every place where a fault fits, `remembered.py` judges a tree that differs from a
known one in a file or two, `verdict.py` says what was found.
`python -m tests.checks.faults` prints the figures; `--write` records in `not-found-yet.txt` what is missed.
"""
