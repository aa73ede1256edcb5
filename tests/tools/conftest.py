"""The example of each platform is judged by all tools in every run; by those that take long, others in `make test-all`."""

from __future__ import annotations

import pytest

_LONG = ("test_terraform", "checkov", "hardening", "promtool-test", "schemas", "shellcheck")
LONG = {"minimal": (*_LONG, "trivy"), "wide": _LONG, "matrix-": (*_LONG, "trivy"), "ecs-example": ("checkov",)}
"""What of which case takes too long to be in every run; checkov looks at most of the files in the example."""
ROWS = {"matrix-00"}
"""The rows of the matrix that are judged in every run; the others in `make test-all`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_output.py" and (_long(item.name) or _other_row(item.name)):
            item.add_marker(pytest.mark.slow)


def _long(name: str) -> bool:
    return any(f"[{case}" in name and any(word in name for word in words) for case, words in LONG.items())


def _other_row(name: str) -> bool:
    return "[matrix-" in name and not any(f"[{row}" in name for row in ROWS)
