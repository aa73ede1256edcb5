"""`agency-scaffold validate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from generator.errors import UsageError


class Format(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class External(StrEnum):
    """Whether other programs check, too."""

    AUTO = "auto"
    NEVER = "never"
    REQUIRE = "require"


_CHECKS = "RULE|TOOL|FORMAT"


def validate(
    directory: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The folder of a repository.", show_default=False)
    ] = ".",
    format_: Annotated[
        Format, typer.Option("--format", help="For people, programs, code scanning, pull requests.")
    ] = Format.TEXT,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar=_CHECKS, help="Run these alone; may be repeated.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar=_CHECKS, help="Leave these out; may be repeated.")
    ] = None,
    external: Annotated[
        External, typer.Option("--external", help="Other programs: those that are installed, none, all.")
    ] = External.AUTO,
    all_: Annotated[bool, typer.Option("--all", help="Tell each place of what is said once.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
) -> int:
    """Check every file of a repository, whoever wrote it; nothing is written.

    Exit codes: 0 no error, 1 errors (with --strict also warnings), 2 a check that there is not,
    3 no such folder, 4 a program is missing with --external require.
    """
    from generator.validating import Asked, show_validation  # noqa: PLC0415 -- --help must not pay for it

    if not directory:  # which is what becomes of a variable that nothing set
        raise UsageError("the folder to check has no name", hint="Give one, or nothing for the folder at hand.")
    asked = Asked(Path(directory), format_.value, tuple(only or ()), tuple(skip or ()), external.value, strict, all_)
    return show_validation(asked)
