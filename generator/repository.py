"""Reads a repository as it is to be judged: what git has or would take in, in bounded time and memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generator import git
from generator.finding import Remark, Severity
from generator.tree import File, Tree

INSTALLED: Final = frozenset({".git", ".terraform", ".venv", "node_modules", "__pycache__", "vendor", "target"})
"""Folders of what is installed or built."""
LARGEST: Final = 5_000_000
"""Bytes of a file that is judged; nobody writes a larger one by hand."""
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


@dataclass(frozen=True, slots=True)
class Repository:
    """What was read of a folder."""

    tree: Tree
    """Every file by its path; what `unread` names is empty there, and a file without text is one zero byte."""
    quiet: frozenset[str]
    """What others wrote, what tests read, and what is there once more through a link to a folder."""
    unread: Mapping[str, Remark]
    """What is not read, and why."""


def read(root: Path) -> Repository:
    """Reads the folder; in a git repository what git tracks and what it would add, and no ignored file."""
    reader = _Reader(root)
    listed = git.listed(root)
    for path in _walked(root, reader.unlisted) if listed is None else listed:
        reader.add(path)
    reader.follow()
    quiet = set(filter(is_foreign, reader.files))
    quiet |= {path for path in reader.files if not _READ_BY_TESTS.isdisjoint(path.split("/")[:-1])}
    if _PUBLISHED in reader.files:
        quiet |= {path for path in reader.files if path.startswith("examples/")}
    return Repository(Tree(reader.files), frozenset(quiet | reader.aliases), reader.unread)


def is_foreign(path: str) -> bool:
    """Whether a file was written elsewhere and only copied here."""
    return not _FOREIGN.isdisjoint(path.split("/")[:-1])


def _closed(why: str) -> Remark:
    """What is said of a file that should have been judged."""
    return Remark(why, severity=Severity.WARNING)


def _walked(root: Path, failed: Callable[[OSError], None]) -> Iterator[str]:
    """The files of a folder that git says nothing of, but for what is installed or built, and links to folders."""
    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = sorted(name for name in folders if name not in INSTALLED)
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        yield from ((here / name).relative_to(root).as_posix() for name in (*names, *links))


class _Reader:
    """Reads file by file, and remembers links to folders for the end."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: dict[str, File] = {}
        self.aliases: set[str] = set()
        self.unread: dict[str, Remark] = {}
        self._links: dict[str, str] = {}

    def add(self, path: str) -> None:
        """Reads what is at a path, if it is a file or leads to one of this folder."""
        try:
            there = os.lstat(f"{self.root}/{path}")
            state = self._led(path) if stat.S_ISLNK(there.st_mode) else there
            if state and stat.S_ISREG(state.st_mode):
                self._read(path, state)
        except FileNotFoundError:
            return  # tracked by git and deleted, or a link to nothing
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._unread(path, _closed(f"it cannot be read: {reason}"))

    def _led(self, path: str) -> os.stat_result | None:
        """What a link leads to; None for what lies outside, and for a folder, which is looked at when all are known."""
        target = (self.root / path).resolve(strict=True)
        if not target.is_relative_to(self.root):
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

    def unlisted(self, error: OSError) -> None:
        """Takes note of a folder that cannot be listed."""
        folder = Path(error.filename or self.root)
        self._unread(folder.relative_to(self.root).as_posix(), _closed(f"it cannot be listed: {error.strerror}"))

    def _unread(self, path: str, why: Remark) -> None:
        self.files[path] = File(b"")
        self.unread[path] = why

    def follow(self) -> None:
        """Has what links to folders lead to at its other paths, too; of a link in such a folder, nothing."""
        for link, target in self._links.items():
            if target == "." or f"{link}/".startswith(f"{target}/"):
                continue  # a loop
            for path in [path for path in self.files if path.startswith(f"{target}/")]:
                if path not in self.aliases:
                    alias = link + path.removeprefix(target)
                    self.files.setdefault(alias, self.files[path])
                    self.aliases.add(alias)
