"""Tests may be run by make; what make tells its children must not reach the make that a test runs."""

import os

for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
    os.environ.pop(name, None)
