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


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, freshly generated: copied by each test, never written to."""
    root = tmp_path_factory.mktemp("pristine") / "shop"
    with projects.remembered():
        Shop.generated(root)
    return root


@pytest.fixture
def shop(pristine: Path, tmp_path: Path) -> Shop:
    """A generated folder of the test's own."""
    return Shop(projects.copy(pristine, tmp_path / "shop"))
