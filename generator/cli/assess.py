"""`agency-scaffold assess`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generator.cli.options import Format, FormatOption


def assess(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The repository to look at.", show_default=False)
    ] = Path(),
    format_: FormatOption = Format.TEXT,
) -> int:
    """Look at an existing repository: its services, what shows each fact, and the answers that follow.

    Nothing is written and nothing in it is run. `new` takes the same answers as its defaults.
    Exit codes: 0 done, 2 wrong command line, 3 the folder cannot be read.
    """
    from generator.assess.survey import assess as look  # noqa: PLC0415 -- --help must not pay for it
    from generator.reporters import assessment, json, say  # noqa: PLC0415

    result = look(directory)
    if format_ is Format.JSON:
        typer.echo(json.report(result))
    else:
        say(assessment.text(result))
    return result.exit_code
