"""The versions that asdf and mise install, from the files that both have for every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside

_TOOLS: Final = {
    "python": "python", "node": "nodejs|node", "go": "golang|go", "java": "java", "dotnet": "dotnet-core|dotnet",
    "ruby": "ruby", "rust": "rust",
}  # fmt: skip
"""What a language is called there."""
_VERSION: Final = r"(?:[a-z]+-)?(\d{1,4}(?:\.\d{1,4}){0,2})(?=[ \t.+_]|$)"


def shown(folder: Folder, unit: Unit) -> None:
    """Adds the version of a unit's language; the language's own file is believed before."""
    name = _TOOLS.get(unit.language, r"(?!)")
    for place in dict.fromkeys((unit.path, ".")):
        for version, path, line in (*_of_asdf(folder, place, name), *_of_mise(folder, place, name)):
            unit.shows("version", version, path, line, "the version file", Strength.FIXED - 1)
            return


def _of_asdf(folder: Folder, place: str, name: str) -> Iterator[tuple[str, str, int]]:
    path = inside(place, ".tool-versions")
    if found := re.search(rf"^(?:{name})[ \t]+{_VERSION}", folder.text(path), re.M):
        yield found[1], path, folder.text(path).count("\n", 0, found.start()) + 1


def _of_mise(folder: Folder, place: str, name: str) -> Iterator[tuple[str, str, int]]:
    for path in (inside(place, "mise.toml"), inside(place, ".mise.toml")):
        tools = folder.data(path).get("tools")
        for tool, wanted in tools.items() if isinstance(tools, dict) else ():
            if re.fullmatch(rf"(?:core:)?(?:{name})", tool) and (found := re.match(_VERSION, _first(wanted))):
                yield found[1], path, folder.line(path, rf"^[ \t]*[\"']?{re.escape(tool)}[\"']?[ \t]*=")


def _first(wanted: Any) -> str:
    """A version as it is, the first of several, or that of a table."""
    one = wanted[0] if isinstance(wanted, list) and wanted else wanted
    return str(one.get("version") if isinstance(one, dict) else one)
