"""The answers of an update: those of the file, with what was set or asked, and how they differ from the last ones."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import places
from generator.answers import Answers
from generator.answers.align import same
from generator.answers.load import MAX_BYTES, parse
from generator.answers.migrate import migrate
from generator.answers.settings import assign
from generator.answers.upheavals import upheavals
from generator.asked import changed
from generator.errors import Problem, ScaffoldError
from generator.merge import conflicts, has_markers
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
    renamed: tuple[Mapping[str, str], ...]
    """Services and environments that had another name, each kind by itself: old -> new."""
    upheavals: tuple[str, ...] = ()
    """What the change means for what runs."""


def inputs(root: Path, there: bytes, known: bytes | None, settings: tuple[str, ...], ask: Ask | None) -> Inputs:
    """The answers of the file `there`, changed by `settings` and by what `ask` asks; `known` is the record's file.

    Raises AnswersError with every problem, StoppedError where the user quits the questionnaire.
    """
    text = _text(there)
    written = parse(text, places.ANSWERS_FILE)
    raw = copy.deepcopy(migrate(written, places.ANSWERS_FILE))
    wrong = _assigned(raw, settings) if settings else ()
    if ask and not wrong:
        answers, fallbacks = ask(raw, root)
        raw = changed(raw, answers)
    else:
        answers, fallbacks = settle(raw, source=places.ANSWERS_FILE, known=wrong)
    after = there
    if not same(raw, written):  # not to be seen by ==: 3.10 that gets its quotes
        from generator.answers.edit import edit  # noqa: PLC0415 -- only where the file changes

        after = edit(text, raw, places.ANSWERS_FILE).encode()
    before = _answers(known)
    return Inputs(answers, fallbacks, after, _names(before, answers), tuple(upheavals(before, answers)))


def _assigned(raw: Any, settings: tuple[str, ...]) -> tuple[Problem, ...]:
    if not isinstance(raw, dict):
        raise ScaffoldError(f"{places.ANSWERS_FILE}: a map of keys is expected", hint="--set changes keys of a map.")
    return assign(raw, settings)


def _names(before: Answers | None, after: Answers) -> tuple[Mapping[str, str], ...]:
    """Services and environments that have another name now."""
    if before is None or before == after:
        return ()
    from generator.answers.renamed import renamed  # noqa: PLC0415 -- only where answers changed

    found = renamed(before, after)
    return found.services, found.environments


def _text(there: bytes) -> str:
    if len(there) > MAX_BYTES:
        raise ScaffoldError(f"{places.ANSWERS_FILE} is larger than {MAX_BYTES:,} bytes", hint="Is it an answers file?")
    if has_markers(there):
        raise ScaffoldError(
            f"{places.ANSWERS_FILE}:{conflicts(there)[0]}: a conflict is left in it",
            hint="Settle it in the file first: the answers are what the files are made from.",
        )
    try:
        return there.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError(
            f"{places.ANSWERS_FILE} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8."
        ) from error


def _answers(known: bytes | None) -> Answers | None:
    """The answers of the record; None where they cannot be read any more."""
    try:
        return settle(migrate(parse((known or b"").decode("utf-8"), places.LOCK), places.LOCK))[0] if known else None
    except (ScaffoldError, UnicodeDecodeError):
        return None
