"""What holds for all tests, those of the program and those beside the components."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples each time, and none of them against the clock: a busy machine must not decide a test.
settings.register_profile(
    "repository", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repository")

# Tests may be run by make; what make tells its children must not reach the make that a test runs.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
    os.environ.pop(name, None)


def pytest_collection_finish() -> None:
    """Looks no more for garbage among the tests themselves, which live to the end: that takes a quarter of the time."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test marked `tool("kubectl")` skips with the reason where it is missing, and fails where CI=true."""
    from tests.tools.run import need

    for mark in item.iter_markers("tool"):
        need(*mark.args)
