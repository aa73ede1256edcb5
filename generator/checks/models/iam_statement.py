"""What a statement of an AWS policy says, with places; what it takes from elsewhere is a text with holes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One of the texts of a statement, where it stands; a hole for what is not known."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Test:
    """One key of a condition: `StringEquals`, `aws:SourceAccount` and the values; none where they are not known."""

    operator: str
    key: str
    values: tuple[Word, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Owner:
    """The block that a statement stands in: `resource`, its type and name; `locals` has neither."""

    kind: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    path: str
    line: int
    column: int
    """Where its actions are named."""
    owner: Owner
    effect: str
    actions: tuple[Word, ...]
    """Of `Action`; those of `NotAction` are not told."""
    resources: tuple[Word, ...]
    principals: Mapping[str, tuple[Word, ...]]
    """By `AWS`, `Service`, `Federated`, `*`."""
    tests: tuple[Test, ...]
    whole: bool
    """Whether all conditions are known."""

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"

    def tested(self, ending: str) -> list[Test]:
        """The tests of keys that end so, in any case."""
        return [test for test in self.tests if test.key.lower().endswith(ending.lower())]
