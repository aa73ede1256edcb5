"""The main job: from answers to a rendered, verified, written, recorded and judged repository."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from generator import apply, git, merge, places, record
from generator.answers import Answers
from generator.answers.schema import schema
from generator.answers.write import dump
from generator.catalog import Owner
from generator.conflicts import Conflict, conflicts
from generator.errors import BugError, ScaffoldError
from generator.finding import Verdict
from generator.merge import Action, Change
from generator.parts import MakeTarget, TodoItem
from generator.plan import plan
from generator.render import Origin, Rendering, render
from generator.served import Fallback
from generator.tree import File, Tree

OWN = "answers"
"""The component id of the files that the program itself writes."""


@dataclasses.dataclass(frozen=True)
class Generation:
    """What a run of `new` found and did."""

    root: Path
    answers: Answers
    fallbacks: tuple[Fallback, ...]
    rendering: Rendering
    changes: tuple[Change, ...]
    todo: tuple[TodoItem, ...]
    targets: tuple[str, ...] = ()
    """The names of our make targets."""
    conflicts: tuple[Conflict, ...] = ()
    late: tuple[str, ...] = ()
    """Paths that changed while we wrote, whose new content became a proposal."""


def refuse_generated(root: Path) -> None:
    """Raises ScaffoldError where `root` was generated already, or has a state folder that cannot be used."""
    for name in git.nested(root, (str(Path(places.STATE).parent), places.STATE)):
        raise ScaffoldError(
            f"{root / name} is a git repository of its own",
            hint="Move it away: what we write there belongs to the repository around it.",
        )
    state, content = merge.look(root, places.LOCK)
    if state == "":
        version = record.load((content or b"").decode("utf-8", "replace")).version
        raise ScaffoldError(
            f"{root} was generated already, by agency-scaffold {version}",
            hint=f'Change {places.ANSWERS_FILE}, then as its AGENTS.md says below "When an answer changes"; '
            "the command agency-scaffold update comes with a later release.",
        )
    if state != "absent":
        raise ScaffoldError(f"{places.LOCK}: {state}", hint="Move it away; we never write through a link.")
    if apply.interrupted(root):
        raise ScaffoldError(
            f"an interrupted run waits in {places.TRANSACTION}",
            hint="Run this without --dry-run: it is finished first.",
        )
    folder = root / places.STATE
    if folder.is_dir() and any(folder.iterdir()):
        raise ScaffoldError(
            f"{places.STATE} holds files, but no lock",
            hint="Restore .agency/scaffold/lock from git, or remove the folder.",
        )


def refuse_inside(root: Path) -> None:
    """Raises ScaffoldError where `root` is a part of another repository: workflows work at the top alone.

    A folder that the repository ignores is no part of it.
    """
    if git.is_repository(root):
        return
    for above in root.parents:
        repository = git.is_repository(above)
        generated = merge.look(above, places.LOCK)[0] == ""
        if repository and git.ignores_folder(above, root):
            return
        if generated:
            raise ScaffoldError(
                f"{root} lies inside {above}, which agency-scaffold generated",
                hint=f"That is one infrastructure for all services below it: change {above / places.ANSWERS_FILE}.",
            )
        if repository:
            raise ScaffoldError(
                f"{root} lies inside the git repository {above}",
                hint=f"Run this in {above}: workflows work at the top alone. "
                f"For a repository of its own: git init {root}",
            )


def prepare(root: Path, answers: Answers, fallbacks: tuple[Fallback, ...]) -> Generation:
    """Renders and compares with what is there; writes nothing."""
    planned = plan(answers)
    rendered = render(planned)
    if not rendered.tree:
        raise BugError("nothing was rendered")
    rendering = merge.placed(root, _with_own_files(rendered, answers))
    changes = merge.first(root, rendering)
    targets = ("help", *(target.name for target in planned.parts.of(MakeTarget)))
    return Generation(root, answers, fallbacks, rendering, changes, planned.parts.of(TodoItem), targets)


def compare(generation: Generation) -> Generation:
    """Looks for what of the user's would keep our files from working; writes nothing."""
    found = conflicts(generation.root, generation.changes, generation.targets)
    return dataclasses.replace(generation, conflicts=found)


