"""Shell scripts: which files are some, and their comment-free lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.source import Sources, folder, join, lines, shared

_SOURCE: Final = re.compile(r"^\s*(?:source|\.) [\"']?(?:\$\{?\w+\}?|\$\(.*\)\"?)?/?([\w./-]+\.sh)[\"']?")


def paths(sources: Sources) -> Iterator[str]:
    """All shell scripts: by their suffix, or their first line."""
    for path, file in sources.tree.items():
        if path.endswith((".sh", ".bash")) or (file.content.startswith(b"#!") and b"sh\n" in file.content[:40]):
            yield path


def is_library(path: str) -> bool:
    """Whether a script is made to be sourced: it lies in a folder `lib`, or holds values only."""
    return "/lib/" in f"/{path}" or path.endswith(".env.sh")


@shared
def code(sources: Sources, path: str) -> tuple[tuple[int, str], ...]:
    """(number, line) of the lines that are not comments."""
    return tuple(
        (n, one) for n, one in enumerate(lines(sources, path), 1) if one.strip() and not one.lstrip().startswith("#")
    )


def source_target(line: str) -> str:
    """The path that a line sources, without the variable that it starts with; "" where it sources nothing."""
    match = _SOURCE.match(line)
    return match[1] if match else ""


def sourced(sources: Sources, path: str, line: str) -> str:
    """The file of the tree that a line of a script sources; "" for none."""
    target = source_target(line)
    bases = (folder(path), "", "scripts", "scripts/lib") if target else ()
    return next((place for base in bases if (place := join(base, target)) in sources.tree), "")
