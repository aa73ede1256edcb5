"""`agency-scaffold new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from generator.cli.options import Format, FormatOption


def new(
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to write; made if missing.", show_default=False)
    ] = Path(),
    answers: Annotated[str, typer.Option(metavar="FILE|-", help="Answers as YAML or JSON, - for standard input.")] = "",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One answer; may be repeated, for another one."),
    ] = None,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing, take the defaults.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show a tree and a diff, write nothing.")] = False,
    no_check: Annotated[bool, typer.Option("--no-check", help="Skip all checks.")] = False,
    format_: FormatOption = Format.TEXT,
) -> int:
    """Make a whole, checked infrastructure in an empty or an existing repository.

    Exit codes: 0 done, 1 something waits for you (a file, target or ignore rule of yours was in
    the way, an external check failed, or you interrupted the checks), 2 wrong command line,
    3 wrong answers, 130 interrupted, nothing written.
    """
    from generator.session import Request, run  # noqa: PLC0415 -- --help must not pay for it

    return run(
        Request(
            directory=directory,
            answers=answers,
            settings=tuple(set_ or ()),
            defaults=defaults,
            dry_run=dry_run,
            check=not no_check,
            json=format_ is Format.JSON,
        )
    )
