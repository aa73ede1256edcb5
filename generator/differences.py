"""Unified diffs of bytes, as `git diff` prints them and `patch` reads them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from generator.diff3 import lines_of

_NO_NEWLINE: Final = b"\\ No newline at end of file\n"


def unified(old: bytes | None, new: bytes | None, path: str, modes: tuple[bool, bool] = (False, False)) -> bytes:
    """The diff of one file; None = there is none. `modes` say whether it could be executed, and can be now."""
    head = b"" if modes[0] == modes[1] or None in {old, new} else _mode(path, *modes)
    return head + _content(old, new, path)


def _mode(path: str, old: bool, new: bool) -> bytes:
    """What git says of a change of the mode."""
    modes = {False: "100644", True: "100755"}
    return f"diff --git a/{path} b/{path}\nold mode {modes[old]}\nnew mode {modes[new]}\n".encode()


def _content(old: bytes | None, new: bytes | None, path: str) -> bytes:
    if old == new:
        return b""
    names = (f"a/{path}" if old is not None else "/dev/null", f"b/{path}" if new is not None else "/dev/null")
    if any(b"\0" in one for one in (old or b"", new or b"")):
        return f"Binary files {names[0]} and {names[1]} differ\n".encode()
    before, after = lines_of(old or b""), lines_of(new or b"")
    source_name, name = (one.encode() for one in names)
    return b"".join(_ended(difflib.diff_bytes(difflib.unified_diff, before, after, source_name, name)))


def _ended(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line
        if not line.endswith(b"\n"):
            yield b"\n" + _NO_NEWLINE
