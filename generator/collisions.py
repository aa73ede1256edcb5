"""What of the user's keeps our files from working although none of them is in the way."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from generator import git, makefile, places
from generator.change import YOURS, Action, Change
from generator.look import look

_REGIONS = {Action.BLOCK, Action.REPLACE, Action.MERGE, Action.CONFLICT, Action.KEEP, Action.ADOPT}


@dataclass(frozen=True, slots=True)
class Collision:
    """One path, what is wrong with it, and what to do."""

    kind: Literal["make-target", "ignored", "unasked"]
    path: str
    message: str
    fix: str
    line: str = ""
    """The line of the user's that does it, where one may do it to many paths."""

    @property
    def lasts(self) -> bool:
        """Whether it is as it should be: targets of the user's makefile win, and ours have second names."""
        return self.path in makefile.NAMES


def collisions(root: Path, changes: Sequence[Change], targets: Iterable[str]) -> tuple[Collision, ...]:
    """All of them, as they will be once `changes` are written; `targets` are the names of our make targets."""
    return (*_targets(root, changes, targets), *_ignored(root, changes))


def _targets(root: Path, changes: Sequence[Change], targets: Iterable[str]) -> Iterator[Collision]:
    """Targets that the user's makefile has, too: theirs stays, ours keeps its second name."""
    ours = set(targets)
    own = {change.path for change in changes if change.origin.owner != "block" and change.action not in YOURS}
    for change in changes:
        if change.origin.owner == "block" and change.action in _REGIONS and change.path in makefile.NAMES:
            found = makefile.look(
                change.path, lambda path: "" if path in own else _text(root, path), lambda name: _matched(root, name)
            )
            theirs = found.targets
            for name in sorted(ours & theirs.keys()):
                message = f"make {name} stays yours ({theirs[name]})"
                second = f"infra-{name}"
                fix = (
                    f"Rename yours, or {second}: ours has no name left"
                    if second in theirs
                    else f"Ours is: make {second}"
                )
                yield Collision("make-target", change.path, message, fix)
            for name, place in found.unread.items():
                message = f"the targets of what {place} includes are not known: {name}"
                yield Collision(
                    "unasked", change.path, message, "Yours win; where ours have the same name, make infra-help says so"
                )


def _text(root: Path, path: str) -> str | None:
    """A makefile's text; "" where there is none, None for one that is not looked at."""
    if _outside(path):
        return None
    state, content = look(root, path)
    return None if content is None and state != "absent" else (content or b"").decode("utf-8", "replace")


def _matched(root: Path, pattern: str) -> list[str]:
    return [pattern] if _outside(pattern) else sorted(glob.glob(pattern, root_dir=root))  # noqa: PTH207 -- like make, without names that begin with a dot


def _outside(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


def _ignored(root: Path, changes: Sequence[Change]) -> Iterator[Collision]:
    """Files of ours that git would leave out: a clone would not have them."""
    ours = (c.proposal or c.path for c in changes if c.proposal or (c.action not in YOURS and not _declined(c)))
    paths = [*ours, places.LOCK]
    rules = _rules(root, changes, paths)
    found = git.ignored(root, paths, rules)
    if found is None:
        for path in (path for path in rules if look(root, path)[1] is not None):
            message = "git could not be asked which of our files its lines leave out"
            yield Collision("unasked", path, message, "Install git, then look at: git status --ignored")
        return
    for path, rule in sorted(found.items()):
        fix = _taken_in(rule, path, found)
        yield Collision(
            "ignored", path, f"git leaves it out ({rule})", fix, f"{rule.source}:{rule.line} `{rule.pattern}`"
        )


def _declined(change: Change) -> bool:
    """Whether the path is the user's for good, on record."""
    return any(line.state == "declined" for line in change.lines)


def _taken_in(rule: git.Rule, path: str, found: Mapping[str, git.Rule]) -> str:
    """How a path that a line leaves out comes into git."""
    folder = rule.folder_of(path)
    if not folder:
        return "Narrow that line, or take each file in with a line below it that begins with ! and names it"
    rest = [PurePosixPath(other).relative_to(folder).parts for other in found if other.startswith(f"{folder}/")]
    below = sorted({f"!/{folder}/{parts[0]}{'/' if len(parts) > 1 else ''}" for parts in rest})
    return (
        "Delete that line. If something else in the folder must stay out: a line below it cannot take in what lies "
        f"in a folder that is left out, so write /{folder}/* in its place, and below that: {' '.join(below)}"
    )


def _rules(root: Path, changes: Sequence[Change], paths: Iterable[str]) -> dict[str, bytes]:
    """Every `.gitignore` that says something about `paths`, as it will be."""
    will_be = {w.path: w.file.content for c in changes for w in c.writes if w.file}
    folders = {folder for path in paths for folder in PurePosixPath(path).parents}
    out = {}
    for name in sorted(str(folder / ".gitignore") for folder in folders):
        content = will_be.get(name) or look(root, name)[1]
        if content is not None:
            out[name] = content
    return out
