"""TOML, with the position of what is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from generator.checks.formats.json import TRIED
from generator.checks.formats.yaml import Mistake
from generator.checks.source import Sources, lines, name, shared, text
from generator.repository import is_foreign


def paths(sources: Sources) -> Iterator[str]:
    """All TOML files, but those that another tool makes TOML of."""
    fitting = (path for path in sources.tree if path.endswith(".toml") or name(path) == "Pipfile")
    return (path for path in fitting if not is_foreign(path) and "{{" not in path and not TRIED.search(path))


@shared
def mistake(sources: Sources, path: str) -> Mistake | None:
    """What is wrong with a file, if anything is."""
    try:
        tomllib.loads(text(sources, path))
    except tomllib.TOMLDecodeError as error:
        return _mistake(lines(sources, path), str(error))
    except ValueError:
        return Mistake(1, 1, "a number has more digits than can be read")
    except RecursionError:
        return Mistake(1, 1, "nested too deeply")
    return None


def _mistake(rows: tuple[str, ...], said: str) -> Mistake | None:
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", said, re.DOTALL)
    words = match[1] if match else said
    line, column = (int(match[2]), int(match[3])) if match and match[2] else (len(rows), 1)
    while line > 1 and line >= len(rows) and not rows[line - 1].strip():
        line, column = line - 1, len(rows[line - 2]) + 1
    row = rows[line - 1] if line <= len(rows) else ""
    if re.search(r"\{\{|\{%|<%", row):
        return None
    return Mistake(line, column, words[:1].lower() + words[1:])
