"""What happens after the commit point: staged files go to their places and others away, all of them, or back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import places, record
from generator.change import Action
from generator.look import look

Step = dict[str, str | None]
"""One file of the journal: its path, and the hashes of what is there before and after (None = nothing)."""


_LATE = {Action.PROPOSE, Action.ORPHAN}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transaction did with each of its paths: made, replaced or deleted it, or proposed ours.

    The latter where the path changed meanwhile; one that was to be deleted is kept then.
    """

    actions: dict[str, Action]
    targets: tuple[str, ...] = ()
    """The names of our make targets, as the run knew them that began the transaction."""

    @property
    def late(self) -> tuple[str, ...]:
        """The paths that changed meanwhile: their new content is a proposal now, or they were not deleted."""
        return tuple(path for path, action in self.actions.items() if action in _LATE)


def all_of(root: Path, stage: Path, journal: Sequence[Step]) -> dict[str, Action]:
    """Moves each staged file to its place; raises OSError where the disk does not allow it."""
    done: dict[str, Action] = {}
    for number, step in enumerate(journal):
        late = [path for path, action in done.items() if action in _LATE]
        if step["path"] == places.LOCK and late:
            _record_late(root, stage, str(number), step, late)
        done[str(step["path"])] = _one(root, stage, str(number), step)
    return done


def _one(root: Path, stage: Path, name: str, step: Step) -> Action:
    if step["after"] is None:
        return Action.DELETE if _remove(root, stage, name, step) else Action.ORPHAN
    made = Action.REPLACE if step["before"] else Action.CREATE
    return made if move(root, stage, name, step) else Action.PROPOSE


def _remove(root: Path, stage: Path, name: str, step: Step) -> bool:
    """Puts one file aside, where it stays until the stage is removed; False = it had changed, and stays."""
    target, aside = root / str(step["path"]), stage / f"{name}.before"
    if _late(stage / name).exists():
        return False
    state, there = look(root, str(step["path"]))
    if state == "absent" or (aside.exists() and not _is_back(there, step)):
        return True  # what lies there since the cut is the user's
    if there is not None and sha256(there) == step["before"]:
        target.rename(aside)
        if sha256(aside.read_bytes()) == step["before"]:
            return True
        _link(aside, target)
    _late(stage / name).touch()
    return False


def remove_empty(root: Path, journal: Sequence[Step]) -> None:
    """Removes the folders that the deletions left empty."""
    for step in journal:
        for folder in (root / str(step["path"])).parents if step["after"] is None else ():
            if folder == root:
                break
            try:
                folder.rmdir()
            except OSError:  # not empty, or gone
                break


def take_back(root: Path, stage: Path, journal: Sequence[Step]) -> None:
    """Makes the folder what it was at the commit point; a file that was edited since it was moved stays."""
    for number, step in enumerate(journal):
        staged, aside = stage / str(number), stage / f"{number}.before"
        _done(staged).unlink(missing_ok=True)  # first: cut off here, it is moved again
        proposed = _late(staged).exists() and not staged.exists()  # else what waits there was there before
        for path in (str(step["path"]), *[_aside(str(step["path"]))] * proposed):
            there = look(root, path)[1]
            if there is None or sha256(there) != step["after"]:
                continue
            if staged.exists():
                (root / path).unlink()
            else:
                (root / path).rename(staged)
        if aside.exists() and not os.path.lexists(root / str(step["path"])):
            aside.rename(root / str(step["path"]))
    for folder, _, _ in os.walk(root / places.PROPOSED, topdown=False):
        with contextlib.suppress(OSError):  # not empty: something of the user's is in it
            Path(folder).rmdir()


def move(root: Path, stage: Path, name: str, step: Step) -> bool:
    """Moves one staged file to its place; False = the target had changed, and a proposal was made."""
    path = str(step["path"])
    staged, aside = stage / name, stage / f"{name}.before"
    state, there = look(root, path)
    if _late(staged).exists():
        return False
    if not staged.exists() or (_done(staged).exists() and not _is_back(there, step)):
        return True  # dealt with before the cut; what the user did since is his
    if aside.exists() and state == "absent":  # cut between putting aside and moving
        there = aside.read_bytes()
    elif state == "" and there is not None and sha256(there) == step["before"]:
        (root / path).rename(aside)
        there = aside.read_bytes()
        state = "absent"
    expected = step["before"] is None or (aside.exists() and sha256(aside.read_bytes()) == step["before"])
    if state == "absent" and expected and _link(staged, root / path):
        _done(staged).touch()
        return True
    if aside.exists() and not os.path.lexists(root / path):
        aside.rename(root / path)
    return _propose(root, path, staged, there, str(step["after"]))


def _record_late(root: Path, stage: Path, name: str, step: Step, late: list[str]) -> None:
    """What became a proposal while we wrote must not be recorded as generated."""
    staged, fresh, first = stage / name, stage / f"{name}.new", stage / f"{name}.first"
    if staged.exists():
        if not first.exists():  # a run that was cut off here does it again, from the same text
            fresh.write_bytes(staged.read_bytes())
            fresh.replace(first)
        aside = stage / f"{name}.before"
        before = aside.read_bytes() if aside.exists() else look(root, places.LOCK)[1] or b""
        content = record.with_late(first.read_text(encoding="utf-8"), before.decode("utf-8", "replace"), late).encode()
        fresh.write_bytes(content)
        fresh.chmod(staged.stat().st_mode)
        fresh.replace(staged)
        step["after"] = sha256(content)


def _link(staged: Path, target: Path) -> bool:
    """Puts the file at its place only if nothing is there: a link, unlike a rename, never replaces."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(staged, target, follow_symlinks=False)
    except (FileExistsError, NotADirectoryError):
        return False
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            return False
        staged.rename(target)
        return True
    # A copy stays in the stage: what was moved before a cut may have to be moved again.
    fresh = staged.with_name(f"{staged.name}.copy")
    shutil.copy2(staged, fresh)
    fresh.replace(staged)
    return True


def _propose(root: Path, path: str, staged: Path, there: bytes | None, after: str) -> bool:
    if there is not None and sha256(there) == after:
        staged.unlink()
        return True
    target = root / _aside(path)
    _late(staged).touch()
    if path.startswith((f"{places.PROPOSED}/", f"{places.ORPHANED}/")):
        return False  # it lies beside a file itself, and what became of it stays; the next run makes it anew
    if not os.path.lexists(target):  # one that waits may hold edits; ours is on record, and the next run offers it
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.replace(target)
    return False


def _aside(path: str) -> str:
    """Where ours waits for a path that changed; a list of the user's lines is needed, wherever it lies."""
    return f"{path}.late" if path.startswith(f"{places.REPLACED}/") else f"{places.PROPOSED}/{path}"


def _is_back(there: bytes | None, step: Step) -> bool:
    """Whether somebody put back what lay there before, as `git checkout` does after a cut: then it is done again."""
    return there is not None and sha256(there) == step["before"] != step["after"]


def _done(staged: Path) -> Path:
    """Says that its file was moved to its place."""
    return staged.with_name(f"{staged.name}.done")


def _late(staged: Path) -> Path:
    """Says, once its file has left the stage, that it became a proposal."""
    return staged.with_name(f"{staged.name}.late")


def sha256(content: bytes) -> str:
    """The hash that the journal holds."""
    return hashlib.sha256(content).hexdigest()
