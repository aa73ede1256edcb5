"""Sites of plain files that no package.json builds: an index.html, or the configuration of a generator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, parent

_GENERATORS: Final = {
    "hugo.toml": "Hugo",
    "hugo.yaml": "Hugo",
    "_config.yml": "Jekyll",
}
"""Those that make sites; what makes manuals (MkDocs, mdBook) mostly stands beside something else."""


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for a site in the root: one deeper belongs to something else until its own files say more."""
    for name, generator in _GENERATORS.items():
        if name in folder:
            yield _site(name, f"the configuration of {generator}")
            return
    place = next((path for path in ("index.html", "public/index.html", "site/index.html") if path in folder), "")
    if place:
        yield _site(place, "a page, and no code beside it")


def _site(path: str, read: str) -> Unit:
    unit = Unit(parent(path), "static", "program")
    for key in ("kind", "language"):
        unit.shows(key, "static", path, 0, read, Strength.NAMED)
    if path.endswith(".html"):
        unit.shows("package_manager", "none", path, 0, "nothing is built", Strength.NAMED)
    return unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Nothing more is to be known of plain files."""
