"""What an existing repository shows of its services: found by its files alone, nothing in it is run.

`folder.py` reads, a module of `languages/` for each language and one for each other source yield evidence,
`evidence.py` weighs it, `units.py` makes services of it, `detected.py` makes defaults, `survey.py` the whole report.
"""
