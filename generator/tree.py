"""An immutable map from path to file: a rendering, a baseline, or the working copy."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LARGEST: Final = 50_000_000
"""Bytes of a file that is read; what is larger is none of ours, and no text that anybody judges."""


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a file and whether it may be executed."""

    content: bytes
    executable: bool = False

    @property
    def text(self) -> str:
        """The content as UTF-8; raises UnicodeDecodeError for anything else."""
        return self.content.decode("utf-8")

    @property
    def digest(self) -> str:
        """SHA-256 over the mode and the content, in hex."""
        return hashlib.sha256(b"x" * self.executable + b"\0" + self.content).hexdigest()


class Tree(Mapping[str, File]):
    """Files by their `/`-separated relative path, iterated in sorted order."""

    __slots__ = ("_files",)

    def __init__(self, files: Mapping[str, File] | Iterable[tuple[str, File]] = ()) -> None:
        self._files = dict(sorted(dict(files).items()))

    def __getitem__(self, path: str) -> File:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    @classmethod
    def read(cls, root: Path, paths: Iterable[str] | None = None) -> Tree:
        """Reads regular files below `root`: all but `.git`, or just `paths` where they exist.

        Links and what cannot be read are left out.
        """
        if paths is None:
            found = (p for p in root.rglob("*") if ".git" not in p.relative_to(root).parts)
        else:
            found = (root / p for p in paths)
        files: dict[str, File] = {}
        for path in found:
            with contextlib.suppress(OSError):  # unreadable, or gone meanwhile
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
                    file = File(path.read_bytes(), bool(path.stat().st_mode & 0o100))
                    files[path.relative_to(root).as_posix()] = file
        return cls(files)
