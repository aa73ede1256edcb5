"""What a folder is judged by: which files these are, what is said of each, and what is left out."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator import git
from generator.finding import Remark, Severity
from generator.places import ANSWERS_FILE, LOCK, STATE
from generator.reader import LINKED, Reader, walked
from generator.tree import File, Tree

_FOREIGN: Final = frozenset({"node_modules", "vendor", "third_party", ".terraform"})
"""Folders of what others wrote, also where it is committed."""
_READ_BY_TESTS: Final = frozenset({"testdata", "fixtures", "__fixtures__", "test-fixtures"})
"""Folders of what tests read: mistakes stand there on purpose, and nothing runs from there."""
_PUBLISHED: Final = "terraform-registry-manifest.json"
"""What whoever publishes a provider of Terraform has beside the examples that his pages take in, piece by piece."""
AROUND: Final = 100_000
"""Files that a work tree may have for all of it to be read: it may also be somebody's whole disk."""
_NAMED: Final = 10
"""Names that a remark gives before it only counts."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What a folder is judged by."""

    root: Path
    """The folder, or the one around it from which all paths are seen."""
    inside: str
    """How paths begin that lie in the folder: "", or `folder/`."""
    prefix: str
    """The same, seen from the top of its git repository."""
    tree: Tree
    """Every file by its path; what `unread` names is empty there, and a file without text is one zero byte."""
    quiet: frozenset[str]
    """What lies outside of the folder, what others wrote, what tests read, and what is there once more by a link."""
    unread: Mapping[str, Remark]
    """What is not read, and why."""
    remarks: Mapping[str, Sequence[Remark]]
    """What else is to be known of what was read, by the path that it is about; "" for no path."""
    absent: frozenset[str]
    """The files and submodules of the repository that are not checked out."""


def read(folder: Path) -> Repository:
    """Reads what a folder is judged by; its path has no links in it.

    In the work tree of a git repository that is all that git has and would add, and no ignored file; elsewhere, and
    where git refuses, it is the folder alone.
    """
    told: list[Remark] = []
    root, listed = _source(folder, told)
    inside = _seen(root, folder)
    reader = Reader(root)
    if listed is None:
        for path in walked(root, reader):
            reader.add(path)
    else:
        for path in listed.files:
            reader.add(path)
        for path, why in listed.closed.items():
            reader.cannot_list(path, why)
        reader.read_submodules()
    reader.follow(inside)
    made = _made(reader)
    others = (path for path in reader.files if is_foreign(path) or _is_tried(path))
    quiet = reader.aliases | reader.theirs | {path for path in others if path.rpartition("/")[0] not in made}
    if _PUBLISHED in reader.files:
        quiet |= {path for path in reader.files if path.startswith("examples/")}
    if inside:
        quiet |= {path for path in reader.files if not path.startswith(inside)}
    remarks = _remarks(reader, inside, listed.repositories if listed else ())
    sparse = [path for path in listed.sparse if path not in reader.files] if listed else []
    if sparse:
        files = "1 file that git has is" if len(sparse) == 1 else f"{len(sparse)} files that git has are"
        message = f"{files} not checked out: of what names them nothing is said"
        told.append(Remark(message, "git sparse-checkout disable"))
    if all(path in quiet for path in reader.files):
        told.append(_nothing(listed is not None))
    if told:
        remarks[""] = [*told, *remarks.get("", ())]
    around = git.around(folder)
    return Repository(
        root,
        inside,
        _seen(around, folder) if around else "",
        Tree(reader.files),
        frozenset(quiet),
        reader.unread,
        remarks,
        frozenset([*sparse, *(folder.partition(" (")[0] for folder in reader.absent)]),
    )


def is_foreign(path: str) -> bool:
    """Whether a file was written elsewhere and only copied here."""
    return not _FOREIGN.isdisjoint(path.split("/")[:-1])


def recorded(files: Mapping[str, File]) -> Iterator[tuple[str, str]]:
    """The paths that agency-scaffold wrote, each behind its kind and state as the record has them."""
    lock = files.get(LOCK)
    rows = lock.content.decode(errors="replace").splitlines() if lock else []
    entries = (row.split(" ", 4) for row in rows if not row.startswith("#"))
    return ((words[0], words[4]) for words in entries if len(words) == 5)


