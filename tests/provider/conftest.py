"""These tests take minutes, and need the provider on this computer."""

from __future__ import annotations

import pytest

from tests.support.terraform import real


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "provider":
            item.add_marker(pytest.mark.slow)


def pytest_runtest_setup() -> None:
    """Asked of the tests of this folder alone."""
    real.need()
