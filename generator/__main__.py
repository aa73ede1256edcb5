"""`python -m generator`: the same as the console script."""

from generator.cli import run

run()
