"""Judges what a merge makes: each merged file by itself before it is written, and the folder as it will be."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Final

from generator import places
from generator.change import Action, Change
from generator.finding import CheckResult, Finding, Verdict
from generator.generation import Generation
from generator.look import hidden, look
from generator.reader import written
from generator.tree import File, Tree

_SYNTAX: Final = (
    "yaml-syntax", "yaml-duplicate-key", "json-syntax", "json-duplicate-key", "hcl-syntax", "hcl-duplicate-argument",
    "dockerfile-instruction",
)  # fmt: skip
_MOST_NAMES: Final = 20_000
"""Files of the user's whose names are looked at; a repository of more is judged without the rest."""


def unparsable(path: str, before: File, after: File) -> str:
    """Why a merged file must not be written; "" where it parses.

    A merge of lines may be clean and wrong: a key twice, a brace too many.
    """
    if not (found := _syntax(path, after)):
        return ""
    if _syntax(path, before):
        return "it does not parse as it is, so that nothing is merged into it"
    line = f"line {found[0].line}: " if found[0].line else ""
    return f"merged, it would be wrong: {line}{found[0].message}"


def _syntax(path: str, file: File) -> tuple[Finding, ...]:
    from generator.checks import RULES  # noqa: PLC0415 -- parsers and schemas, which many updates need not
    from generator.checks.run import run  # noqa: PLC0415

    return run(Tree({path: file}), {rule: RULES[rule] for rule in _SYNTAX}, edited=True).findings


def judge(generation: Generation) -> Verdict:
    """What the built-in rules say of the folder as it will be: findings in files of ours, edited or not."""
    from generator.checks import check  # noqa: PLC0415 -- see above

    ours = {change.path: change for change in generation.changes if change.judged}
    tree, unread = _tree(generation, ours.keys())
    verdict = check(tree, edited=True)
    told = (finding for finding in verdict.findings if finding.path in ours and finding.path not in unread)
    findings = tuple(_with_ways(told, ours))
    failed = {finding.rule for finding in findings}
    return Verdict(tuple(_without_theirs(one, failed) for one in verdict.checks), findings) + _unreadable(unread, ours)


def _with_ways(findings: Iterable[Finding], ours: Mapping[str, Change]) -> Iterator[Finding]:
    """Findings, of which the first in a file that waits for a decision says what settles it, before any mend."""
    told = set[str]()
    for finding in findings:
        way = "" if finding.path in told else _way(ours[finding.path])
        told |= {finding.path} if way else set()
        yield replace(finding, fix=way or finding.fix)


def _way(change: Change) -> str:
    resolve = f"agency-scaffold resolve {quote(change.path)} --new"
    if change.action is Action.PROPOSE:
        return f"put your edits into {change.proposal}, then: {resolve}"
    if change.action is Action.ORPHAN:
        return f"mend it, or have it deleted, since nothing generates it: {resolve}"
    return ""


def _unreadable(unread: Mapping[str, str], ours: Collection[str]) -> Verdict:
    """What of ours could not be read, so that nobody takes it for judged."""
    told = {path: why for path, why in unread.items() if path in ours and "symbolic link" not in why}
    checks = (CheckResult("readable", "built-in", "failed", len(told)),) if told else ()
    return Verdict(checks, tuple(Finding(path, 0, 0, "readable", why) for path, why in sorted(told.items())))


def _without_theirs(check: CheckResult, failed: Collection[str]) -> CheckResult:
    """A rule that found something in files of the user's alone has passed."""
    return check if check.status != "failed" or check.name in failed else replace(check, status="passed")


def _tree(generation: Generation, ours: Set[str]) -> tuple[Tree, dict[str, str]]:
    """Our files and their neighbours as they will be; of all others, that they are there; and what cannot be read.

    For that stands what we generate: it is there, though nobody knows what is in it.
    """
    root = generation.root
    folders = {str(Path(path).parent) for path in ours}
    read, named = set(ours), dict[str, File]()
    for path in _names(root):
        if str(Path(path).parent) in folders:
            read.add(path)
        else:
            named[path] = File(b"")
    files = named | dict(Tree.read(root, read))
    unread = _unread(root, {*read, *(change.path for change in generation.changes)} - files.keys())
    files |= {path: generation.rendering.tree.get(path, File(b"")) for path in unread}
    for write in (write for change in generation.changes for write in change.writes):
        if write.file:
            files[write.path] = write.file
        else:
            files.pop(write.path, None)
    beside = tuple(f"{one}/" for one in (places.PROPOSED, places.ORPHANED, places.REPLACED, places.TRANSACTION))
    return Tree({path: file for path, file in files.items() if not path.startswith(beside)}), unread


def _unread(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Those of the paths at which something is that is no file to be read, and why."""
    states = {path: look(root, path)[0] for path in paths}
    return {path: why for path, why in states.items() if hidden(why)}


def _names(root: Path) -> Iterator[str]:
    """Files below a folder, but for what is installed or built."""
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = written(folders, files)
        for name in files:
            count += 1
            if count > _MOST_NAMES:
                return
            path = Path(folder, name).relative_to(root).as_posix()
            if path.isprintable():  # what no path of ours can name need not be known
                yield path
