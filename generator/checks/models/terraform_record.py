"""Reads the recorded schemas of a provider: `generator/data/terraform/<namespace>.<name>.schemas`.

A file is a line of JSON (provider, versions, functions, and the first type and size of each chunk) and then the chunks,
each packed by itself. Only those are unpacked that have a type somebody asks for. A chunk is a line for each type (its
name, section, and by version the number of its body, `-` where that version has no such type), an empty line, and a
line for each body: `kind=name,name;kind=name`. A kind of arguments is a flag and a type, one of blocks begins with `!`
(`?` where it is deprecated):

    r o b c     required, optional, optional and computed, computed; a capital one is deprecated
    s n b d     string, number, bool, anything; before a type: L list, S set, M map
    #7          an object whose fields are body 7;  @l7  fields of an attribute, nested as l, s, m or 1 (single)
    !l0.1#7     blocks of body 7, at least 0, at most 1 (0: without limit); g for group
"""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from generator.checks import data

FOLDER: Final = "terraform"
SECTIONS: Final = {"provider": "p", "resources": "r", "data": "d", "ephemeral": "e"}
_MODES: Final = {"l": "list", "s": "set", "m": "map", "1": "single", "g": "group"}
_PRIMITIVES: Final = {"s": "string", "n": "number", "b": "bool", "d": "dynamic"}
_COLLECTIONS: Final = {"L": "list", "S": "set", "M": "map"}


class Chunk:
    """Some of the types, unpacked."""

    __slots__ = ("bodies", "types")

    def __init__(self, packed: bytes) -> None:
        listed, _, bodies = zlib.decompress(packed).decode().partition("\n\n")
        rows = (line.split(" ") for line in listed.split("\n"))
        self.types = {(name, section): numbers for name, section, *numbers in rows}
        self.bodies = bodies.split("\n")

    def groups(self, number: int) -> Iterator[tuple[str, list[str]]]:
        """The kinds of a body, each with its names."""
        line = self.bodies[number]
        for group in line.split(";") if line else ():
            kind, _, names = group.partition("=")
            yield kind, names.split(",")


class Record:
    """What is recorded of one provider."""

    def __init__(self, content: bytes) -> None:
        head, _, self._packed = content.partition(b"\n")
        values = json.loads(head)
        self.versions: tuple[str, ...] = tuple(values["versions"])
        """Oldest first, one of each major."""
        self.functions: frozenset[str] = frozenset(values["functions"])
        self._firsts = [first for first, _ in values["chunks"]]
        self._sizes = [size for _, size in values["chunks"]]
        self._unpacked: dict[int, Chunk] = {}

    @property
    def unpacked(self) -> int:
        """How many chunks were needed so far."""
        return len(self._unpacked)

    def body(self, version: int, kind: str, section: str) -> tuple[Chunk, int] | None:
        """The chunk and number of a type's body; None where the version has no such type."""
        chunk = self._chunk(max(bisect_right(self._firsts, kind) - 1, 0))
        numbers = chunk.types.get((kind, SECTIONS[section]))
        return (chunk, int(numbers[version])) if numbers and numbers[version] != "-" else None

    def keys(self, version: int) -> Iterator[tuple[str, str]]:
        """Name and section of every type of a version; unpacks everything."""
        sections = {letter: section for section, letter in SECTIONS.items()}
        for index in range(len(self._firsts)):
            for (name, letter), numbers in self._chunk(index).types.items():
                if numbers[version] != "-":
                    yield name, sections[letter]

    def raw(self, version: int, kind: str, section: str) -> dict[str, Any]:
        """A type's body in the shape of `terraform providers schema -json`; raises KeyError where there is none."""
        found = self.body(version, kind, section)
        if found is None:
            raise KeyError((kind, section))
        return _raw_block(*found)

    def _chunk(self, index: int) -> Chunk:
        if index not in self._unpacked:
            start = sum(self._sizes[:index])
            self._unpacked[index] = Chunk(self._packed[start : start + self._sizes[index]])
        return self._unpacked[index]


@cache
def record_of(source: str) -> Record | None:
    """The record of a provider, by its source without the host; None where there is none."""
    name = f"{FOLDER}/{source.replace('/', '.')}.schemas"
    return Record((data.FOLDER / name).read_bytes()) if data.exists(name) else None


def _raw_block(chunk: Chunk, number: int) -> dict[str, Any]:
    block: dict[str, Any] = {"attributes": {}, "block_types": {}}
    for kind, names in chunk.groups(number):
        if kind[0] in "!?":
            bounds, _, inner = kind[2:].partition("#")
            least, most = map(int, bounds.split("."))
            body = {**_raw_block(chunk, int(inner)), **({"deprecated": True} if kind[0] == "?" else {})}
            use = {"nesting_mode": _MODES[kind[1]], "min_items": least, "max_items": most, "block": body}
            block["block_types"] |= dict.fromkeys(names, use)
        else:
            block["attributes"] |= dict.fromkeys(names, _raw_attribute(chunk, kind))
    return block


def _raw_attribute(chunk: Chunk, kind: str) -> dict[str, Any]:
    flag = kind[0].lower()
    made: dict[str, Any] = {"required": True} if flag == "r" else {}
    made |= {"optional": True} if flag in "ob" else {}
    made |= {"computed": True} if flag in "bc" else {}
    made |= {"deprecated": True} if kind[0].isupper() else {}
    if kind[1] == "@":
        fields = _raw_block(chunk, int(kind[3:]))["attributes"]
        return {**made, "nested_type": {"nesting_mode": _MODES[kind[2]], "attributes": fields}}
    return {**made, "type": _raw_type(chunk, kind[1:])}


def _raw_type(chunk: Chunk, code: str) -> Any:
    if code[0] in _COLLECTIONS:
        return [_COLLECTIONS[code[0]], _raw_type(chunk, code[1:])]
    if code[0] == "#":
        fields = _raw_block(chunk, int(code[1:]))["attributes"]
        return ["object", {name: field["type"] for name, field in fields.items()}]
    return _PRIMITIVES[code]
