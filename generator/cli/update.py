"""`agency-scaffold update`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from generator.cli.options import Format, FormatOption


class OnConflict(StrEnum):
    """What becomes of lines that you and we changed differently."""

    MARKERS = "markers"
    MINE = "mine"
    NEW = "new"
    FAIL = "fail"


def update(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A folder that was generated.", show_default=False)
    ] = Path(),
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change an answer, in agency-scaffold.yml too; repeatable."),
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the questions, with the present answers.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the diff, write nothing.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a file would change.")] = False,
    on_conflict: Annotated[
        OnConflict, typer.Option(help="What becomes of lines that both sides changed differently.")
    ] = OnConflict.MARKERS,
    no_check: Annotated[bool, typer.Option("--no-check", help="Skip all checks of the files.")] = False,
    format_: FormatOption = Format.TEXT,
) -> int:
    """Regenerate after the answers or agency-scaffold changed, and lose no edit.

    Exit codes: 0 done, 1 something waits for you (a conflict, a proposal, an orphaned file, a
    finding) or, with --check, a file would change, 2 wrong command line, 3 wrong answers, 130
    interrupted, nothing written.
    """
    from generator.request import Request  # noqa: PLC0415 -- --help must not pay for it
    from generator.updating import run  # noqa: PLC0415

    return run(
        Request(
            directory=directory,
            settings=tuple(set_ or ()),
            ask=ask,
            dry_run=dry_run,
            check=check,
            on_conflict=on_conflict.value,
            judge=not no_check,
            json=format_ is Format.JSON,
        )
    )
