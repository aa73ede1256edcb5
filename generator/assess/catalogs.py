"""Gradle's version catalogs: a build file with what its aliases stand for, line by line as it was."""

from __future__ import annotations

import re
from typing import Any, Final

from generator.assess.folder import Folder, inside, parent

_CATALOG: Final = "gradle/libs.versions.toml"
_ALIAS: Final = re.compile(r"\blibs((?:\.[A-Za-z]\w*(?:\(\))?)+)")
_MOST: Final = 500
"""Aliases of a build file that are followed, and characters that each becomes: no file written by people has more."""
_CALLS: Final = frozenset({"get", "toInt", "asProvider"})
"""What a build file asks an alias for."""


def text(folder: Folder, build: str) -> str:
    """The text of a build file, with what plugins and libraries are called instead of the catalog's names."""
    place = parent(build)
    while (path := inside(place, _CATALOG)) not in folder and place != ".":
        place = parent(place)
    known = _known(folder.data(path))
    return _ALIAS.sub(lambda found: known.get(_accessor(found[1]), found[0])[:_MOST], folder.text(build), _MOST)


def _accessor(way: str) -> str:
    return ".".join(step for step in way.replace("()", "").split(".") if step and step not in _CALLS)


def _known(catalog: dict[str, Any]) -> dict[str, str]:
    """What each accessor behind `libs` stands for, as a build file without a catalog would say it."""
    libraries = {key: f'"{_library(about)}"' for key, about in _rows(catalog, "libraries").items()}
    known = {_dotted(key): text for key, text in libraries.items()}
    for key, about in _rows(catalog, "bundles").items():
        members = about if isinstance(about, list) else []
        known[f"bundles.{_dotted(key)}"] = ", ".join(libraries.get(str(one), "") for one in members)
    for key, about in _rows(catalog, "plugins").items():
        name = about.get("id") if isinstance(about, dict) else str(about).partition(":")[0]
        known[f"plugins.{_dotted(key)}"] = f'"{name}"'
    return known | {f"versions.{_dotted(key)}": str(about) for key, about in _rows(catalog, "versions").items()}


def _library(about: Any) -> str:
    if not isinstance(about, dict):
        return str(about)
    return str(about.get("module") or f"{about.get('group')}:{about.get('name')}")


def _rows(catalog: dict[str, Any], name: str) -> dict[str, Any]:
    found = catalog.get(name)
    return found if isinstance(found, dict) else {}


def _dotted(key: str) -> str:
    return re.sub(r"[-_]", ".", key)
