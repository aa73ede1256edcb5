"""`agency-scaffold status`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generator.cli.options import Format, FormatOption


def status(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A folder that was generated.", show_default=False)
    ] = Path(),
    format_: FormatOption = Format.TEXT,
) -> int:
    """Show how the files stand to what was generated, and what waits for you.

    Exit codes: 0 nothing waits, 1 a conflict, a proposal, an orphaned file or an unfinished run
    does, 3 not generated, or its record cannot be read.
    """
    from generator.standing import show_status  # noqa: PLC0415 -- --help must not pay for it

    return show_status(directory, json=format_ is Format.JSON)
