"""`agency-scaffold diff`."""

from __future__ import annotations

from typing import Annotated

import typer


def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files or folders; all without one.", show_default=False),
    ] = None,
) -> int:
    """Show your edits: what differs from what was generated.

    Run it in the repository or below. Exit codes: 0 shown, 3 not generated, or a path is none
    of ours.
    """
    from generator.standing import show_edits  # noqa: PLC0415 -- --help must not pay for it

    return show_edits(paths or [])
