"""Print a run's record: one module per format, and the one way in which text reaches a terminal."""

from __future__ import annotations

import re
from typing import Final, TextIO

_COLOURS: Final = {"+": "32", "-": "31", "@": "36"}
_CONTROL: Final = re.compile(r"\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal obeys instead of showing it, and bytes that are no text; only tabs and line ends are meant."""


def say(text: str, stream: TextIO | None = None) -> None:
    """Prints text for a person, harmless."""
    print(harmless(text), file=stream, flush=True)


def harmless(text: str) -> str:
    """Text in which nothing steers a terminal: names and outputs in it are not ours."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


def coloured(diff: str) -> str:
    """A diff with the colours that terminals show."""
    lines = []
    for line in diff.split("\n"):
        colour = "1" if line.startswith(("+++ ", "--- ")) else _COLOURS.get(line[:1], "")
        lines.append(f"\x1b[{colour}m{line}\x1b[0m" if colour else line)
    return "\n".join(lines)