def _made(reader: Reader) -> frozenset[str]:
    """The folders into which agency-scaffold wrote: a service may well be called `vendor`."""
    return frozenset(path.rpartition("/")[0] for _, path in recorded(reader.files))


def _is_tried(path: str) -> bool:
    """Whether a file is one that tests read."""
    return not _READ_BY_TESTS.isdisjoint(path.split("/")[:-1])


def _source(folder: Path, told: list[Remark]) -> tuple[Path, git.Listed | None]:
    """The folder from which paths are seen, and what git lists there; None where it is to be walked."""
    try:
        top = git.top(folder)
        if top is None:
            return folder, None
        root = _root(folder, top)
        listed = git.listed(root)
        if root != folder and (many := len(listed.files)) > AROUND:
            message = f"the repository has {many} files, more than {AROUND}: what lies around this folder is not known"
            told.append(Remark(message))
            return folder, git.listed(folder)
    except git.RefusedError as error:
        told.append(_refused(str(error)))
        return folder, None
    inside = _seen(root, folder)
    if folder != top and not any(path.startswith(inside) for path in listed.files) and git.ignores_folder(top, folder):
        message = "the git repository around this folder ignores it: all of its files are judged, and nothing around it"
        told.append(Remark(message))
        return folder, None
    return root, listed


def _root(folder: Path, top: Path) -> Path:
    """What a folder in a work tree is judged with.

    That is all of it; but what agency-scaffold generated is a repository of its own wherever it lies, and whoever names
    what others wrote, or what tests read, wants that to be judged.
    """
    file = f"{_seen(top, folder)}file"
    if is_foreign(file) or _is_tried(file):
        return folder
    for one in (folder, *folder.parents):
        if one == top or os.path.isfile(one / ANSWERS_FILE) or os.path.isdir(one / STATE):  # noqa: PTH112, PTH113 -- raise nothing
            return one
    return top


def _seen(root: Path, folder: Path) -> str:
    """How paths in a folder begin, seen from one around it."""
    inside = folder.relative_to(root).as_posix()
    return "" if inside == "." else f"{inside}/"


def _refused(why: str) -> Remark:
    """What is said where git refuses."""
    fix = f"{'Install git' if why == git.NOT_INSTALLED else 'Mend what git says'}, and run this again."
    if match := re.match("detected dubious ownership in repository at '(.*)'", why):
        fix = f"Where you trust it: git config --global --add safe.directory {shlex.quote(match[1])}"
    what = f"git does not say which files belong to the repository ({why})"
    return Remark(f"{what}: all in this folder are judged, but for what is installed", fix, Severity.WARNING)


def _nothing(by_git: bool) -> Remark:
    of_git = " that git has or would take in, and that others did not write" if by_git else ""
    return Remark(f"nothing was judged: here is no file{of_git}", "Name another folder.", Severity.ERROR)


def _remarks(reader: Reader, inside: str, repositories: Sequence[str]) -> dict[str, list[Remark]]:
    """What is said of folders that are not judged, as far as they lie in the one that is."""
    found: dict[str, list[Remark]] = {}

    def say(paths: Sequence[str], one: str, many: str, fix: str, place: str = "") -> None:
        here = sorted(path.removeprefix(inside) for path in paths if path.startswith(inside))
        if here:
            more = f" and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
            message = f"{one if len(here) == 1 else many}: {', '.join(here[:_NAMED])}{more}"
            found.setdefault(place if place in reader.files and not inside else "", []).append(Remark(message, fix))

    each = "Each is judged by itself: agency-scaffold validate FOLDER"
    known = "known and not judged, as what others wrote"
    say(reader.known, f"a submodule is {known}", f"submodules are {known}", each, ".gitmodules")
    say(
        reader.absent,
        "a submodule is not here, and what lies in it is not known",
        "submodules are not here, and what lies in them is not known",
        "git submodule update --init",
        ".gitmodules",
    )
    say(repositories, "a repository of its own is not judged", "repositories of their own are not judged", each)
    far = f"not followed: with what they lead to, more than {LINKED} files would be there once more"
    say(reader.unfollowed, f"a link to a folder is {far}", f"links to folders are {far}", "")
    return found
