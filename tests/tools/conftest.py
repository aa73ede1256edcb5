"""Two of the three cases are judged by the tools that take longest in every run; the smallest one in `make test-all`."""

from __future__ import annotations

import pytest

LONG = ("test_terraform", "checkov", "hardening")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_output.py" and "minimal" in item.name and any(word in item.name for word in LONG):
            item.add_marker(pytest.mark.slow)
