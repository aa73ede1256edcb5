"""A marked region inside a file that is the user's (`.gitignore`, `README.md`, `Makefile` ...)."""

from __future__ import annotations

import re
from typing import Literal

from generator.errors import ScaffoldError

Position = Literal["top", "bottom"]
_TEXT = "what stands between these two lines is regenerated, all else is yours"


def markers(path: str) -> tuple[str, str]:
    """The lines before and after our region, as comments of the file's format."""
    begin, end = f"BEGIN agency-scaffold: {_TEXT}", "END agency-scaffold"
    if path.endswith(".md"):
        return f"<!-- {begin} -->", f"<!-- {end} -->"
    return f"# {begin}", f"# {end}"


def wrap(path: str, region: str) -> str:
    """The region with its markers."""
    begin, end = markers(path)
    gap = "\n" if path.endswith(".md") else ""  # Markdown needs a blank line after an HTML comment
    return f"{begin}\n{gap}{region.strip(chr(10))}\n{gap}{end}\n"


def insert(path: str, content: str, region: str, position: Position = "bottom") -> str:
    """A user's file with our region in it: replaced where its markers stand, added at `position` where they do not.

    Not a byte outside of the region changes; its line ends are those of most lines. Raises ScaffoldError where the
    markers are broken.
    """
    newline = "\r\n" if content.count("\r\n") > content.count("\n") // 2 else "\n"
    block = wrap(path, region).replace("\n", newline)
    begin, end = markers(path)
    lines = re.split(r"(?<=\n)", content)
    starts = [n for n, line in enumerate(lines) if line.strip() == begin]
    ends = [n for n, line in enumerate(lines) if line.strip() == end]
    if not starts and not ends:
        if position == "top" and content.strip():
            start = "\ufeff" if content.startswith("\ufeff") else ""
            return start + block + newline + content.removeprefix(start)
        joint = "" if not content else newline if content.endswith("\n") else newline * 2
        return content + joint + block
    if len(starts) == len(ends) == 1 and starts[0] < ends[0]:
        last = block if lines[ends[0]].endswith("\n") else block.rstrip("\r\n")
        return "".join([*lines[: starts[0]], last, *lines[ends[0] + 1 :]])
    raise ScaffoldError(
        f"{path}: the markers of agency-scaffold's region are broken",
        hint=f"Keep one {begin!r} before one {end!r}.",
    )
