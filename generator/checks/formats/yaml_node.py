"""A value of a YAML document, with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

_OCTAL: Final = re.compile(r"[-+]?0o[0-7]+")
_TRUE: Final = {"true": True, "false": False}


class Node:
    """A value of a document. A missing one is false, and so is whatever is looked up in it."""

    __slots__ = ("_items", "_keys", "_map", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self._map: dict[str, Node] | None = None
        self._items: list[Node] | None = None
        self._keys: dict[str, Node] | None = None

    def __bool__(self) -> bool:
        return self.raw is not None

    def __repr__(self) -> str:
        return f"Node({self.value!r} at {self.line})"

    @property
    def line(self) -> int:
        return self.raw.start_mark.line + 1 if self.raw is not None else 0

    @property
    def column(self) -> int:
        return self.raw.start_mark.column + 1 if self.raw is not None else 0

    @property
    def is_map(self) -> bool:
        return getattr(self.raw, "id", "") == "mapping"

    @property
    def is_list(self) -> bool:
        return getattr(self.raw, "id", "") == "sequence"

    @property
    def is_null(self) -> bool:
        return self.raw is None or self.raw.tag == "tag:yaml.org,2002:null"

    @property
    def text(self) -> str:
        """A scalar as it is written, without quotes; "" for anything else."""
        return self.raw.value if getattr(self.raw, "id", "") == "scalar" and not self.is_null else ""

    @property
    def map(self) -> dict[str, Node]:
        """The values of a mapping by the text of their keys; {} for anything else."""
        if self._map is None:
            self._map = {str(k.value): Node(v) for k, v in pairs(self.raw)} if self.is_map else {}
        return self._map

    @property
    def items(self) -> list[Node]:
        """The items of a sequence; [] for anything else."""
        if self._items is None:
            self._items = [Node(v) for v in self.raw.value] if self.is_list else []
        return self._items

    @property
    def keys(self) -> list[Node]:
        """The keys of a mapping, as nodes."""
        return [Node(k) for k, _ in self.raw.value] if self.is_map else []

    def at(self, *way: str | int) -> Node:
        """What lies at the end of a way of keys and indexes."""
        node = self
        for step in way:
            if isinstance(step, int):
                node = node.items[step] if step < len(node.items) else ABSENT
            else:
                node = node.map.get(step, ABSENT)
        return node

    def place(self, way: list[str | int]) -> Node:
        """The nearest node on a way that exists: where to point when something there is wrong."""
        node = self
        for step in way:
            found = node.at(step)
            if not found:
                break
            node = found
        return node

    def key(self, name: str) -> Node:
        """A key of this mapping, also one that `<<` merges into it; itself where there is no such key."""
        if self._keys is None:
            self._keys = {str(k.value): Node(k) for k, _ in pairs(self.raw)} if self.is_map else {}
        return self._keys.get(name, self)

    def key_line(self, key: str) -> int:
        """The line of a key of this mapping; its own where there is no such key."""
        return next((k.line for k in self.keys if k.text == key), self.line)

    @property
    def value(self) -> Any:
        """Plain Python: what a YAML 1.2 reader makes of it (`on` and `yes` are text)."""
        return _plain(self.raw, {}, _scalar)

    @property
    def old_value(self) -> Any:
        """Plain Python: what a YAML 1.1 reader makes of it, as that of Kubernetes does (`on` and `yes` are true)."""
        return _plain(self.raw, {}, _old_scalar)

    def walk(self) -> Iterator[Node]:
        """This node and everything below, mappings' values and sequences' items."""
        yield self
        for child in (*self.map.values(), *self.items):
            yield from child.walk()


ABSENT: Final = Node(None)


def pairs(raw: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of a mapping as the parser has them; those that `<<` merges come first, so that its own win."""
    for key, value in raw.value:
        if key.tag == "tag:yaml.org,2002:merge":
            for other in value.value if value.id == "sequence" else (value,):
                yield from pairs(other) if other.id == "mapping" else ()
    yield from ((key, value) for key, value in raw.value if key.tag != "tag:yaml.org,2002:merge")


def _plain(raw: Any, known: dict[int, Any], scalar: Callable[[Any], Any]) -> Any:
    if raw is None:
        return None
    if raw.id == "scalar":
        return scalar(raw)
    if id(raw) not in known:
        if raw.id == "sequence":
            known[id(raw)] = [_plain(item, known, scalar) for item in raw.value]
        else:
            known[id(raw)] = {str(k.value): _plain(v, known, scalar) for k, v in pairs(raw)}
    return known[id(raw)]


def _scalar(raw: Any) -> Any:
    kind, value = raw.tag.rpartition(":")[2], raw.value
    if kind == "null":
        return None
    if kind == "bool":
        return _TRUE.get(value.lower(), value)
    if kind in ("int", "float"):
        try:
            return float(value) if kind == "float" else _integer(value)
        except ValueError:  # 1:30 is a number in YAML 1.1 only
            return value
    if kind == "str" and not raw.style and _OCTAL.fullmatch(value):
        return int(value, 0)  # a number since YAML 1.2, and for the reader of Kubernetes
    return value


def _integer(value: str) -> int:
    """A whole number; 0755 is octal to everything that is written in Go."""
    return int(value, 8 if re.fullmatch(r"[-+]?0[0-7]+", value) else 0)


def _old_scalar(raw: Any) -> Any:
    if raw.tag == "tag:yaml.org,2002:bool":
        return raw.value.lower() in ("true", "yes", "on")
    return _scalar(raw)
