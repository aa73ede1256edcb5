"""Reads a repository as it is to be judged: what git has or would take in, in bounded time and memory."""

from __future__ import annotations

import os
import re
import shlex
import stat
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from generator import git
from generator.finding import Remark, Severity
from generator.places import ANSWERS_FILE, STATE
from generator.tree import File, Tree

INSTALLED: Final = frozenset({".git", ".terraform", ".venv", "node_modules", "__pycache__", "vendor", "target"})
"""Folders of what is installed or built."""
LARGEST: Final = 5_000_000
"""Bytes of a file that is judged; nobody writes a larger one by hand."""
LINKED: Final = 10_000
"""Files that are known once more through links to folders; they cost as much as others."""
_FOREIGN: Final = frozenset({"node_modules", "vendor", "third_party", ".terraform"})
"""Folders of what others wrote, also where it is committed."""
_READ_BY_TESTS: Final = frozenset({"testdata", "fixtures", "__fixtures__", "test-fixtures"})
"""Folders of what tests read: mistakes stand there on purpose, and nothing runs from there."""
_PUBLISHED: Final = "terraform-registry-manifest.json"
"""What whoever publishes a provider of Terraform has beside the examples that his pages take in, piece by piece."""
_HEAD: Final = 8_000
"""Bytes in which a file without text has a zero byte: so git tells them, too."""
TEXT: Final = (
    ".yml", ".yaml", ".json", ".toml", ".tf", ".tfvars", ".hcl", ".sh", ".md", ".mk", ".rules", ".tmpl", "Dockerfile",
    "Makefile",
)  # fmt: skip
"""How names of files end that are text."""
_UNSURE: Final = b"\0"
"""What stands for the content of a file without text."""


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


def read(folder: Path) -> Repository:
    """Reads what a folder is judged by; its path has no links in it.

    In the work tree of a git repository that is all that git has and would add, and no ignored file; elsewhere, and
    where git refuses, it is the folder alone.
    """
    told: list[Remark] = []
    root, listed = _source(folder, told)
    inside = _seen(root, folder)
    reader = _Reader(root)
    if listed is None:
        for path in _walked(root, reader):
            reader.add(path)
    else:
        for path in listed.files:
            reader.add(path)
        for path, why in listed.closed.items():
            reader.cannot_list(path, why)
        reader.read_submodules()
    reader.follow(inside)
    quiet = reader.aliases | reader.theirs | {path for path in reader.files if is_foreign(path) or _is_tried(path)}
    if _PUBLISHED in reader.files:
        quiet |= {path for path in reader.files if path.startswith("examples/")}
    if inside:
        quiet |= {path for path in reader.files if not path.startswith(inside)}
    remarks = _remarks(reader, inside, listed.repositories if listed else ())
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
    )


def is_foreign(path: str) -> bool:
    """Whether a file was written elsewhere and only copied here."""
    return not _FOREIGN.isdisjoint(path.split("/")[:-1])


def _is_tried(path: str) -> bool:
    """Whether a file is one that tests read."""
    return not _READ_BY_TESTS.isdisjoint(path.split("/")[:-1])


def _closed(why: str) -> Remark:
    """What is said of a file that should have been judged."""
    return Remark(why, severity=Severity.WARNING)


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
    return Remark(f"nothing was judged: here is no file{of_git}", "Name another folder.", Severity.WARNING)


def _remarks(reader: _Reader, inside: str, repositories: Sequence[str]) -> dict[str, list[Remark]]:
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


def _walked(root: Path, reader: _Reader) -> Iterator[str]:
    """The files of a folder that git says nothing of, but for what is installed or built, and links to folders."""

    def failed(error: OSError) -> None:
        folder = Path(error.filename or root)
        reader.cannot_list(folder.relative_to(root).as_posix(), error.strerror or str(error))

    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = sorted(name for name in folders if name not in INSTALLED)
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from ((here / name).relative_to(root).as_posix() for name in (*names, *links))


