"""Tells a run that ends from one that does not, on any machine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SECONDS: Final = 60
"""Of CPU: a hundred times of what the slowest takes, and nothing of what one takes that grows without bound."""


@contextmanager
def ends() -> Iterator[None]:
    """Raises TimeoutError within what goes on for ever; how fast it is decides nothing."""

    def late(_signal: int, _frame: object) -> None:
        raise TimeoutError(f"still going on after {_SECONDS} s of CPU")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
