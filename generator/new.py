"""The main job: from answers to a rendered, verified, written, recorded and judged repository."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from generator import apply, git, places, record, unrecorded
from generator.answers import Answers
from generator.answers.write import dump
from generator.errors import ScaffoldError
from generator.generation import Generation, commit, make
from generator.look import look
from generator.served import Fallback


def refuse_generated(root: Path) -> None:
    """Raises ScaffoldError where `root` was generated already, or has a state folder that cannot be used."""
    for name in git.nested(root, (str(Path(places.STATE).parent), places.STATE)):
        raise ScaffoldError(
            f"{root / name} is a git repository of its own",
            hint="Move it away: what we write there belongs to the repository around it.",
        )
    state, content = look(root, places.LOCK)
    if state == "":
        version = record.load((content or b"").decode("utf-8", "replace")).version
        raise ScaffoldError(
            f"{root} was generated already, by agency-scaffold {version}",
            hint=f"Change {places.ANSWERS_FILE}, then run agency-scaffold update: it keeps every edit.",
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
        generated = look(above, places.LOCK)[0] == ""
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
    there = look(root, places.ANSWERS_FILE)[1]
    made = make(answers, dump(answers).encode() if there is None else there)
    rendering = unrecorded.placed(root, made.rendering)
    changes = unrecorded.changes(root, rendering)
    return Generation(root, answers, fallbacks, rendering, changes, made.todo, made.targets)


def write(generation: Generation) -> Generation:
    """Writes everything in one transaction, with the record; makes the folder where it is missing."""
    with _folder(generation.root), apply.locked(generation.root):
        refuse_generated(generation.root)  # another run may have come first
        return commit(generation)


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
