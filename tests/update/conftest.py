"""A generated folder for the tests of updates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.update import projects
from tests.update.shop import Shop


@pytest.fixture(autouse=True)
def _renders_once() -> Iterator[None]:
    with projects.remembered():
        yield


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The smallest case, freshly generated."""
    return Shop.generated(tmp_path / "shop")
