"""A real pseudo-terminal with a screen that can be read."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect
import pyte

COLUMNS, LINES = 80, 200
KIND = {"TERM": "xterm-256color"}


class Screen(pyte.Screen):
    """A screen that answers where its cursor is, as a terminal does; without that, messages below a list stay unseen."""

    child: pexpect.spawn[str] | None = None

    def write_process_input(self, data: str) -> None:
        """Answers."""
        if self.child is not None:
            self.child.send(data)


class Terminal:
    """Runs `agency-scaffold` as a person at a terminal does."""

    def __init__(self, arguments: list[str], cwd: Path, **env: str) -> None:
        self.screen = Screen(COLUMNS, LINES)
        self._stream = pyte.Stream(self.screen)
        clean = {k: v for k, v in os.environ.items() if k != "CI"}
        self.child = pexpect.spawn(
            str(Path(sys.executable).parent / "agency-scaffold"),
            arguments,
            cwd=str(cwd),
            env={**clean, **KIND, **env},
            encoding="utf-8",
            dimensions=(LINES, COLUMNS),
            timeout=60,
        )
        self.child.delaybeforesend = None
        self.screen.child = self.child

    def wait(self, text: str) -> None:
        """Reads until the screen shows what `text`, a regular expression, finds."""
        while not self._shows(text):
            try:
                self._stream.feed(self.child.read_nonblocking(65536, timeout=60))
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                raise AssertionError(f"{text!r} never came; the screen:\n{self.text}") from error

    def _shows(self, text: str) -> bool:
        return re.search(text, self.text) is not None

    @property
    def text(self) -> str:
        """The screen's text."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def send(self, keys: str) -> None:
        """Types."""
        self.child.send(keys)

    def end(self) -> int:
        """Reads to the end and returns the exit code."""
        try:
            while True:
                self._stream.feed(self.child.read_nonblocking(65536, timeout=60))
        except pexpect.EOF:
            pass
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else 128 + (self.child.signalstatus or 0)