class _Reader:
    """Reads file by file, and remembers submodules and links to folders for the end."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: dict[str, File] = {}
        self.aliases: set[str] = set()
        self.unread: dict[str, Remark] = {}
        self.theirs: set[str] = set()
        """The files of submodules."""
        self.known: list[str] = []
        """Submodules that are here."""
        self.absent: list[str] = []
        """Submodules that are not here, or of which git says nothing."""
        self.unfollowed: list[str] = []
        """Links that would take too much."""
        self._links: dict[str, str] = {}
        self._listed_folders: list[str] = []
        self._within: dict[str, bool] = {"": True}

    def add(self, path: str) -> None:
        """Reads what is at a path, if it is a file or leads to one of this folder."""
        if not self._is_within(path.rpartition("/")[0]):
            return
        try:
            there = os.lstat(f"{self.root}/{path}")
            state = self._led(path) if stat.S_ISLNK(there.st_mode) else there
            if state and stat.S_ISREG(state.st_mode):
                self._read(path, state)
            elif stat.S_ISDIR(there.st_mode):
                self._listed_folders.append(path)
        except FileNotFoundError:
            return  # tracked by git and deleted, or a link to nothing
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._unread(path, _closed(f"it cannot be read: {reason}"))

    def _is_within(self, folder: str) -> bool:
        """Whether a folder lies where its path says, and not where a link on the way leads: git may have it otherwise.

        A list of files that somebody forged may also lead upwards, or to what git keeps.
        """
        if folder not in self._within:
            here, within = "", True
            for name in folder.split("/"):
                here = f"{here}/{name}" if here else name
                if here not in self._within:
                    within = within and name not in {"..", ".git"} and not os.path.islink(f"{self.root}/{here}")  # noqa: PTH114 -- raises nothing
                    self._within[here] = within
                within = self._within[here]
        return self._within[folder]

    def _led(self, path: str) -> os.stat_result | None:
        """What a link leads to; None for what lies outside, and for a folder, which is looked at when all are known."""
        target = (self.root / path).resolve(strict=True)
        if not target.is_relative_to(self.root) or ".git" in target.relative_to(self.root).parts:
            return None
        state = target.stat()
        if stat.S_ISDIR(state.st_mode):
            self._links[path] = target.relative_to(self.root).as_posix()
        return state

    def _read(self, path: str, state: os.stat_result) -> None:
        if state.st_size > LARGEST:
            why = f"{state.st_size / 1_000_000:.0f} MB: it is larger than what is judged"
            self._unread(path, Remark(why, severity=Severity.NOTE))
            return
        with open(f"{self.root}/{path}", "rb") as file:  # noqa: PTH123 -- half the time of pathlib, thousands of times a run
            content = file.read(_HEAD)
            if b"\0" in content and not path.endswith(TEXT):
                content = _UNSURE
            else:
                content += file.read(LARGEST)
        self.files[path] = File(content, bool(state.st_mode & stat.S_IXUSR))

    def cannot_list(self, folder: str, why: str) -> None:
        """Takes note of a folder that cannot be listed."""
        self._unread(folder, _closed(f"it cannot be listed: {why}"))

    def _unread(self, path: str, why: Remark) -> None:
        self.files[path] = File(b"")
        self.unread[path] = why

    def read_submodules(self) -> None:
        """Reads the submodules that are here, and those in them; nothing is said of what they hold."""
        own = sorted(self.files)
        for folder in self._listed_folders:  # which grows meanwhile
            first, end = _range(own, folder)
            if first != end:
                continue  # git has a file there, and it has become a folder of new ones
            try:
                found = git.listed(self.root / folder).files if git.is_repository(self.root / folder) else None
            except git.RefusedError as error:
                self.absent.append(f"{folder} ({error})")
                continue
            if found is None:
                self.absent.append(folder)
                continue
            self.known.append(folder)
            before = len(self.files)
            for path in found:
                self.add(f"{folder}/{path}")
            self.theirs.update(islice(self.files, before, None))

    def follow(self, inside: str) -> None:
        """Has what links to folders lead to at its other paths, too; of a link in such a folder, nothing.

        Where there are too many, those `inside` of what is judged come first, and of them those that lead to little.
        """
        own = sorted(self.files)
        found = []
        for link, target in self._links.items():
            if target != "." and not f"{link}/".startswith(f"{target}/"):  # no loop
                first, end = _range(own, target)
                found.append((not link.startswith(inside), end - first, link, target, first))
        for _, many, link, target, first in sorted(found):
            if len(self.aliases) + many > LINKED:
                self.unfollowed.append(link)
                continue
            for path in own[first : first + many]:
                alias = link + path.removeprefix(target)
                self.files.setdefault(alias, self.files[path])
                self.aliases.add(alias)


def _range(paths: Sequence[str], folder: str) -> tuple[int, int]:
    """Where those of the sorted paths stand that lie in a folder: from the one to before the other."""
    return bisect_left(paths, f"{folder}/"), bisect_left(paths, f"{folder}0")  # 0 comes after /
