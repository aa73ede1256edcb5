"""A fact of a service, with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PORT: Final = "port"
HEALTH: Final = "health"

_ADDRESS: Final = r"(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\])"
_WHOLE: Final = re.compile(rf"https?://{_ADDRESS}(?::(?:\d+|\$\{{?\w+\}}?))?(/[\w./-]+)")
_JOINED: Final = re.compile(
    rf"https?://{_ADDRESS}:?([\"'])[^\"']{{0,60}}?(?:[\"']\w+[\"'][^\"']{{0,20}})?[\"'](/[\w./-]+)[\"']"
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a place says of a service."""

    service: str
    what: str
    """PORT or HEALTH."""
    value: str
    where: str
    """How a message names the place: `EXPOSE`, `the readinessProbe`."""
    path: str
    line: int
    column: int
    once: bool = True
    """Whether it is said at one place; other places may say it for each environment."""

    @property
    def place(self) -> str:
        """The place as the message at another one names it."""
        return f"{self.where} ({self.path}:{self.line})"


def asked_path(text: str) -> tuple[str, int]:
    """The path by which a program asks its own machine, and its offset in the text; ("", 0) where it asks none."""
    match = _WHOLE.search(text)
    if match:
        return match[1], match.start(1)
    joined = _JOINED.search(text)
    return (joined[2], joined.start(2)) if joined else ("", 0)
