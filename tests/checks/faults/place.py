"""Where a fault fits, what the tree is with it, and where it must be found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from generator.tree import File, Tree
from tests.checks.faults.fault import TREES, At, Fault
from tests.support import generated

Spot = tuple[str, int]
"""A path and a line; line 0 is the file as a whole."""


@dataclass(frozen=True)
class Place:
    """One place of a tree where a fault was made."""

    tree: str
    path: str
    """The file that was changed, taken away or added."""
    changes: Mapping[str, File | None]
    """What the files are with the fault; None: there is none."""
    line: int
    """The first line that differs, in the file as it is with the fault; 0 where there is no such line."""
    words: Mapping[str, str]
    """What `{...}` stands for."""


@cache
def good(name: str) -> Tree:
    """One of the good repositories, as it lies on disk."""
    return generated.tree(TREES[name])


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\{[^}]*\})", pattern)
    return re.compile("".join(_piece(part) for part in parts) + r"\Z")


def _piece(part: str) -> str:
    if part.startswith("**"):
        return "(?:.*/)?" if part.endswith("/") else ".*"
    if part.startswith("{"):
        return "(?:" + "|".join(map(re.escape, part[1:-1].split(","))) + ")"
    return "[^/]*" if part == "*" else re.escape(part)


def matching(files: Mapping[str, File], patterns: tuple[str, ...]) -> list[str]:
    """The paths that fit one of the patterns and none that begins with `!`."""
    wanted = [_glob(pattern) for pattern in patterns if not pattern.startswith("!")]
    unwanted = [_glob(pattern[1:]) for pattern in patterns if pattern.startswith("!")]
    return [p for p in files if any(w.match(p) for w in wanted) and not any(u.match(p) for u in unwanted)]


def fill(template: str, words: Mapping[str, str], *, quoted: bool = False) -> str:
    """Puts the words into a text; `quoted` where it is a pattern."""
    for key, word in words.items():
        template = template.replace(f"{{{key}}}", re.escape(word) if quoted else word)
    return template


def fits(fault: Fault, tree: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Where the fault fits in a tree: the file, and the match where one is looked for."""
    files = good(tree)
    if fault.way == "create":
        yield fault.value, None
        return
    for path in matching(files, fault.files):
        if not fault.find:
            yield path, None
            continue
        for match in re.finditer(fault.find, files[path].text, re.MULTILINE):
            if "#" in fault.find or not _in_comment(match):
                yield path, match


def _in_comment(match: re.Match[str]) -> bool:
    start = match.string.rfind("\n", 0, match.start()) + 1
    return match.string[start : match.start()].lstrip().startswith("#")


def place(fault: Fault, tree: str, path: str, match: re.Match[str] | None) -> Place:
    """The fault at one of these places."""
    words = _words(path, match)
    changes: dict[str, File | None]
    line = 0
    if fault.way == "create":
        changes, line = {path: File(fault.text.encode(), path.endswith(".sh"))}, 1
    elif match and fault.way in {"replace", "delete"} and fault.value != "file":
        text, line = _edited(fault, match)
        changes = {path: File(text.encode(), good(tree)[path].executable)}
    else:
        changes = _whole(fault, path, good(tree)[path], words)
    made = Place(tree, path, changes, line, words)
    return replace(made, changes={**_others(fault, made), **changes}) if fault.also else made


def places(fault: Fault, tree: str) -> Iterator[Place]:
    """Every place of the tree where the fault fits."""
    return (place(fault, tree, path, match) for path, match in fits(fault, tree))


def _others(fault: Fault, made: Place) -> dict[str, File]:
    """The edits of other files that belong to the fault."""
    files = good(made.tree)
    edits: dict[str, File] = {}
    for pattern, find, text in fault.also:
        for path in matching(files, (fill(pattern, made.words),)):
            old = files[path].text
            new = re.sub(fill(find, made.words, quoted=True), fill(text, made.words), old, flags=re.MULTILINE)
            if new != old:
                edits[path] = File(new.encode(), files[path].executable)
    return edits


