"""What an update is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """The command line of `update`."""

    directory: Path
    settings: tuple[str, ...] = ()
    ask: bool = False
    dry_run: bool = False
    check: bool = False
    """Write nothing, and say by the exit code whether anything would change or waits."""
    on_conflict: str = "markers"
    """markers, mine, new, or fail: write nothing where there is a conflict."""
    judge: bool = True
    json: bool = False

    @property
    def writes(self) -> bool:
        return not (self.dry_run or self.check)
