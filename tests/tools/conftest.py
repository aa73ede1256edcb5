"""The example of each platform is judged by all tools in every run; by those that take long, others in `make test-all`."""

from __future__ import annotations

import pytest

LONG = {
    "minimal": ("test_terraform", "checkov", "hardening", "kubeconform", "promtool-test", "schemas", "trivy"),
    "wide": ("test_terraform", "checkov", "hardening", "schemas"),
}
"""What of which case takes too long to be in every run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name == "test_output.py" and any(
            f"[{case}" in item.name and any(word in item.name for word in words) for case, words in LONG.items()
        ):
            item.add_marker(pytest.mark.slow)
