"""Languages that are none of ours: what is built from a Dockerfile can still be run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, parent

_MANIFESTS: Final = {
    "composer.json": "PHP",
    "mix.exs": "Elixir",
    "build.sbt": "Scala",
    "Package.swift": "Swift",
    "pubspec.yaml": "Dart",
    "deno.json": "Deno",
    "rebar.config": "Erlang",
    "stack.yaml": "Haskell",
    "CMakeLists.txt": "C or C++",
}


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each manifest of a language that no component builds."""
    for name, language in _MANIFESTS.items():
        for path in folder.named(name.replace(".", r"\.")):
            unit = Unit(parent(path), "other")
            read = f"{language} is none of the languages that are served"
            unit.shows("language", "other", path, 0, read, Strength.FIXED)
            yield unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """What starts it stands in its Dockerfile; nothing more is known."""
