"""What application.properties, application.yml and application.conf say, by flat keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.assess.evidence import Unit
from generator.assess.folder import Folder

Configuration = Mapping[str, tuple[str, str, int]]
"""The value of each key, with its file and line."""


def of(folder: Folder, unit: Unit) -> Configuration:
    """What a unit of Java is configured with."""
    values: dict[str, tuple[str, str, int]] = {}
    for path in sorted(folder.named(r"application\.(properties|ya?ml|conf)")):
        if path.startswith("" if unit.path == "." else f"{unit.path}/") and "src/main/resources/" in path:
            values |= {key: (value, path, line) for key, value, line in _rows(folder, path)}
    return values


def _rows(folder: Folder, path: str) -> Iterator[tuple[str, str, int]]:
    if path.endswith(".properties"):
        yield from _of_properties(folder.text(path))
    elif path.endswith(".conf"):
        yield from _of_hocon(folder.text(path))
    else:
        for key, value in _flat(folder.data(path), "", 0):
            yield key, value, folder.line(path, rf"^[ \t]*{re.escape(key.rpartition('.')[2])}\s*:")


def _of_properties(text: str) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", "!")):
            yield key.strip(), value.strip(), number


def _of_hocon(text: str) -> Iterator[tuple[str, str, int]]:
    """What is written a line each; what a variable may change (`${?PORT}`) changes nothing here."""
    way: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        key, sign, value = re.sub(r"#.*|//.*", "", line).strip().partition("{" if line.rstrip().endswith("{") else "=")
        if sign == "{":
            way = [*way, key.strip(" =:")][:10]
        elif key == "}":
            way = way[:-1]
        elif sign and not value.lstrip().startswith("${?"):
            yield ".".join((*way, key.strip())), value.strip().strip("\"'"), number


def _flat(data: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    """Only a few levels, so that what a YAML file repeats by aliases cannot grow without end."""
    for key, value in list(data.items())[:200]:
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < 5:
            yield from _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, (str, int)):
            yield name, str(value)