def verify(generation: Generation) -> Verdict:
    """Runs the built-in rules on our rendering; raises BugError where they find anything: the bug is ours."""
    from generator import checks  # noqa: PLC0415 -- parsers and schemas, not needed with --no-check

    verdict = checks.check(generation.rendering.tree)
    if verdict.findings:
        raise BugError(
            "our own output did not pass our checks; nothing was written",
            hint="This is a bug of agency-scaffold: please report it with your answers.",
            findings=verdict.findings,
        )
    return verdict


def write(generation: Generation) -> Generation:
    """Writes everything in one transaction, with the record; makes the folder where it is missing."""
    with _folder(generation.root), apply.locked(generation.root):
        refuse_generated(generation.root)  # another run may have come first
        return _write(generation)


def judge(generation: Generation, begins: Callable[[Sequence[str]], None] = lambda _: None) -> Verdict:
    """Runs the external tools that are installed on our files, as they lie in the written folder.

    `begins` is called before, with their names.
    """
    from generator.checks.external import run_external  # noqa: PLC0415

    ours = (c.path for c in generation.changes if c.action not in {Action.KEEP, Action.PROPOSE})
    return run_external(generation.root, Tree.read(generation.root, ours), begins)


@contextlib.contextmanager
def _folder(root: Path) -> Iterator[None]:
    """Makes the folder, and unmakes it where nothing came to lie in it."""
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    try:
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ScaffoldError(
                f"{root} cannot be made: {error.strerror}", hint="Choose a folder that you may write."
            ) from error
        yield
    finally:
        for folder in missing:
            with contextlib.suppress(OSError):  # not empty, as it should be
                folder.rmdir()


def _write(generation: Generation) -> Generation:
    writes = [
        apply.Write(
            c.target,
            c.after,
            None if c.action is Action.PROPOSE else c.before,
            _state(generation.root / c.path) if c.action is Action.BLOCK else None,
        )
        for c in generation.changes
        if c.writes
    ]
    lock = record.dump(_fingerprint(generation.answers), _entries(generation))
    writes.append(apply.Write(places.LOCK, File(lock.encode()), None))
    outcome = apply.apply(generation.root, writes, generation.targets)
    return dataclasses.replace(generation, late=outcome.late)


def _state(path: Path) -> os.stat_result | None:
    """Mode and owner of a file; None where it is gone, which the writer sees for itself."""
    try:
        return path.lstat()
    except OSError:
        return None


def _with_own_files(rendering: Rendering, answers: Answers) -> Rendering:
    own = {
        places.ANSWERS_FILE: dump(answers),
        places.SCHEMA: json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        f"{places.STATE}/.gitattributes": "* -text linguist-generated\n",
    }
    files = {path: File(text.encode()) for path, text in own.items()}
    # The answers are the input: made once, then edited by people.
    owners: dict[str, Owner] = {places.ANSWERS_FILE: "once"}
    origins = {path: Origin(OWN, f"{OWN}:{Path(path).name}", owners.get(path, "managed")) for path in own}
    return Rendering(Tree({**rendering.tree, **files}), {**rendering.origins, **origins})


def _fingerprint(answers: Answers) -> str:
    return record.fingerprint(msgspec.json.encode(answers, order="deterministic"), record.templates_digest())


def _entries(generation: Generation) -> list[record.Entry]:
    out = []
    for change in generation.changes:
        file = generation.rendering.tree[change.path]
        kind: record.Kind = "exec" if file.executable else "file"
        if change.action is Action.PROPOSE:
            kind = "proposed"
        elif change.origin.owner != "managed":
            kind = change.origin.owner
        out.append(record.Entry(change.path, kind, change.origin.template, file.content))
    return out
