"""The report of an update as a person reads it: what needs a decision first, then what was done, then the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final

from generator import places
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
        _conflicts(by_action["conflict"], result),
        _settled([f for f in result.files if f.settled]),
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
        text.todo(result) if any(line.path == places.TODO for line in result.disk) else (),
        _next(result),
    )
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section)


def _head(result: Report) -> Iterator[str]:
    if result.recovered:
        yield f"An interrupted run was finished first: {text.number(len(result.recovered), 'file')}"
    changed = [line for line in result.disk if line.path != ".agency/scaffold/lock"]
    if result.refused:
        yield f"Nothing was written to {result.directory}: there are conflicts"
    elif not changed and result.exit_code:
        yield f"Nothing changes in {result.directory}, but something waits for you"
    elif not changed and (result.dry_run or not result.disk):
        yield f"Nothing to do in {result.directory}: every file is as these answers make it, but for edits of yours"
    elif result.dry_run:
        yield f"Would change {text.number(len(changed), 'file')} in {result.directory}"
    elif not changed:
        yield f"No file changes in {result.directory}: only the record was brought up to date"
    else:
        yield f"Updated {result.directory}: {text.number(len(changed), 'file')} changed"


def _upheavals(result: Report) -> Iterator[str]:
    if result.upheavals:
        yield "Look twice: this replaces or abandons what runs"
    yield from (f"  {line}" for line in result.upheavals)


def _conflicts(found: Sequence[FileLine], result: Report) -> Iterator[str]:
    if found:
        yield "In conflict: you and we changed the same lines"
    for file in found:
        yield from (f"  {file.path}:{line}" for line in file.conflicts)
    if found and not (result.refused or result.dry_run):
        yield "  Settle each in its file, or for a whole file:"
        yield f"    agency-scaffold resolve {found[0].path} --mine (or --new)"


def _settled(found: Sequence[FileLine]) -> Iterator[str]:
    """What was not taken is named where it can be seen."""
    if found:
        yield "Settled as --on-conflict says: you and we changed the same lines"
    for file in found:
        for one in file.settled:
            yield f"  {file.path}:{one.line}: {'kept yours' if one.kept == 'yours' else 'took ours'}"
        yield f"    yours: {file.replaced}" if file.replaced else f"    ours: agency-scaffold diff {quote(file.path)}"


def _proposals(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Proposed: yours stays, ours lies beside it"
    for file in found:
        yield f"  {file.path}: {file.reason}"
        yield f"    ours: {file.proposal}"
    if found:
        yield "  To settle one, take what you want of ours into yours, then:"
        yield f"    agency-scaffold resolve {found[0].path} --done (or --mine, --new)"


def _orphans(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Orphaned: no longer generated, and kept for your edits"
    yield from (f"  {file.path} ({text.number(file.hunks.yours or 1, 'edit')})" for file in found)
    if found:
        yield "  Their edits are listed below .agency/scaffold/orphaned/. To settle one:"
        yield f"    agency-scaffold resolve {found[0].path} --new (delete it; --mine keeps it)"


def _merged(found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield "Merged"
    for file in found:
        kept, applied = text.number(file.hunks.yours, "edit"), text.number(file.hunks.ours, "change")
        settled = f", {text.number(file.hunks.settled, 'conflict')} settled" if file.hunks.settled else ""
        told = file.reason or f"{kept} of yours kept, {applied} of ours applied{settled}"
        yield f"  {file.path}: {told}"


def _listed(title: str, found: Sequence[FileLine]) -> Iterator[str]:
    if found:
        yield title
    for file in found[:_SHOWN]:
        told = f"was {file.moved_from}" if file.moved_from else file.reason
        yield f"  {file.path}" + (f": {told}" if told else "")
    if len(found) > _SHOWN:
        yield f"  ... and {len(found) - _SHOWN} more (--format json lists all)"


def _sums(result: Report) -> Iterator[str]:
    counted = ", ".join(f"{count} {_WORDS[action]}" for action, count in result.totals.items())
    yield f"{text.number(len(result.files), 'file')}: {counted}"
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
    waits = [f for f in result.files if f.action in {"conflict", "propose", "orphan"}]
    changed = any(line.path != places.LOCK for line in result.disk)
    if result.refused:
        yield "Next"
        yield "  agency-scaffold update --on-conflict markers writes both sides, mine or new takes one"
    elif result.dry_run and changed:
        yield "Next"
        yield "  agency-scaffold update"
    elif changed and not result.dry_run:
        yield "Next"
        if waits:
            yield "  agency-scaffold status    lists what waits: settle it first"
        yield "  git add --all && git diff --cached    shows all of it; the record belongs into the same commit"
        yield "  make verify"
