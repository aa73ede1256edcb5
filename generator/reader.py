"""Reads files as they are to be judged, in bounded time and memory, and none that lies elsewhere."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from generator import git
from generator.finding import Remark, Severity
from generator.tree import File

_INSTALLED: Final = frozenset({".git", ".terraform", ".venv", "node_modules", "__pycache__"})
"""Folders of what is installed or built."""
_BUILDS: Final = frozenset({"Cargo.toml", "pom.xml", "build.sbt"})
"""What has `target` beside it when it was built."""
LARGEST: Final = 5_000_000
"""Bytes of a file that is judged; nobody writes a larger one by hand."""
LINKED: Final = 10_000
"""Files that are known once more through links to folders; they cost as much as others."""
_HEAD: Final = 8_000
"""Bytes in which a file without text has a zero byte: so git tells them, too."""
TEXT: Final = (
    ".yml", ".yaml", ".json", ".toml", ".tf", ".tfvars", ".hcl", ".sh", ".md", ".mk", ".rules", ".tmpl", "Dockerfile",
    "Makefile",
)  # fmt: skip
"""How names of files end that are text."""
_UNSURE: Final = b"\0"
"""What stands for the content of a file without text."""


def walked(root: Path, reader: Reader) -> Iterator[str]:
    """The files of a folder that git says nothing of, but for what is installed or built, and links to folders."""

    def failed(error: OSError) -> None:
        folder = Path(error.filename or root)
        reader.cannot_list(folder.relative_to(root).as_posix(), error.strerror or str(error))

    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = written(folders, names)
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from ((here / name).relative_to(root).as_posix() for name in (*names, *links))


def written(folders: Iterable[str], beside: Iterable[str]) -> list[str]:
    """Those of the names of folders, in order, that hold what people wrote; `beside` are the files beside them."""
    built = {"target"} if not _BUILDS.isdisjoint(beside) else set[str]()
    return sorted(name for name in folders if name not in _INSTALLED and name not in built)


def _closed(why: str) -> Remark:
    """What is said of a file that should have been judged."""
    return Remark(why, severity=Severity.WARNING)


class Reader:
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
            # What people write is short: more is data, or hides something.
            written_by_hand = path.endswith(TEXT) and not path.endswith(".json")
            severity = Severity.WARNING if written_by_hand else Severity.NOTE
            self._unread(path, Remark(why, severity=severity))
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
