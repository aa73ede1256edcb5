"""The report as a person reads it, readable without colour and at 80 columns."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from generator import differences, places
from generator.answers.keys import word
from generator.change import Action, Change
from generator.collisions import Collision
from generator.errors import AnswersError, BugError, ScaffoldError
from generator.finding import NO_FILE, CheckResult, Finding
from generator.look import executable
from generator.report import Report

_SHOWN = 10
_EXAMPLES = 3
_RUNBOOK = "docs/runbooks/deployment.md"

_WAYS: Final = {
    "conflict": (
        "Settle each in its file, or for a whole file:",
        {"--mine": "your side of each", "--new": "our side of each"},
    ),
    "proposed": (
        "To settle one, take what you want of ours into yours, then:",
        {"--done": "that is done", "--mine": "yours stays as it is", "--new": "ours takes its place"},
    ),
    "orphaned": ("To settle one:", {"--mine": "it is yours", "--new": "it is deleted"}),
    "missing": ("To settle one:", {"--mine": "it stays deleted, on record", "--new": "it is back"}),
}


def report(result: Report) -> str:
    """The closing report of `new`."""
    sections = (
        _head(result),
        _components(result),
        _waiting(result),
        collisions(result),
        _detected(result),
        answers(result),
        checks(result),
        todo(result),
        _next(result),
    )
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section)


def _head(result: Report) -> Iterator[str]:
    counts = {action.value: sum(f.action == action.value for f in result.files) for action in Action}
    if result.dry_run:
        verb, made, got = "Would write to", "to be made", "would get"
    else:
        verb, made, got = "Wrote to", "made", "got"
    words = [
        f"{number(counts['create'], 'file')} {made}",
        *([f"{number(counts['block'], 'file')} of yours {got} a region of ours"] if counts["block"] else []),
        *([f"{counts['adopt']} there already"] if counts["adopt"] else []),
        *([f"{counts['keep']} kept"] if counts["keep"] else []),
        *([f"{counts['propose']} proposed"] if counts["propose"] else []),
        f"and their record, {places.LOCK}",
    ]
    yield f"{verb} {result.directory}: {', '.join(words)}"
    if result.recovered:
        yield f"An interrupted run was finished: {number(len(result.recovered), 'file')}; nothing else was done"


def number(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def ways(state: str, path: str) -> Iterator[str]:
    """What settles a path that waits: each command ends its line, so that it can be pasted into a shell."""
    opening, flags = _WAYS[state]
    yield f"  {opening}"
    width = max(map(len, flags.values())) + 1
    for flag, meaning in flags.items():
        yield f"    {f'{meaning}:':<{width}} agency-scaffold resolve {shlex.quote(path)} {flag}"


def _components(result: Report) -> Iterator[str]:
    yield "Files by component"
    for name, count in result.components.items():
        yield f"  {name:<20}{count:>4}"


def _waiting(result: Report) -> Iterator[str]:
    kept = [f for f in result.files if f.action in {"propose", "keep"}]
    if kept:
        yield "Yours stays" if result.dry_run else "Yours was kept"
    for file in kept:
        yield f"  {file.path}: {file.reason}"
        if file.proposal:
            yield f"    ours: {file.proposal}"
            yield from (f"    blocking: {t.how}" for t in result.todo if t.gate and t.file == file.path)
    if any(file.proposal for file in kept) and not result.dry_run:
        path = next(file.path for file in kept if file.proposal)
        yield from ways("proposed", path)
        yield "  agency-scaffold status lists those that are left."


def collisions(result: Report) -> Iterator[str]:
    """By what is to be done: one line of an ignore file may stand for many paths."""
    if result.collisions:
        yield "Collides with what is there"
    for fix in dict.fromkeys(c.fix for c in result.collisions):
        alike = [c for c in result.collisions if c.fix == fix]
        if alike[0].line:
            yield from _left_out(alike)
            continue
        yield from (f"  {c.path}: {c.message}" for c in alike[:_SHOWN])
        if len(alike) > _SHOWN:
            yield f"  ... and {len(alike) - _SHOWN} more"
        yield f"    {fix}"


def _left_out(alike: Sequence[Collision]) -> Iterator[str]:
    """What lines of ignore files leave out, a row for each line."""
    for line in dict.fromkeys(c.line for c in alike):
        paths = [c.path for c in alike if c.line == line]
        more = f" and {len(paths) - _EXAMPLES} more" if len(paths) > _EXAMPLES else ""
        yield f"  {line} leaves out {number(len(paths), 'file')}: {', '.join(paths[:_EXAMPLES])}{more}"
    yield f"    {alike[0].fix}"


def _detected(result: Report) -> Iterator[str]:
    taken = [line for line in result.detected if not line.refused]
    if taken:
        yield "Answers that your files showed"
    for path in dict.fromkeys(line.path for line in taken):
        keys = ", ".join(f"{line.key}={line.value}" for line in taken if line.path == path)
        yield filled(f"  {path}: {keys}")
    refused = [line for line in result.detected if line.refused]
    if refused:
        yield "Found in your files, and not taken"
    yield from (filled(f"  {line.key}={line.value} ({line.path}): {line.refused}") for line in refused)
    if result.detected:
        yield "  agency-scaffold assess says more of each."


def answers(result: Report) -> Iterator[str]:
    """What became of answers that are not served, or have no effect."""
    if result.fallbacks:
        yield "Defaults that cannot be had"
    for f in result.fallbacks:
        yield filled(f"  {f.key}: {f.taken} is taken instead of {f.default}: {f.reason}")
    if result.idle:
        yield "Answers without effect here"
        yield from (filled(f"  {i.key}: {i.reason}") for i in result.idle)


def checks(result: Report) -> Iterator[str]:
    """What each check said."""
    if not result.checks and not result.interrupted:
        yield "Checks: none ran"
        return
    yield "Checks"
    told = [c for c in result.checks if c.reason != NO_FILE]  # of what is not there, nothing need be said
    built_in = [c for c in told if c.kind == "built-in"]
    for status in ("passed", "failed", "skipped"):
        of_status = [c for c in built_in if c.status == status]
        if of_status:
            names = "" if status == "passed" else _names(of_status)
            yield f"  {status:<8}{number(len(of_status), 'built-in rule')}{names}"
    for check in (c for c in told if c.kind == "external"):
        about = f": {check.reason}" if check.reason else f" ({number(check.files, 'file')})" if check.files else ""
        yield filled(f"  {check.status:<8}{check.name}{about}")
    if result.interrupted:
        yield "  interrupted: all is written, but the checks of other programs were not finished: scripts/verify.sh"
    yield from findings(result.findings)


def _names(checks: Iterable[CheckResult]) -> str:
    return ": " + ", ".join(c.name for c in checks)


def findings(found: Iterable[Finding]) -> Iterator[str]:
    """The findings, one each, with the fix below it."""
    for f in found:
        place = f"{f.path}:{f.line}:{f.column}: " if f.line else f"{f.path}: " if f.path else ""
        yield f"    {place}{f.message} [{f.rule}]"
        if f.fix:
            yield f"      fix: {f.fix}"


def todo(result: Report) -> Iterator[str]:
    """What only the user can provide."""
    if not result.todo:
        return
    blocking = [t for t in result.todo if t.severity == "blocking"]
    more = len(result.todo) - len(blocking)
    yield f"Still yours to provide: {len(blocking)} blocking, {more} more" + (
        "" if result.dry_run else f" ({places.TODO})"
    )
    for item in blocking[:_SHOWN]:
        yield filled(f"  {item.id}: {item.question}")
    if len(blocking) > _SHOWN:
        yield f"  ... and {len(blocking) - _SHOWN} more"


def _next(result: Report) -> Iterator[str]:
    if not result.next:
        return
    yield "Next"
    yield from (f"  {command}" for command in result.next)
    if any(t.severity == "blocking" for t in result.todo):
        todo, verify = result.next[-2:]
        yield filled(f"{verify} fails until nothing blocking is left; {todo} says how to settle each.")
    for file in result.files:
        if file.path == _RUNBOOK:
            yield filled(f"{file.proposal or file.path} goes on from there: GitHub, accounts, the first release.")


def dry_run(root: Path, changes: Iterable[Change]) -> str:
    """What would be written to a folder: a tree, then a diff."""
    changes = [c for c in changes if c.writes]
    return "\n".join([*_tree(changes), "", *_diff(root, changes)])


def _tree(changes: Iterable[Change]) -> Iterator[str]:
    marks = {Action.BLOCK: "  (a region in your file)", Action.PROPOSE: "  (proposal: yours stays)"}
    before: tuple[str, ...] = ()
    rows = [(write.path.split("/"), marks.get(c.action, "")) for c in changes for write in c.writes if write.file]
    for (*folders, name), mark in sorted(rows):
        for depth, folder in enumerate(folders):
            if tuple(folders[: depth + 1]) != before[: depth + 1]:
                yield f"{'  ' * depth}{folder}/"
        before = tuple(folders)
        yield f"{'  ' * len(folders)}{name}{mark}"


def _diff(root: Path, changes: Iterable[Change]) -> Iterator[str]:
    for write in (write for change in changes for write in change.writes):
        after, may = (write.file.content, write.file.executable) if write.file else (None, False)
        diff = differences.unified(write.before, after, write.path, (executable(root, write.path), may))
        yield from diff.decode("utf-8", "replace").splitlines()


def failure(error: ScaffoldError) -> str:
    """An error for a person: what, where, the nearest valid value, what to do next."""
    if isinstance(error, AnswersError):
        return problems(error)
    found = findings(error.findings) if isinstance(error, BugError) else ()
    return "\n".join([f"error: {error.message}", *found, *([f"hint: {error.hint}"] if error.hint else [])])


def problems(error: AnswersError) -> str:
    """Every problem of the answers, each with what was given, what is valid and the nearest value."""
    lines = [f"error: {error.message}" + (f" ({error.source})" if error.source else "")]
    for p in error.problems:
        given = "" if p.given is None else f", {_shown(p.given)} was given"
        lines.append(filled(f"  {p.key}: {p.message}{given}"))
        if p.nearest:
            lines.append(f"    did you mean: {p.nearest}")
        if p.valid:
            lines.append(filled(f"    valid: {p.valid}"))
        if p.fix:
            lines.append(filled(f"    {p.fix}"))
    return "\n".join([*lines, "nothing was written"])


def filled(line: str) -> str:
    """A line in as many as it takes; a terminal would break it inside of words. What is one word stays one."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.lstrip(), 79, initial_indent=indent, subsequent_indent=f"{indent}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _shown(value: object) -> str:
    """As `--set` takes it, texts in quotes."""
    text = repr(str(value)) if isinstance(value, str) else word(value)
    text = text if isinstance(value, str) else text.replace(", ", ",")
    return text if len(text) <= 60 else f"{text[:57]}..."
