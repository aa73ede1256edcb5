"""`agency-scaffold explain`."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE|TOOL|FORMAT]...", help="As findings name them; all without.")
    ] = None,
) -> int:
    """Say what a rule of `validate` is about, why it matters, and how to put it right; or what checks a format has.

    Exit codes: 0, 2 no rule has such a name.
    """
    from generator.explaining import show_rule  # noqa: PLC0415 -- --help must not pay for it

    return show_rule(rules or ())
