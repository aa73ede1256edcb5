"""Reads answers from a file, or from standard input."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from generator.answers.json import from_json
from generator.answers.migrate import migrate
from generator.answers.read import as_written
from generator.errors import ScaffoldError

MAX_BYTES: Final = 1_000_000
"""No answers file is larger; what is was meant for something else."""
_DEEPEST: Final = 20
"""Levels of nesting that are read; answers have 4. The time to read a deeper text would grow with its square."""


def from_file(name: str) -> Any:
    """The plain data of an answers file (YAML 1.2 or JSON), or of standard input for `-`, in the newest version.

    Raises ScaffoldError where it cannot be read or parsed, with the line, or is of a later version than we know.
    """
    where = "standard input" if name == "-" else name
    return migrate(parse(text_of(name, where), where), where)


def text_of(name: str, where: str) -> str:
    """The text of an answers file, as it is; raises ScaffoldError."""
    try:
        content = _standard_input() if name == "-" else _read(Path(name))
    except OSError as error:
        raise ScaffoldError(
            f"{where} cannot be read: {error.strerror}", hint="Give an existing file to --answers."
        ) from error
    if len(content) > MAX_BYTES:
        raise ScaffoldError(f"{where} is larger than {MAX_BYTES:,} bytes", hint="Is it an answers file?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError(f"{where} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8.") from error


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OSError(9, "it is closed")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse(text: str, where: str) -> Any:
    """The plain data of YAML 1.2 or JSON; `where` names the source in errors."""
    if text.removeprefix("\ufeff").lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):  # YAML's reader takes it, or says where it is wrong
            return from_json(text, _DEEPEST)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 -- 50 ms that --defaults need not pay

    try:
        data = deepcopy(_loaded(text, where))  # whoever asks may change it
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        reason = getattr(error, "problem", None) or (str(error).splitlines() or ["nested too deeply"])[0]
        if twice := re.match(r'found duplicate key "([^"]*)"', reason):
            reason = f"the key {twice[1]} stands twice"
        raise ScaffoldError(f"{place}: {reason}", hint="The answers are YAML 1.2 or JSON.") from error
    return {} if data is None else data


@lru_cache(maxsize=8)
def _loaded(text: str, where: str) -> Any:
    """What an update reads several times is parsed once: a long file takes a tenth of a second."""
    reader = _reader()
    _refuse_bombs(reader.parse(text), where)
    return reader.load(text)


def compose(text: str) -> Any:
    """The nodes of a text that `parse` has read, with their places in it; None where it holds nothing."""
    return _reader().compose(text)


def _reader() -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 -- as above

    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _constructor()
    return reader


def _refuse_bombs(events: Iterable[Any], where: str) -> None:
    """Stops at what makes a small text take long to read, before it is read: aliases, and nesting without end."""
    depth = 0
    for event in events:
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None):
            raise ScaffoldError(f"{where}:{line}: anchors and aliases are not read", hint="Write the value out.")
        kind = type(event).__name__
        depth += kind.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= kind.endswith(("MappingEndEvent", "SequenceEndEvent"))
        if depth > _DEEPEST:
            raise ScaffoldError(
                f"{where}:{line}: nested more than {_DEEPEST} deep", hint="Answers are at most 4 levels deep."
            )


@cache
def _constructor() -> Any:
    """Like YAML's own, but a decimal number keeps its text where its value would not show it (3.10, 012)."""
    from ruamel.yaml.constructor import SafeConstructor  # noqa: PLC0415

    class Constructor(SafeConstructor):
        pass

    for kind in ("int", "float"):
        tag, usual = f"tag:yaml.org,2002:{kind}", getattr(SafeConstructor, f"construct_yaml_{kind}")
        Constructor.add_constructor(tag, lambda self, node, usual=usual: as_written(usual(self, node), node.value))
    return Constructor
