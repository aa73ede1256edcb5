"""What an existing repository shows of its services: found by its files alone, nothing in it is run.

`folder.py` reads, a module of `languages/` for each language and one for each other source yield evidence,
`routes.py`, `mounted.py` and `controllers.py` what code serves; `evidence.py` weighs it, `units.py` makes services
of it, `detected.py` and `fitted.py` make defaults, `survey.py` the whole report.
"""
