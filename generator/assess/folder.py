"""The folder that is looked at: bounded, without following a link, without running anything that lies in it."""

from __future__ import annotations

import bisect
import json
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator import git
from generator.errors import ScaffoldError

MAX_FILES: Final = 50_000
MAX_DEPTH: Final = 12
_DEEP: Final = f"folders more than {MAX_DEPTH} deep were not looked at"
MAX_FILE: Final = 500_000
MAX_BYTES: Final = 50_000_000
_MADE: Final = frozenset({
    "node_modules", "bower_components", "vendor", "third_party", "site-packages", "venv", "env", "virtualenv",
    "target", "dist", "out", "build", "obj", "coverage", "htmlcov", "__pycache__", "Pods", "Carthage", "DerivedData",
    "tmp", "log",
})  # fmt: skip
"""Folders of what others wrote, or of what a build leaves."""
_MOST_PARTS: Final = 200
"""Dots in a part of a line of TOML: no key written by people has more."""
_HIDDEN: Final = frozenset({".github", ".circleci"})
"""The only hidden folders that are looked into."""
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]+")


class Folder:
    """The files of a folder by their `/`-separated path, read when asked for; `notes` says what was not looked at."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self.notes: list[str] = []
        self._texts: dict[str, str] = {}
        self._data: dict[str, Any] = {}
        self._left = MAX_BYTES
        self._apart: list[str] = []
        found = sorted(self._walk())
        if len(found) == MAX_FILES:
            self.notes.append(f"only the first {MAX_FILES:,} files were looked at")
        if apart := sorted(self._apart):
            more = f" and {len(apart) - 10} more" if len(apart) > 10 else ""
            self.notes.append(f"repositories of their own were not looked at: {', '.join(apart[:10])}{more}")
        self.files: Final = tuple(self._not_ignored(found))
        self._there = frozenset(self.files)

    def __contains__(self, path: str) -> bool:
        return path in self._there

    def named(self, pattern: str) -> Iterator[str]:
        """The paths whose last part matches a regular expression as a whole."""
        wanted = re.compile(pattern)
        return (path for path in self.files if wanted.fullmatch(path.rpartition("/")[2]))

    def below(self, folder: str) -> Iterator[str]:
        """The paths inside a folder, `.` for all."""
        if folder == ".":
            return iter(self.files)
        # They are sorted, so these stand together: "0" is what follows "/".
        ends = (bisect.bisect_left(self.files, folder + sign) for sign in "/0")
        return iter(self.files[slice(*ends)])

    def text(self, path: str) -> str:
        """A file's text; "" where it is missing, too large, or no text."""
        if path not in self._texts:
            self._texts[path] = self._read(path) if path in self._there else ""
        return self._texts[path]

    def line(self, path: str, pattern: str) -> int:
        """The number of the first line of a file that a regular expression finds something in; 0 for none."""
        return line_of(self.text(path), pattern)

    def data(self, path: str) -> dict[str, Any]:
        """What a JSON, TOML or YAML file holds; {} where it is missing, cannot be parsed, or is no map."""
        if path not in self._data:
            self._data[path] = self._parsed(path) if path in self._there else {}
        return self._data[path]  # type: ignore[no-any-return]

    def documents(self, path: str) -> list[dict[str, Any]]:
        """The maps of a YAML file with several documents."""
        import yaml  # noqa: PLC0415 -- only where there is such a file

        try:
            found = list(yaml.load_all(self.text(path), yaml.CSafeLoader))
            small = _size(found, {}) < MAX_BYTES // 10
            _printable(found if small else ())
        except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, ValueError, TypeError, RecursionError):
            self._broken(path, "YAML")
            return []
        if not small:
            self.notes.append(f"{path} was not read: its aliases make it too large")
        return [one for one in found if isinstance(one, dict)] if small else []

    def _parsed(self, path: str) -> dict[str, Any]:
        kind = "JSON" if path.endswith(".json") else "TOML" if path.endswith(".toml") else "YAML"
        if kind == "YAML":
            return next(iter(self.documents(path)), {})
        try:
            found = json.loads(self.text(path) or "{}") if kind == "JSON" else _toml(self.text(path))
            _printable(found)
        except (ValueError, RecursionError):
            self._broken(path, kind)
            return {}
        return found if isinstance(found, dict) else {}

    def _broken(self, path: str, kind: str) -> None:
        note = f"{path} is no valid {kind}: nothing was read from it"
        if note not in self.notes:
            self.notes.append(note)

    def _read(self, path: str) -> str:
        """Opened without waiting and without following a link, whatever the path has become since it was listed."""
        try:
            handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self.notes.append(f"{path} cannot be read: {error.strerror}")
            return ""
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                return ""
            if state.st_size > min(MAX_FILE, self._left):
                self.notes.append(f"{path} was not read: it is too large")
                return ""
            content = file.read(MAX_FILE)
        self._left -= len(content)
        # PowerShell and Visual Studio write UTF-16.
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
        text = content.decode("utf-16" if wide else "utf-8", "replace")
        text = "" if "\0" in text else text
        return text.removeprefix("\ufeff").replace("\r\n", "\n")

    def _walk(self) -> Iterator[str]:
        waiting: list[tuple[str, int]] = [("", 0)]
        count = 0
        while waiting:
            place, depth = waiting.pop()
            for name, is_folder in self._listed(place):
                if is_folder and depth < MAX_DEPTH:
                    waiting.append((f"{place}{name}/", depth + 1))
                elif is_folder and not self.notes.count(_DEEP):
                    self.notes.append(_DEEP)
                elif not is_folder:
                    yield f"{place}{name}"
                    count += 1
                    if count == MAX_FILES:
                        return

    def _listed(self, place: str) -> list[tuple[str, bool]]:
        """The regular files and the folders in a place; none where it is a repository of its own."""
        try:
            with os.scandir(self.root / place) as entries:
                found = [
                    (entry.name, entry.is_dir(follow_symlinks=False))
                    for entry in entries
                    if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
                ]
        except OSError as error:
            if not place:
                raise ScaffoldError(
                    f"{self.root} cannot be read: {error.strerror}", hint="Give a folder that you may read."
                ) from error
            self.notes.append(f"{place} cannot be read: {error.strerror}")
            return []
        if odd := [name for name, _ in found if not _NAME.fullmatch(name)]:
            self.notes.append(f"{len(odd)} in {place or 'the root'} have a name that is no plain text: left out")
        if place and any(name == ".git" for name, _ in found):
            self._apart.append(place.rstrip("/"))
            return []
        return [row for row in sorted(found) if _NAME.fullmatch(row[0]) and _wanted(*row)]

    def _not_ignored(self, found: list[str]) -> list[str]:
        """Without what git would not hold; all, where git cannot be asked."""
        rules = {path: self._read(path).encode() for path in found if path.rpartition("/")[2] == ".gitignore"}
        ignored = git.ignored(self.root, found, rules) if any(rules.values()) else {}
        return [path for path in found if path not in (ignored or {})]


