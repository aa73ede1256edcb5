"""Print a run's record: one module per format, and the one way in which text reaches a terminal."""

from __future__ import annotations

import re
from typing import Final, TextIO

_CONTROL: Final = re.compile(r"\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""What a terminal obeys instead of showing it; only tabs and line ends are meant."""


def say(text: str, stream: TextIO | None = None) -> None:
    """Prints text for a person: names and outputs in it that are not ours must not steer the terminal."""
    print(_CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text), file=stream, flush=True)
