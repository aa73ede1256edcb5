"""Which answers of two readings are the same ones: equality to the type, and the items of a list by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


def same(one: object, other: object) -> bool:
    """Whether two plain values would be written alike: 1 is neither true nor 1.0, and 3.10 is not "3.10"."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124 -- not a number


@dataclass(frozen=True, slots=True)
class Step:
    """One item on the way from one list to the other: its position in both, None where it is in one of them only."""

    old: int | None
    new: int | None
    moved: bool = False
    """Stands elsewhere now; its old place has a step of its own."""


def aligned(have: Sequence[Any], want: Sequence[Any]) -> list[Step]:
    """The steps in the order of the text: items that stay in the order of both, others where they were or will be.

    Items with a name are told apart by it, and one that only got another name is the same; other items by their value.
    """
    old = [_identity(item) for item in have]
    new = _renamed(have, old, want)
    steps: list[Step] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        both = 0
        if kind == "equal":
            both = i_end - i
        elif kind == "replace":
            both = _changed(old[i:i_end], new[j:j_end], {*old}, {*new})
        steps += [Step(i + n, j + n) for n in range(both)]
        steps += [Step(n, None) for n in range(i + both, i_end)]
        steps += [Step(None, n) for n in range(j + both, j_end)]
    return list(_moved(steps, old, new))


def _identity(item: Any) -> tuple[str, str]:
    name = item.get("name") if isinstance(item, Mapping) else None
    return ("named", name) if isinstance(name, str) else (type(item).__name__, repr(item))


def _renamed(have: Sequence[Any], old: Sequence[tuple[str, str]], want: Sequence[Any]) -> list[tuple[str, str]]:
    """The identities of the new list, where one that is otherwise equal to one that is gone has that one's."""
    new = [_identity(item) for item in want]
    gone = [number for number, identity in enumerate(old) if identity not in new]
    for number, identity in enumerate(new):
        if identity[0] == "named" and identity not in old:
            for before in gone:
                if isinstance(have[before], Mapping) and same(
                    {**have[before], "name": ""}, {**want[number], "name": ""}
                ):
                    new[number] = old[before]
                    gone.remove(before)
                    break
    return new


def _changed(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]], olds: set[Any], news: set[Any]) -> int:
    """How many items, from the first on, are values that became other values."""
    count = 0
    for before, after in zip(old, new, strict=False):
        if {before[0], after[0]} & {"named", "dict", "list"} or before in news or after in olds:
            break
        count += 1
    return count


def _moved(steps: Sequence[Step], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Step]:
    """The steps, where an item that leaves one place for another takes its text along."""
    left = [step.old for step in steps if step.new is None and step.old is not None]
    for step in steps:
        found = next((n for n in left if step.old is None and step.new is not None and old[n] == new[step.new]), None)
        if found is None:
            yield step
        else:
            left.remove(found)
            yield Step(found, step.new, moved=True)
