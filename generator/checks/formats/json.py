"""JSON with duplicate keys and the position of a syntax error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.source import Sources, shared, text
from generator.repository import is_foreign

_COMMENTED: Final = re.compile(
    r"(?:^|/)(?:\.vscode/|\.devcontainer/)|(?:^|/)(?:[jt]sconfig[^/]*|\.?devcontainer|\.eslintrc|\.swcrc|\.babelrc|tslint|"
    r"deno|turbo|nx|biome|angular|global|\.oxlintrc|\.oxfmtrc|\.luarc|\.markdownlint|launchSettings|appsettings[^/]*|"
    r"api-extractor[^/]*|bundleconfig|language-configuration|\.jshintrc|\.hintrc|typedoc|wrangler|\.zed/settings)\.json$"
)
"""Files whose readers know comments."""
TRIED: Final = re.compile(r"(?:^|/)(?:testdata|fixtures|__fixtures__|__tests__|mocks|__mocks__)/")
"""Folders of what programs are tried with, also with what cannot be parsed."""
_TAG: Final = re.compile(r"\{\{|\{%|<%|(?<![\"\w])\$\{")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')


@dataclass(frozen=True, slots=True)
class Doubled:
    """A key that its object has already."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class JsonFile:
    """The value of a file, and what is wrong with it."""

    value: Any = None
    line: int = 0
    column: int = 0
    error: str = ""
    duplicates: tuple[Doubled, ...] = ()


def paths(sources: Sources) -> Iterator[str]:
    """All JSON files, but those whose dialect allows comments."""
    fitting = (path for path in sources.ending(".json") if "{{" not in path and not may_have_comments(path))
    return (path for path in fitting if not is_foreign(path) and not TRIED.search(path))


def may_have_comments(path: str) -> bool:
    """Whether the file is JSON that is read with comments."""
    return bool(_COMMENTED.search(path))


@shared
def parse(sources: Sources, path: str) -> JsonFile:
    """The parsed file; without a value and without a mistake where another tool makes JSON of it."""
    parsed = examined(sources, path)
    if parsed.error:
        sources.lack(path)
    return parsed


@shared
def examined(sources: Sources, path: str) -> JsonFile:
    """The same, for who tells what is wrong with it."""
    content = text(sources, path).removeprefix("\ufeff")
    doubled = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal doubled
        made = dict(items)
        doubled = doubled or len(made) < len(items)
        return made

    try:
        value = json.loads(content, object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        around = content.split("\n")[max(error.lineno - 2, 0) : error.lineno]
        if any(_TAG.search(row) for row in around) or (error.msg == "Extra data" and _is_lines(content)):
            return JsonFile()
        return JsonFile(line=error.lineno, column=error.colno, error=error.msg)
    except ValueError as error:
        return JsonFile(line=1, column=1, error=str(error))
    except RecursionError:
        return JsonFile(line=1, column=1, error="nested too deeply to be judged")
    return JsonFile(value, duplicates=tuple(_doubled(content)) if doubled else ())


def _is_lines(content: str) -> bool:
    """Whether each line is a value of its own."""
    try:
        return all(json.loads(row) is not None for row in content.split("\n") if row.strip())
    except (ValueError, RecursionError):
        return False


def _doubled(content: str) -> Iterator[Doubled]:
    """The keys of an object that stand in it before; the text is JSON."""
    opened: list[set[str]] = []
    line, begin, last = 1, 0, None
    for match in _TOKEN.finditer(content):
        sign = match[0]
        if sign in "{[":
            opened.append(set())
        elif sign in "}]":
            opened.pop()
        elif sign == ":" and last is not None:
            name = json.loads(last[0])
            line += content.count("\n", begin, last.start())
            begin = last.start()
            if name in opened[-1]:
                yield Doubled(name, line, begin - content.rfind("\n", 0, begin))
            opened[-1].add(name)
        last = match if sign[0] == '"' else None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")
