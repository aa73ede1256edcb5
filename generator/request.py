"""What an update is asked for."""

from __future__ import annotations

import shlex
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
    """Write nothing, and say by the exit code whether a file would change or something waits."""
    on_conflict: str = "markers"
    """markers, mine, new, or fail: write nothing where there is a conflict."""
    judge: bool = True
    json: bool = False

    def again(self, on_conflict: str) -> str:
        """The command that does what this one shows, or refuses; of conflicts becomes what is said here."""
        words = ["agency-scaffold", "update", *["--ask"] * self.ask]
        words += [word for setting in self.settings for word in ("--set", setting)]
        words += ["--on-conflict", on_conflict] if self.on_conflict != "markers" else []
        return shlex.join(words)

    @property
    def writes(self) -> bool:
        return not (self.dry_run or self.check)
