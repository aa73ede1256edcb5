"""The sizes of an environment's class, and the rows that the documents show of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.component import Answers, fill, load_yaml, names_of
from generator.parts import SizeRow

_SIZES: Final[Mapping[str, Any]] = load_yaml(__file__, "sizes.yml")


def sizes_of(answers: Answers, environment: str) -> Mapping[str, Any]:
    """The sizes of an environment."""
    sizes: Mapping[str, Any] = _SIZES[_class(answers, environment)]
    return sizes


def _class(answers: Answers, environment: str) -> str:
    """Which sizes of `sizes.yml` the environment has."""
    return "production" if environment == answers.production else "others"


def size_rows(answers: Answers, flags: Mapping[str, bool], words: Mapping[str, str]) -> Iterator[SizeRow]:
    """The rows of sizes: a text for all environments, or one for each class of them."""
    classes = [_class(answers, name) for name in answers.environments]
    shown = {
        name: {**words} | {key.upper(): _shown(size) for key, size in _SIZES[name].items()} for name in set(classes)
    }
    for row in _SIZES["rows"]:
        if names_of(flags).issuperset(row.get("when", ())):
            texts = tuple(fill(row.get("all") or row[name], shown[name]) for name in classes)
            yield SizeRow(what=row["what"], values=texts)


def _shown(size: Any) -> str:
    return ", ".join(size) or "none" if isinstance(size, list) else str(size)
