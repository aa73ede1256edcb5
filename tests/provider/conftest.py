"""These tests take minutes, and need the provider on this computer."""

from __future__ import annotations

import pytest

from tests.support.terraform import real


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = f"TERRAFORM_MIRROR names no folder with aws {real.VERSION}: a filesystem mirror of Terraform"
    for item in items:
        if item.path.parent.name == "provider":
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.skipif(real.mirror() is None, reason=reason))
