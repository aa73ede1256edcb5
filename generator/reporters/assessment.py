"""An assessment as a person reads it, readable without colour and at 80 columns."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from generator.answers.keys import word
from generator.assess.assessment import Assessment, Existing
from generator.assess.evidence import Fact, Other

_COLUMNS: Final = 79
_SHOWN: Final = 5


def text(result: Assessment) -> str:
    """The whole report."""
    sections = (
        _head(result), _services(result), _project(result), _existing(result), _unclear(result), _notes(result),
        _missing(result), _answers(result), _next(result),
    )  # fmt: skip
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section)


def _head(result: Assessment) -> Iterator[str]:
    count = len(result.services)
    services = f"{count} service{'' if count == 1 else 's'}" if count else "no service"
    yield from _wrapped(f"Looked at {result.files:,} files of {result.directory} and found {services}", "", "  ")


def _wrapped(line: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        line, _COLUMNS, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=False
    )


def _services(result: Assessment) -> Iterator[str]:
    for service in result.services:
        yield f"{service.name}, in {'the root' if service.path == '.' else service.path}"
        yield from _facts(service.facts)


def _project(result: Assessment) -> Iterator[str]:
    if result.project:
        yield "The whole"
        yield from _facts(result.project)


def _facts(facts: Sequence[Fact]) -> Iterator[str]:
    for fact in facts:
        name = fact.key.partition("].")[2] or fact.key
        if name in {"name", "path"}:
            continue  # they stand above
        value = word(fact.value) or "none"
        yield from _wrapped(f"{name:<17} {value}  ({_place(fact)}: {fact.read})", "  ", " " * 20)
        for other in fact.others:
            yield from _wrapped(f"and not {word(other.value)} ({_place(other)}: {other.read})", " " * 20, " " * 22)
        if fact.refused:
            yield from _wrapped(f"not taken: {fact.refused}", " " * 20, " " * 22)


def _place(at: Fact | Other) -> str:
    return f"{at.path}:{at.line}" if at.line else at.path


def _existing(result: Assessment) -> Iterator[str]:
    if result.existing:
        yield "What is there already, and what of ours would stand beside it"
    for one in result.existing:
        yield from _wrapped(f"{one.kind}: {_some(one.paths)}", "  ", "    ")
        yield from _beside(one)


def _beside(one: Existing) -> Iterator[str]:
    if one.ours:
        yield from _wrapped(f"ours beside it: {_some(one.ours)}", "    ", "      ")
    if one.proposals:
        yield from _wrapped(
            f"the same path, so yours stays and ours is a proposal: {_some(one.proposals)}", "    ", "      "
        )
    if one.shared:
        yield from _wrapped(f"gets a region of ours: {_some(one.shared)}", "    ", "      ")


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _unclear(result: Assessment) -> Iterator[str]:
    if result.unclear:
        yield "Not certain, so left to you"
    for one in result.unclear:
        says = ", or ".join(f"{word(other.value)} ({_place(other)}: {other.read})" for other in one.says)
        yield from _wrapped(f"{one.key}: {says}", "  ", "    ")


def _notes(result: Assessment) -> Iterator[str]:
    if result.notes:
        yield "Worth knowing"
    for note in result.notes:
        yield from _wrapped(note, "  ", "    ")


def _missing(result: Assessment) -> Iterator[str]:
    """By what is missing: one default for many services is one line."""
    if result.missing:
        yield "Not found, so the default is taken"
    names = [service.name for service in result.services]
    rows: dict[tuple[str, str], list[str]] = {}
    for one in result.missing:
        number, _, key = one.key.removeprefix("services[").partition("].")
        rows.setdefault((key or one.key, one.default), []).append(names[int(number)] if key else "")
    for (key, default), of in rows.items():
        whose = f" of {', '.join(of)}" if any(of) and len(names) > 1 else ""
        yield from _wrapped(f"{key}{whose}: {default}", "  ", "    ")


def _answers(result: Assessment) -> Iterator[str]:
    if not result.answers:
        return
    import yaml  # noqa: PLC0415 -- --help must not pay for it

    yield "The answers that follow, as an answers file holds them"
    made = yaml.safe_dump(result.answers, sort_keys=False, allow_unicode=True, width=10_000)
    yield from (f"  {line}" for line in made.rstrip("\n").split("\n"))


def _next(result: Assessment) -> Iterator[str]:
    where = "" if result.directory == str(Path.cwd()) else f" {shlex.quote(result.directory)}"
    named = "" if "name" in result.answers.get("project", {}) else " --set project.name=NAME"
    these = "these" if result.answers else "what is usual"
    yield "Next"
    if result.generated:
        yield f"  agency-scaffold status{where}"
        yield "    says how its files stand to what was generated"
    else:
        yield f"  agency-scaffold new{where} --defaults{named}"
        yield f"    takes {these}; --set KEY=VALUE changes one"
        yield f"  agency-scaffold new{where}"
        yield f"    asks, and offers {these}"
