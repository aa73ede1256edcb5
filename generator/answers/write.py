"""Writes `agency-scaffold.yml`: every key, with a comment, linked to its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from generator import formats, places
from generator.answers import dotted
from generator.answers.keys import Key, groups, keys
from generator.answers.model import Answers

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
    group = ""
    for key in keys():
        if key.name.startswith("services[]."):
            if group != "services":
                lines += ["", "# Services", "services:", *_services(data["services"])]
                group = "services"
            continue
        if key.group != group and key.group in groups():
            lines += ["", f"# {groups()[key.group]}", f"{key.group}:"]
        elif key.group not in groups():
            lines.append("")
        group = key.group
        lines += _line(key, key.name.split("."), dotted.get(data, key.name))
    return "\n".join(lines) + "\n"


def _services(services: list[dict[str, Any]]) -> Iterator[str]:
    own = [key for key in keys() if key.name.startswith("services[].")]
    for service in services:
        first = True
        opened = False
        for key in own:
            path = key.name.removeprefix("services[].").split(".")
            if len(path) == 2 and not opened:
                yield f"    {path[0]}:"
                opened = True
            for line in _line(key, ["", *path], dotted.get(service, ".".join(path))):
                yield f"  - {line.lstrip()}" if first else f"  {line}"
                first = False


def _line(key: Key, path: list[str], value: Any) -> Iterator[str]:
    indent = "  " * (len(path) - 1)
    comment = f"# {key.help}{_choices(key)}"
    if isinstance(value, dict) and value:
        yield _commented(f"{indent}{path[-1]}:", comment)
        yield from (f"{indent}  {_key(name)}: {formats.to_yaml(item)}" for name, item in value.items())
    else:
        yield _commented(f"{indent}{path[-1]}: {_value(value)}", comment)


def _commented(text: str, comment: str) -> str:
    return f"{text.ljust(_COMMENT_COLUMN - 2)}  {comment}"


def _choices(key: Key) -> str:
    if not key.choices or key.choices == (True, False) or len(key.choices) == 1:
        return ""
    return f" ({', '.join(map(str, key.choices))})"


def _key(name: str) -> str:
    return formats.yaml_block({name: 0}).removesuffix(": 0")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    if isinstance(value, str):
        # A bare word where every YAML reader takes it for text, quotes elsewhere.
        bare = formats.yaml_block(value)
        return bare if bare == value and not set(value) & set("[]{},:#") else formats.to_yaml(value)
    return formats.to_yaml(value)
