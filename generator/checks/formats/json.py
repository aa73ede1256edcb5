"""JSON with duplicate keys and the position of a syntax error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from generator.checks.source import Sources, shared, text


@dataclass(frozen=True, slots=True)
class JsonFile:
    """The value of a file, and what is wrong with it."""

    value: Any = None
    line: int = 0
    column: int = 0
    error: str = ""
    duplicates: tuple[str, ...] = ()


def paths(sources: Sources) -> Iterator[str]:
    """All JSON files, but those whose dialect allows comments."""
    lax = ("tsconfig.json", ".eslintrc.json", "devcontainer.json")
    return (path for path in sources.ending(".json") if not path.endswith(lax) and "/.vscode/" not in f"/{path}")


@shared
def parse(sources: Sources, path: str) -> JsonFile:
    """The parsed file."""
    doubled: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            names = [key for key, _ in items]
            doubled.extend(sorted({key for key in names if names.count(key) > 1}))
        return made

    try:
        value = json.loads(text(sources, path), object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return JsonFile(line=error.lineno, column=error.colno, error=error.msg)
    except (ValueError, RecursionError) as error:
        return JsonFile(line=1, column=1, error=str(error))
    return JsonFile(value, duplicates=tuple(doubled))


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
