"""The report of an update as a person reads it: what needs a decision first, then what was done, then the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final

from generator import places
from generator.accounts import WAITING
from generator.report import FileLine, Report
from generator.reporters import text

_SHOWN: Final = 12
_WORDS: Final = {
    "create": "made", "adopt": "there already", "block": "got a region", "keep": "as they were", "replace": "replaced",
    "merge": "merged", "conflict": "in conflict", "propose": "proposed", "delete": "deleted", "orphan": "orphaned",
    "absent": "deleted by you", "release": "yours from now on",
}  # fmt: skip


def report(result: Report) -> str:
    """The closing report of `update`."""
    by_action = {action: [f for f in result.files if f.action == action] for action in _WORDS}
    sections = (
        _head(result),
        _upheavals(result),
        _conflicts([f for f in result.files if f.conflicts], result),
        _settled([f for f in result.files if f.settled]),
        _gave_way([f for f in result.files if f.replaced and not f.settled]),
        _proposals(by_action["propose"]),
        _orphans(by_action["orphan"]),
        _merged(by_action["merge"]),
        _listed("Moved, with your edits", [f for f in result.files if f.moved_from]),
        _listed("Replaced: they held no edit", [f for f in by_action["replace"] if not f.moved_from]),
        _listed("Deleted: no longer generated, and without edits", by_action["delete"]),
        _listed("Stay deleted, as you left them", by_action["absent"]),
        _listed("Yours from now on", by_action["release"]),
        _listed("New" if not result.dry_run else "To be made", by_action["create"] + by_action["block"]),
        _sums(result),
        text.collisions(result),
        text.answers(result),
        text.checks(result) if result.checks or result.interrupted else (),
        text.todo(result),
        _next(result),
    )
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section)


def _head(result: Report) -> Iterator[str]:
    if result.recovered:
        yield f"An interrupted run was finished first: {text.number(len(result.recovered), 'file')}"
    changed = [line for line in result.disk if line.path != places.LOCK]
    if result.refused:
        yield f"Nothing was written to {result.directory}, because there are conflicts. What would be done:"
    elif not changed and result.exit_code:
        yield f"No file changes in {result.directory}, but something waits for you"
    elif not result.disk:
        yield f"Nothing to do in {result.directory}: every file is as these answers make it, but for edits of yours"
    elif not changed and result.dry_run:
        yield f"No file would change in {result.directory}: only the record would be brought up to date"
    elif result.dry_run:
        yield f"Would change {text.number(len(changed), 'file')} in {result.directory}"
    elif not changed:
        yield f"No file changes in {result.directory}: only the record was brought up to date"
    else:
        yield f"Updated {result.directory}: {text.number(len(changed), 'file')} changed"


def _upheavals(result: Report) -> Iterator[str]:
    if result.upheavals:
        yield "Look twice: this replaces or abandons what runs"
    yield from (text.filled(f"  {line}") for line in result.upheavals)


def _conflicts(found: Sequence[FileLine], result: Report) -> Iterator[str]:
    if found:
        yield "In conflict: you and we changed the same lines"
    for file in found:
        yield from (f"  {file.path}:{line}" for line in file.conflicts)
    if found and not (result.refused or result.dry_run):
        yield from text.ways("conflict", found[0].path)


def _settled(found: Sequence[FileLine]) -> Iterator[str]:
    """What was not taken is named where it can be seen."""
    if found:
        yield "Settled as --on-conflict says: you and we changed the same lines"
    for file in found:
        for one in file.settled:
            yield f"  {file.path}:{one.line}: {'kept yours' if one.kept == 'yours' else 'took ours'}"
        yield f"    yours: {file.replaced}" if file.replaced else f"    ours: agency-scaffold diff {quote(file.path)}"


def _gave_way(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Gave way to what moves there: it was no longer generated, and its lines are listed"
    yield from (f"  {file.path}: {file.replaced}" for file in found)


def _proposals(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Proposed: yours stays, ours lies beside it"
    for file in found:
        yield f"  {file.path}: {file.reason}"
        yield f"    ours: {file.proposal}"
        if file.conflicts:
            yield "    settle the conflict first, then run agency-scaffold update"
    if free := [file.path for file in found if not file.conflicts]:
        yield from text.ways("proposed", free[0])


def _orphans(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Orphaned: no longer generated, and kept for your edits"
    yield from (f"  {file.path} ({text.number(file.hunks.yours or 1, 'edit')})" for file in found)
    if found:
        yield f"  Their edits are listed below {places.ORPHANED}/."
        yield from text.ways("orphaned", found[0].path)


def _merged(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Merged"
    for file in found:
        counted = (
            (file.hunks.yours, "edit", "of yours kept"),
            (file.hunks.ours, "change", "of ours applied"),
            (file.hunks.settled, "conflict", "settled"),
        )
        told = ", ".join(f"{text.number(count, noun)} {done}" for count, noun, done in counted if count)
        yield f"  {file.path}: {file.reason or told or 'the right to execute it'}"


def _listed(title: str, found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield title
    for file in found[:_SHOWN]:
        told = "; ".join(one for one in (file.moved_from and f"was {file.moved_from}", file.reason) if one)
        yield f"  {file.path}" + (f": {told}" if told else "")
    if len(found) > _SHOWN:
        yield f"  ... and {len(found) - _SHOWN} more (--format json lists all)"


def _sums(result: Report) -> Iterator[str]:
    counted = ", ".join(f"{count} {_WORDS[action]}" for action, count in result.totals.items())
    yield f"{text.number(sum(result.totals.values()), 'file')}: {counted}"
    hunks = result.hunks
    places = {
        "of yours kept": hunks.yours,
        "of ours applied": hunks.ours,
        "made by both alike": hunks.same,
        "in conflict": hunks.conflicts,
        "settled for one side": hunks.settled,
        "of ours deferred": hunks.deferred,
    }
    if any(places.values()):
        yield "Changed places: " + ", ".join(f"{count} {word}" for word, count in places.items() if count)


def _next(result: Report) -> Iterator[str]:
    if result.next:
        yield "Next"
    yield from (f"  {command}" for command in result.next)
    if result.refused:
        yield "It writes both sides between markers; --on-conflict mine or new takes one of them."
    elif result.next and not result.dry_run:
        if any(f.action in WAITING for f in result.files):
            yield "agency-scaffold status lists what waits: settle it first."
        if any(line.path != places.LOCK for line in result.disk):
            yield f"{places.LOCK} belongs into the same commit as the files."