def _wanted(name: str, is_folder: bool) -> bool:
    return not is_folder or (name not in _MADE and (not name.startswith(".") or name in _HIDDEN))


def _toml(text: str) -> dict[str, Any]:
    """TOML, unless a key in it has so many parts that the time to read it would not end."""
    if any(part.count(".") > _MOST_PARTS for line in text.split("\n") for part in line.split("=")):
        raise ValueError
    return tomllib.loads(text)


def _printable(data: object) -> None:
    """Raises ValueError or RecursionError for what has no text: numbers of thousands of digits, what is too deep."""
    repr(data)


def _size(data: object, known: dict[int, int]) -> int:
    """The characters of data once its aliases are written out; without end for what holds itself."""
    if id(data) not in known:
        known[id(data)] = MAX_BYTES  # until it is known, so that what leads back here is too large
        parts = (
            [*data, *data.values()] if isinstance(data, dict) else data if isinstance(data, (list, tuple, set)) else ()
        )
        known[id(data)] = 1 + sum(_size(part, known) for part in parts) + (len(data) if isinstance(data, str) else 0)
    return known[id(data)]


def line_of(text: str, pattern: str) -> int:
    """The number of the first line that a regular expression finds something in; 0 for none."""
    wanted = re.compile(pattern)
    return next((number for number, line in enumerate(text.split("\n"), 1) if wanted.search(line)), 0)


def at(data: Any, *way: str) -> Any:
    """What maps in maps hold; None where one on the way is missing, or no map."""
    for step in way:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def inside(folder: str, name: str) -> str:
    """The path of what lies in a folder, `.` for the root."""
    return name if folder == "." else f"{folder}/{name}"


def parent(path: str) -> str:
    """The folder that something lies in, `.` for the root."""
    return path.rpartition("/")[0] or "."
