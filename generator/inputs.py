"""The answers of an update: those of the file, with what was set or asked, and how they differ from the last ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from generator import places
from generator.answers import Answers
from generator.answers.load import assign, parse
from generator.errors import Problem, ScaffoldError
from generator.served import Fallback, settle

Ask = Callable[[dict[str, Any], Path], tuple[Answers, tuple[Fallback, ...]]]
"""Asks in a terminal, given the present answers."""


@dataclass(frozen=True)
class Inputs:
    """Settled answers and the file that gives them."""

    answers: Answers
    fallbacks: tuple[Fallback, ...]
    text: bytes
    """The answers file as it will be."""
    renamed: Mapping[str, str]
    """Services and environments that had another name: old -> new."""
    same: bool
    """Whether these are the answers of the record."""


def inputs(root: Path, there: bytes, known: bytes | None, settings: tuple[str, ...], ask: Ask | None) -> Inputs:
    """The answers of the file `there`, changed by `settings` and by what `ask` asks; `known` is the record's file.

    Raises AnswersError with every problem, StoppedError where the user quits the questionnaire.
    """
    text = _text(there)
    raw = parse(text, places.ANSWERS_FILE)
    wrong: tuple[Problem, ...] = ()
    if settings:
        if not isinstance(raw, dict):
            raise ScaffoldError(
                f"{places.ANSWERS_FILE}: a map of keys is expected", hint="--set changes keys of a map."
            )
        wrong = assign(raw, settings)
    if ask and not wrong:
        answers, fallbacks = ask(raw, root)
        raw = msgspec.to_builtins(answers)
    else:
        answers, fallbacks = settle(raw, source=places.ANSWERS_FILE, known=wrong)
    after = there
    if settings or ask:
        from generator.answers.edit import edit  # noqa: PLC0415 -- only where answers are given

        after = edit(text, raw, places.ANSWERS_FILE).encode()
    before = _answers(known)
    names: dict[str, str] = {}
    if before is not None and before != answers:
        from generator.answers.renamed import renamed  # noqa: PLC0415 -- only where answers changed

        found = renamed(before, answers)
        names = {**found.environments, **found.services}
    return Inputs(answers, fallbacks, after, names, before == answers)


def _text(there: bytes) -> str:
    try:
        return there.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError(
            f"{places.ANSWERS_FILE} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8."
        ) from error


def _answers(known: bytes | None) -> Answers | None:
    """The answers of the record; None where they cannot be read any more."""
    try:
        return settle(parse((known or b"").decode("utf-8"), places.LOCK))[0] if known else None
    except (ScaffoldError, UnicodeDecodeError):
        return None
