"""Makes the report of a run from what the run found and did."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from generator import __version__, makefile, places, record
from generator.accounts import from_here, printable
from generator.answers import keys
from generator.change import Action, Change
from generator.collisions import collisions
from generator.finding import Verdict
from generator.generation import Generation
from generator.look import look, look_at_all
from generator.moves import Outcome
from generator.origin import Origin, Owner
from generator.parts import TodoItem
from generator.report import FallbackLine, FileLine, IdleLine, Report, TodoLine


def of_generation(generation: Generation, verdict: Verdict, *, dry_run: bool, interrupted: bool = False) -> Report:
    """The report of a generation."""
    files = [file_line(change, generation.late) for change in generation.changes]
    proposed = {f.path for f in files if f.action == "propose"}
    return Report(
        version=__version__,
        directory=printable(generation.root),
        dry_run=dry_run,
        exit_code=1 if proposed or verdict.failed or generation.collisions or interrupted else 0,
        files=files,
        collisions=list(generation.collisions),
        components=dict(sorted(Counter(c.origin.component for c in generation.changes).items())),
        fallbacks=fallback_lines(generation),
        idle=idle_lines(generation),
        checks=list(verdict.checks),
        findings=list(verdict.findings),
        interrupted=interrupted,
        todo=todo_lines(generation.todo, files),
        next=[] if dry_run else _next(generation.root, files),
    )


def fallback_lines(generation: Generation) -> list[FallbackLine]:
    """Defaults that cannot be had, and what was taken instead."""
    return [
        FallbackLine(key=f.key, default=keys.word(f.default), taken=keys.word(f.taken), reason=f.why)
        for f in generation.fallbacks
    ]


def idle_lines(generation: Generation) -> list[IdleLine]:
    """Answers without effect."""
    return [IdleLine(key=key, reason=reason) for key, reason in keys.idle(generation.answers)]


def todo_lines(items: Iterable[TodoItem], files: Iterable[FileLine]) -> list[TodoLine]:
    """What the user must still provide; a gate counts only where ours could not be written."""
    proposed = {f.path for f in files if f.action == "propose"}
    return [
        TodoLine(id=t.id, severity=t.severity, file=t.file, question=t.question, how=t.how, gate=t.gate)
        for t in items
        if not t.gate or t.file in proposed
    ]


def of_recovery(root: Path, outcome: Outcome) -> Report:
    """The report of a run that only finished an interrupted one: what is true of the folder now."""
    text = (look(root, places.LOCK)[1] or b"").decode("utf-8", "replace")
    loaded = record.load(text)
    entries = loaded.entries | loaded.proposals
    states = look_at_all(root, entries)
    changes = [_recovered(root, entry, outcome, states[path][0]) for path, entry in entries.items()]
    files = [file_line(change, outcome.late) for change in changes]
    found = collisions(root, changes, outcome.targets)
    return Report(
        version=__version__,
        directory=printable(root),
        dry_run=False,
        exit_code=1 if found or any(f.action == "propose" for f in files) else 0,
        files=files,
        collisions=list(found),
        components=dict(sorted(Counter(f.component for f in files).items())),
        fallbacks=[],
        idle=[],
        checks=[],
        findings=[],
        todo=[],
        recovered=[*outcome.actions],
        next=_next(root, files),
    )


def _recovered(root: Path, entry: record.Entry, outcome: Outcome, state: str) -> Change:
    """What became of a path that the record names, by what `look` says of it now."""
    action = outcome.actions.get(entry.path, Action.KEEP if entry.kind == "once" else Action.ADOPT)
    reason = "it was there already" if action is Action.KEEP else ""
    if action is Action.REPLACE and entry.kind == "block":
        action = Action.BLOCK
    if entry.state == "proposed":
        action = Action.PROPOSE
        reason = {"": "a file that was not generated is there", "absent": "what was there is gone"}.get(state, state)
        if look(root, f"{places.PROPOSED}/{entry.path}")[0] == "absent":
            action, reason = Action.KEEP, "the proposal is gone"
    elif state == "absent":
        action, reason = Action.KEEP, "it is gone"
    owner: Owner = "block" if entry.kind == "block" else "managed"
    return Change(entry.path, action, Origin(entry.component, entry.template, owner), reason=reason)


def file_line(change: Change, late: tuple[str, ...]) -> FileLine:
    """What happened to a path; `late` are those that changed while we wrote."""
    action, reason = change.action, change.reason
    if change.writes and change.path in late:
        action = Action.ORPHAN if action is Action.DELETE else Action.PROPOSE
        change = replace(change, hunks=change.hunks.unmerged, conflicts=(), settled=())
        reason = "it changed while we wrote"
    listed = (write.path for write in change.writes if write.path.startswith(f"{places.REPLACED}/"))
    return FileLine(
        path=change.path,
        component=change.origin.component,
        action=action.value,
        proposal=f"{places.PROPOSED}/{change.path}" if action is Action.PROPOSE else "",
        reason=reason,
        moved_from=change.moved_from,
        hunks=change.hunks,
        conflicts=list(change.conflicts),
        settled=list(change.settled),
        replaced="" if change.path in late else next(listed, ""),
    )


def _next(root: Path, files: Sequence[FileLine]) -> list[str]:
    """The next commands: a proposal that waits comes first."""
    proposals = [f for f in files if f.action == "propose"]
    last = ["make infra-todo", "make infra-verify"]
    if any(f.path in {*makefile.NAMES, "scaffold.mk"} for f in proposals):  # without ours make knows neither
        last = ["scripts/check-todo.sh --list", "scripts/verify.sh"]
    first = "git status" if (root / ".git").exists() else "git init --initial-branch main && git add --all"
    commands = [first, *last]
    if proposals:
        # One that can be compared: not a folder, a device or a link to nowhere.
        shown = next((f for f in proposals if os.path.isfile(root / f.path)), proposals[0])  # noqa: PTH113 -- raises nothing
        commands.insert(0, f"diff -u {shlex.quote(shown.path)} {shlex.quote(shown.proposal)}")
    return from_here(root, commands)
