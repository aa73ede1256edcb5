"""Scripts, makefiles and values have the line ends of Unix

The carriage return of Windows belongs to what stands before it: the kernel looks for a program called
`bash\\r`, a password ends in an invisible character, a make recipe runs `x\\r`. Save the file with LF, and
keep it so with `*.sh text eol=lf` in `.gitattributes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, makefiles, name

FORMAT = Format.TEXT


def files(sources: Sources) -> Iterator[str]:
    made = set(makefiles(sources))
    for path, file in sources.tree.items():
        own = name(path)
        values = own == ".env" or own.startswith(".env.") or own.endswith(".env")
        if path.endswith((".sh", ".bash")) or file.content.startswith(b"#!") or values or path in made:
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    content = sources.tree[path].content
    place = content.find(b"\r\n")
    if place >= 0:
        line = content.count(b"\n", 0, place) + 1
        message = f"{'each line ends' if _all(content) else f'line {line} is the first that ends'} as on Windows"
        yield Flaw(line, message, "Save it with LF.")


def _all(content: bytes) -> bool:
    return content.count(b"\r\n") == content.count(b"\n")
