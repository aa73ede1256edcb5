"""Writes `agency-scaffold.yml`: every key, with a comment, linked to its schema.

The form of each line stands here alone, whether a whole file is written or a key is added to one that is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from generator import formats, places
from generator.answers.keys import Key, below, by_name, groups
from generator.answers.model import Answers
from generator.answers.read import AsWritten

HEAD: Final = f"""\
# yaml-language-server: $schema={places.SCHEMA}
# The answers that this repository was made from. They hold no secrets. After a change of one
# run agency-scaffold update: the files follow, and your edits of them stay.
"""
_COMMENT_COLUMN: Final = 44


def dump(answers: Answers) -> str:
    """The file's text; reading it gives equal answers."""
    data = msgspec.to_builtins(answers)
    lines = [HEAD.rstrip("\n")]
    for name, value in data.items():
        lines += group(name, value)
    return "\n".join(lines) + "\n"


def group(name: str, value: Any) -> Iterator[str]:
    """The lines of a key of the first level, with what stands above it."""
    yield ""
    if name == "services" or name in groups():
        yield f"# {groups().get(name, 'Services')}"
    yield from entry("", name, value)


def entry(at: str, word: Any, value: Any) -> Iterator[str]:
    """The lines of the key `word` below the dotted name `at` (`services[].commands`), indented as in a whole file."""
    name = f"{at}.{word}" if at else str(word)
    key = by_name().get(name)
    start = f"{' ' * indent(at)}{written(word)}:"
    if name == "services" and is_block(name, value):
        yield start
        yield from (line for one in value for line in service(one))
    elif is_block(name, value):
        yield _commented(start, at, key) if key else start
        yield from (line for word in ordered(name, value) for line in entry(name, word, value[word]))
    else:
        yield _commented(f"{start} {one_line(at, value)}", at, key)


def service(value: Any) -> Iterator[str]:
    """The lines of an item of the services."""
    if not isinstance(value, Mapping) or not value:
        yield f"  - {written(value)}"
        return
    lines = [line for word in ordered("services[]", value) for line in entry("services[]", word, value[word])]
    yield f"  - {lines[0].lstrip()}"
    yield from lines[1:]


def indent(at: str) -> int:
    """How far the keys below a dotted name are indented."""
    return 2 * (at.count(".") + (at != "") + at.startswith("services[]"))


def ordered(at: str, words: Iterable[Any]) -> list[Any]:
    """Keys below a dotted name in the contract's order; behind them those that it does not know."""
    known = below(at)
    return sorted(words, key=lambda word: known.index(word) if word in known else len(known))


def is_block(name: str, value: Any) -> bool:
    """Whether the value of a key is written on lines of its own, below it."""
    if name == "services":
        return isinstance(value, (list, tuple)) and bool(value)
    key = by_name().get(name)
    group_or_map = key.map if key else bool(below(name))
    return group_or_map and isinstance(value, Mapping) and bool(value)


def one_line(at: str, value: Any) -> str:
    """A value on one line, as those in a dotted name are written: in a map of names and in a list all have quotes."""
    key = by_name().get(at)
    return quoted(value) if key and (key.map or key.many) else written(value)


def _commented(text: str, at: str, key: Key | None) -> str:
    if key is None:
        return text
    # A service's keys are pushed to the right by its dash.
    column = _COMMENT_COLUMN + 2 * at.startswith("services[]")
    return f"{text.ljust(column - 2)}  # {key.help}{_choices(key)}"


def _choices(key: Key) -> str:
    if not key.choices or key.choices == (True, False) or len(key.choices) == 1:
        return ""
    return f" ({', '.join(map(str, key.choices))})"


def written(value: Any) -> str:
    """A value on one line of YAML: a bare word where every reader takes it for text, quotes elsewhere."""
    if isinstance(value, Mapping) and value:
        return f"{{{', '.join(f'{written(word)}: {written(item)}' for word, item in value.items())}}}"
    if isinstance(value, str) and not isinstance(value, AsWritten):
        bare = formats.yaml_block(value)
        return bare if bare == value and not set(value) & set("[]{},:#") else formats.to_yaml(value)
    return quoted(value)


def quoted(value: Any) -> str:
    """A value on one line of YAML, and of JSON where JSON has it: all text has quotes."""
    if isinstance(value, AsWritten):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(word)}: {quoted(item)}' for word, item in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(quoted, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else f"{'-' * (value < 0)}.inf"
    return formats.to_yaml(value)
