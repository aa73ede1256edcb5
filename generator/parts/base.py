"""What all parts have, and the collection that remembers which were read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeVar

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all parts."""

    optional: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """What makes the part one of its kind: its first field, unless the class says otherwise."""
        return str(getattr(self, self.__struct_fields__[0]))

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.key,)


P = TypeVar("P", bound=Part)


class Parts:
    """All parts of a plan, sorted; remembers which types were read, so that none goes unread by mistake."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)
        self._read: set[type[Part]] = set()

    def of(self, kind: type[P]) -> tuple[P, ...]:
        """The parts of one type, in their total order."""
        self._read.add(kind)
        return tuple(sorted((p for p in self._parts if isinstance(p, kind)), key=lambda p: p.order))

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    @property
    def unread(self) -> tuple[type[Part], ...]:
        """The types that no component read although they must be."""
        kinds = {type(p) for p in self._parts}
        return tuple(sorted((k for k in kinds - self._read if not k.optional), key=lambda k: k.__name__))
