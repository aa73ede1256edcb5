"""What a run renders, decides and does: the steps that a first generation and a regeneration share."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from generator import apply, places, record, unrecorded
from generator.answers import Answers
from generator.answers.schema import schema
from generator.change import Action, Change, Write
from generator.collisions import Collision, collisions
from generator.errors import BugError
from generator.finding import Verdict
from generator.origin import Origin, Owner, Rendering
from generator.parts import MakeTarget, TodoItem
from generator.plan import plan
from generator.render import render
from generator.served import Fallback
from generator.tree import File, Tree

OWN = "answers"
"""The component id of the files that the program itself writes."""


@dataclasses.dataclass(frozen=True)
class Rendered:
    """What the answers make, before anything that is there is looked at."""

    rendering: Rendering
    todo: tuple[TodoItem, ...]
    targets: tuple[str, ...]
    """The names of our make targets."""


@dataclasses.dataclass(frozen=True)
class Generation:
    """What a run found and did."""

    root: Path
    answers: Answers
    fallbacks: tuple[Fallback, ...]
    rendering: Rendering
    changes: tuple[Change, ...]
    todo: tuple[TodoItem, ...]
    targets: tuple[str, ...] = ()
    """The names of our make targets."""
    lock: bytes | None = None
    """The record as it was read; None where there is none yet."""
    collisions: tuple[Collision, ...] = ()
    upheavals: tuple[str, ...] = ()
    """What the change of the answers means for what runs."""
    passed: bool = False
    """The checks have looked, and found nothing."""
    late: tuple[str, ...] = ()
    """Paths that changed while we wrote, whose new content became a proposal."""

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """All that is written and removed, the record last, if it is another one."""
        writes = [write for change in self.changes for write in change.writes]
        lock = self.new_lock()
        if lock != self.lock:
            writes.append(Write(places.LOCK, File(lock), self.lock))
        return tuple(writes)

    def new_lock(self) -> bytes:
        """The record afterwards."""
        lines = [line for change in self.changes for line in change.lines]
        before = (self.lock or b"").decode("utf-8", "replace")
        return record.dump(self._fingerprint(), lines, before).encode()

    def _fingerprint(self) -> str:
        """Of the inputs; "" where a line is not what they make, so that the next run must look again."""
        answers = b""
        if not all(one.lasts for one in self.collisions):
            return ""
        for change in self.changes:
            for line in change.lines:
                if line.path == places.ANSWERS_FILE:
                    answers = line.content
                elif not self._settled(line):
                    return ""
        return record.fingerprint(answers, passed=self.passed)

    def _settled(self, line: record.Entry) -> bool:
        return line.kind == "once" or line.state in {"declined", "released"} or line == self._made(line)

    def _made(self, line: record.Entry) -> record.Entry | None:
        """The line of what is generated now at its path."""
        file = self.rendering.tree.get(line.path)
        return unrecorded.entry(line.path, self.rendering.origins[line.path], file) if file else None


def make(answers: Answers, answers_text: bytes) -> Rendered:
    """Renders all files, those that the program itself writes among them."""
    planned = plan(answers)
    rendered = render(planned)
    if not rendered.tree:
        raise BugError("nothing was rendered")
    targets = ("help", *(target.name for target in planned.parts.of(MakeTarget)))
    return Rendered(_with_own_files(rendered, answers_text), planned.parts.of(TodoItem), targets)


def compare(generation: Generation) -> Generation:
    """Looks for what of the user's would keep our files from working; writes nothing."""
    found = collisions(generation.root, generation.changes, generation.targets)
    return dataclasses.replace(generation, collisions=found)


def verify(rendering: Rendering) -> Verdict:
    """Runs the built-in rules on our rendering; raises BugError where they find anything: the bug is ours."""
    from generator import checks  # noqa: PLC0415 -- parsers and schemas, not needed with --no-check

    verdict = checks.check(rendering.tree)
    if verdict.findings:
        raise BugError(
            "our own output did not pass our checks; nothing was written",
            hint="This is a bug of agency-scaffold: please report it with your answers.",
            findings=verdict.findings,
        )
    return verdict


def commit(generation: Generation) -> Generation:
    """Writes everything in one transaction; the caller holds the folder's lock."""
    writes = generation.writes
    if not writes:
        return generation
    outcome = apply.apply(generation.root, writes, generation.targets)
    return dataclasses.replace(generation, late=outcome.late)


def judge(
    generation: Generation,
    begins: Callable[[Sequence[str]], None] = lambda _: None,
    running: Callable[[Sequence[str]], None] = lambda _: None,
) -> Verdict:
    """Runs the external tools that are installed on our files, as they lie in the written folder.

    `begins` is called before, with their names, and `running` again and again with those that are not done. After an
    update only those run whose files have changed. What people suppressed is left out.
    """
    from generator.checks.external import TOOLS, run_external  # noqa: PLC0415
    from generator.checks.source import Sources  # noqa: PLC0415
    from generator.checks.suppressions import settle  # noqa: PLC0415

    ours = [c.path for c in generation.changes if c.judged and not _is_kept(c)]
    touched = {write.path for write in generation.writes if write.file} if generation.lock else None
    verdict = run_external(generation.root, Tree.read(generation.root, ours), begins, touched, running=running)
    there = Sources(Tree.read(generation.root, [*ours, places.IGNORE]))
    return settle(there, verdict, TOOLS, unused=False).verdict


def _is_kept(change: Change) -> bool:
    """Whether a file is the user's and stays as it is."""
    return change.action is Action.KEEP and change.origin.owner == "once"


def _with_own_files(rendering: Rendering, answers_text: bytes) -> Rendering:
    own = {
        places.ANSWERS_FILE: answers_text,
        places.SCHEMA: (json.dumps(schema(), indent=2, ensure_ascii=False) + "\n").encode(),
        f"{places.STATE}/.gitattributes": b"* -text linguist-generated\n",
    }
    files = {path: File(content) for path, content in own.items()}
    # The answers are the input: made once, then edited by people.
    owners: dict[str, Owner] = {places.ANSWERS_FILE: "once"}
    origins = {path: Origin(OWN, f"{OWN}:{Path(path).name}", owners.get(path, "managed")) for path in own}
    return Rendering(Tree({**rendering.tree, **files}), {**rendering.origins, **origins})
