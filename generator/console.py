"""What all commands do around their work: find the folder, finish what was cut off, wait with Ctrl-C, print."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from shlex import quote
from typing import Final

from generator import apply, moves
from generator.errors import ScaffoldError
from generator.reporters import coloured, harmless, say

PATIENCE: Final = 1.0
"""Seconds that a run may take before it says what it waits for."""


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Lets Ctrl-C wait until the block is done: it takes a second at most, and all of it counts or nothing."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def show(printed: str, *, plain: bool = False) -> None:
    """Prints; raises ScaffoldError where that fails, so that a full disk behind a report is no bug of ours.

    `plain` text is for programs and printed as it is.
    """
    try:
        if plain:
            print(printed, flush=True)
        else:
            say(printed)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ScaffoldError(
            f"the report could not be printed: {error.strerror}", hint="What was done is done: see the folder."
        ) from error


def watched() -> bool:
    """Whether a person at a terminal waits for this run, and sees what is told on standard error."""
    return not os.environ.get("CI") and sys.stderr is not None and sys.stderr.isatty()


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[Sequence[str]], None]]:
    """What is given can be told, as often as one likes, what a long run still waits for.

    A terminal that somebody watches shows that in one line, which is gone at the end. Elsewhere, with `quiet`, and in a
    run that is soon over nothing is shown.
    """
    line = _Line() if watched() and os.environ.get("TERM") != "dumb" and not quiet else None
    try:
        yield line.waits if line else lambda _: None
    finally:
        if line:
            line.clear()


class _Line:
    """The last line of a terminal, rewritten in place."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = ""

    def waits(self, names: Sequence[str]) -> None:
        """Shows for what, and since when."""
        seconds = time.monotonic() - self._began
        if names and seconds >= PATIENCE:
            self._show(f"waiting for {', '.join(names)} ({int(seconds)} s)")

    def clear(self) -> None:
        if self._shown:
            self._show("")

    def _show(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1  # a full line may make the cursor go to the next one
        fits = text if len(text) <= width else f"{text[: width - 3]}..."
        if fits != self._shown:
            self._shown = fits
            with contextlib.suppress(OSError, ValueError):  # a terminal that is gone
                sys.stderr.write(f"\r{fits}\x1b[K")
                sys.stderr.flush()


def show_diff(diff: str) -> None:
    """Prints a diff, in colours where a terminal shows them and nobody declined (https://no-color.org)."""
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    show(coloured(harmless(diff)) if colours else harmless(diff), plain=True)


def folder(directory: Path) -> Path:
    """The folder that was named, with all links resolved; it may be missing."""
    try:
        if directory.exists() and not directory.is_dir():
            hint = f"Give the folder that it is in: {quote(str(directory.parent))}"
            raise ScaffoldError(f"{directory} is not a folder", hint=hint)
        return directory.resolve()
    except (OSError, RuntimeError) as error:  # too long a name, a loop of links, no permission
        reason = getattr(error, "strerror", None) or str(error)
        raise ScaffoldError(f"{directory} cannot be used: {reason}", hint="Give the folder of a repository.") from error


def recover(root: Path) -> moves.Outcome | None:
    """What an interrupted run had still to write, if there was one."""
    if not root.is_dir():
        return None
    with held(root) as finished:
        return finished


@contextlib.contextmanager
def held(root: Path) -> Iterator[moves.Outcome | None]:
    """Keeps other runs out, after it has finished an interrupted one."""
    try:
        with apply.locked(root):
            with uninterrupted():
                finished = apply.recover(root)
            yield finished
    except OSError as error:
        raise ScaffoldError(
            f"{error.filename or root} cannot be used: {error.strerror}", hint="Make it readable and writable."
        ) from error
