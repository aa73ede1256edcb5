"""Text files are UTF-8

Tools read text as UTF-8; other bytes make them fail or show nonsense. Save the file as UTF-8. A
file that is meant to be binary is not judged (it has a zero byte, a suffix that says so, or is data of tests); one
whose name says that it is text is, and a zero byte there mostly means UTF-16. Nor is one in a language whose files may
say that they are written otherwise, and that does so in its first lines, as Python, HTML and XML can; `.properties` of
Java need not say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.models.credentials import is_test
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources
from generator.reader import TEXT

FORMAT = Format.TEXT

_BINARY: Final = (".png", ".jpg", ".gif", ".ico", ".gz", ".zip", ".xz", ".jar", ".woff2", ".pdf", ".tgz", ".gpg")
_SEALED: Final = b"\0GITCRYPT\0"
"""How files begin that git-crypt has encrypted."""
_DATA: Final = (".log", ".txt", ".csv", ".dat")
"""What tests read, and also what they should refuse."""
_SAID: Final = re.compile(rb"(?:coding|charset)\s*[:=]\s*[\"']?([\w.-]+)")
"""How a file says it: `# coding: latin-1`, `<?xml encoding="...">`, `<meta charset=...>`."""
_HEAD: Final = 1000
"""Bytes in which a file says it."""


def files(sources: Sources) -> Iterator[str]:
    for path, file in sources.tree.items():
        other = path.endswith(_BINARY) or b"\0" in file.content or (path.endswith(_DATA) and is_test(path))
        if (path.endswith(TEXT) or not other) and not file.content.startswith(_SEALED):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    content = sources.tree[path].content
    if not path.endswith(TEXT) and _is_said(path, content):
        return
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Flaw(line, f"byte {content[error.start]:#04x} is not UTF-8", "Save the file as UTF-8.")
        return
    if (place := content.find(b"\0")) >= 0:
        line = content.count(b"\n", 0, place) + 1
        yield Flaw(line, "a zero byte: it is UTF-16, or no text", "Save the file as UTF-8.")


def _is_said(path: str, content: bytes) -> bool:
    """Whether a file says how it is written, and is."""
    said = _SAID.search(content[:_HEAD])
    name = said[1].decode() if said else "latin-1" if path.endswith(".properties") else "utf-8"
    try:
        content.decode(name)
    except (LookupError, ValueError):
        return False
    return b"\0" not in content
