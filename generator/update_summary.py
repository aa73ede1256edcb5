"""Makes the report of an update: every path and every hunk is accounted for, and the totals add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from generator import places
from generator.accounts import WAITING, Done, account
from generator.beside import proposal_path
from generator.change import Write
from generator.finding import Verdict
from generator.generation import Generation
from generator.report import DiskLine, Report
from generator.summary import fallback_lines, file_line, idle_lines, todo_lines


def of_update(generation: Generation, verdict: Verdict, done: Done) -> Report:
    """The report of an update that rendered and merged."""
    files = [file_line(change, generation.late) for change in generation.changes]
    changes = any(write.path != places.LOCK for write in generation.writes)
    # A target of the user's that wins is told where files change, and waits for nothing.
    found = [one for one in generation.collisions if changes or one.kind == "ignored"]
    waits = any(f.action in WAITING for f in files) or not all(one.lasts for one in found)
    disk = [] if done.refused else sorted(_disk(generation), key=lambda line: line.path)
    return account(
        generation.root,
        files,
        done,
        exit_code=int(waits or verdict.failed or done.interrupted or (done.check and changes)),
        disk=disk,
        upheavals=list(generation.upheavals),
        collisions=found,
        fallbacks=fallback_lines(generation),
        idle=idle_lines(generation),
        checks=list(verdict.checks),
        findings=list(verdict.findings),
        todo=todo_lines(generation.todo, files) if any(line.path == places.TODO for line in disk) else [],
    )


def _disk(generation: Generation) -> Iterator[DiskLine]:
    """What is different on the disk, path by path."""
    for write in generation.writes:
        if write.path not in generation.late:
            yield DiskLine(path=write.path, change=_change(write))
        elif write.file:
            yield DiskLine(path=proposal_path(write.path), change="created")


def _change(write: Write) -> Literal["created", "changed", "removed"]:
    if write.file is None:
        return "removed"
    return "created" if write.before is None else "changed"
