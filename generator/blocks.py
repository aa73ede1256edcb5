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
    lines = _lines(content)
    place = _find(path, lines)
    if place is None:
        if position == "top" and content.strip():
            start = "\ufeff" if content.startswith("\ufeff") else ""
            return start + block + newline + content.removeprefix(start)
        joint = "" if not content else newline if content.endswith("\n") else newline * 2
        return content + joint + block
    first, last = place
    last_block = block if lines[last].endswith("\n") else block.rstrip("\r\n")
    return "".join([*lines[:first], last_block, *lines[last + 1 :]])


def find(path: str, content: str) -> str | None:
    """Our region as it stands in a file, without its markers; None where it has none.

    Raises ScaffoldError where the markers are broken.
    """
    around = parts(path, content)
    return plain(around[1]) if around else None


def parts(path: str, content: str) -> tuple[str, str, str] | None:
    """A file up to our region, what stands between the markers, and the rest; None where it has no region.

    Raises ScaffoldError where the markers are broken.
    """
    lines = _lines(content)
    place = _find(path, lines)
    if place is None:
        return None
    first, last = place
    return "".join(lines[: first + 1]), "".join(lines[first + 1 : last]), "".join(lines[last:])


def plain(region: str) -> str:
    """A region as it can be compared: without empty lines around it, each line ended by a line feed."""
    text = region.replace("\r\n", "\n").strip("\n")
    return f"{text}\n" if text else ""


def remove(path: str, content: str) -> str:
    """A file without our region and the empty line that joined it.

    Raises ScaffoldError where its markers are broken.
    """
    lines = _lines(content)
    place = _find(path, lines)
    if place is None:
        return content
    before, after = lines[: place[0]], lines[place[1] + 1 :]
    if before and not before[-1].strip():
        before.pop()
    elif not before and after and not after[0].strip():
        after.pop(0)
    return "".join([*before, *after])


def unmark(path: str, content: str) -> str:
    """A file in which our region is text like any other. Raises ScaffoldError where its markers are broken."""
    lines = _lines(content)
    place = _find(path, lines)
    return "".join(line for number, line in enumerate(lines) if number not in (place or ()))


def _lines(content: str) -> list[str]:
    return re.split(r"(?<=\n)", content)


def _find(path: str, lines: list[str]) -> tuple[int, int] | None:
    """The lines of the markers; None where there are none."""
    begin, end = markers(path)
    starts = [n for n, line in enumerate(lines) if line.strip() == begin]
    ends = [n for n, line in enumerate(lines) if line.strip() == end]
    if not starts and not ends:
        return None
    if len(starts) == len(ends) == 1 and starts[0] < ends[0]:
        return starts[0], ends[0]
    raise ScaffoldError(
        f"{path}: the markers of agency-scaffold's region are broken",
        hint=f"Keep one {begin!r} before one {end!r}.",
    )