def _words(path: str, match: re.Match[str] | None = None) -> dict[str, str]:
    folder, _, name = path.rpartition("/")
    groups = {str(number): group or "" for number, group in enumerate(match.groups(), 1)} if match else {}
    parent, _, above = folder.rpartition("/")
    parts = {"folder": folder, "parent": parent, "above": above, "name": name, "stem": name.partition(".")[0]}
    return {"path": path, **parts, **groups}


def _whole(fault: Fault, path: str, file: File, words: Mapping[str, str]) -> dict[str, File | None]:
    """What becomes of a file that is changed as a whole."""
    target = fill(fault.value, words)
    if fault.way == "delete":
        return {path: None}
    if fault.way == "rename":
        return {path: None, target: file}
    if fault.way == "copy":
        return {target: file}
    if fault.way == "mode":
        return {path: File(file.content, target == "executable")}
    return {path: File(_converted(file, target), file.executable)}


def _converted(file: File, how: str) -> bytes:
    if how == "crlf":
        return file.content.replace(b"\n", b"\r\n")
    if how == "bom":
        return b"\xef\xbb\xbf" + file.content
    assert how == "latin-1", how
    return file.content.replace(b"\n", b" caf\xe9\n", 1)


def _edited(fault: Fault, match: re.Match[str]) -> tuple[str, int]:
    """The text with the fault, and the first line that differs."""
    text = match.string
    start, end = match.span()
    if fault.way == "delete":
        start = text.rfind("\n", 0, start) + 1
        end = len(text) if "\n" not in text[end - 1 :] else text.index("\n", end - 1) + 1
        new = text[:start] + text[end:]
    else:
        new = text[:start] + match.expand(fault.value) + text[end:]
    first = text.count("\n", 0, start)
    old, now = text.split("\n")[first:], new.split("\n")[first:]
    return new, 1 + first + next((n for n in range(len(now)) if old[n : n + 1] != now[n : n + 1]), len(now))


def tree_with(made: Place) -> Tree:
    """The whole tree with the fault."""
    files = {**good(made.tree), **made.changes}
    return Tree({path: file for path, file in files.items() if file is not None})


def expected(fault: Fault, made: Place) -> frozenset[Spot]:
    """Where it must be found: at one of these."""
    changed = {path: file for path, file in made.changes.items() if file is not None}
    gone = {path for path, file in made.changes.items() if file is None}
    files = {path: file for path, file in good(made.tree).items() if path not in gone} | changed
    return frozenset(spot for at in fault.at for spot in _spots(at, files, made))


def _spots(at: At, files: Mapping[str, File], made: Place) -> Iterator[Spot]:
    (way, (value, *_)), *rest = at
    if way in {"here", "next"}:
        yield made.path, made.line + (way == "next")
        return
    if way == "file":
        for path in matching(files, (fill(value, made.words),)):
            yield from ((path, 0), (path, 1))
        return
    pattern = re.compile(fill(value, made.words, quoted=True))
    if way == "line":
        patterns = tuple(fill(one, made.words) for one in (rest[0][1] if rest else (made.path,)))
        for path in matching(files, patterns):
            yield from ((path, number) for number, line in _lines(files[path]) if pattern.search(line))
        return
    fitting = [number for number, line in _lines(files[made.path]) if pattern.search(line)]
    if way == "below":
        yield from ((made.path, number) for number in [n for n in fitting if n >= made.line][:1])
        return
    assert way in {"above", "into"}, way
    for number in [n for n in fitting if n < made.line][-1:]:
        yield made.path, number if way == "above" else _first_below(files[made.path], number)


def _first_below(file: File, number: int) -> int:
    """The first line below that is neither empty nor a comment."""
    return next((n for n, line in _lines(file) if n > number and line.strip() and line.lstrip()[0] != "#"), number)


def _lines(file: File) -> list[tuple[int, str]]:
    return list(enumerate(file.content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"), 1))
