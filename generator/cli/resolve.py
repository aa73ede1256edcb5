"""`agency-scaffold resolve`."""

from __future__ import annotations

from typing import Annotated

import typer


def resolve(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file that waits for you.", show_default=False)],
    mine: Annotated[bool, typer.Option("--mine", help="Keep what lies there.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Take ours.")] = False,
    done: Annotated[bool, typer.Option("--done", help="You settled it by hand.")] = False,
) -> int:
    """Settle a conflict, a proposal, an orphaned or a deleted file, on record.

    --mine: your side of each conflict; ours is declined; an orphaned file is yours from now on;
    a deletion stays. --new: our side; ours takes the place; an orphaned file is deleted; a
    deleted one is back. --done: what you want of ours is in yours, and later changes are merged.

    Run it in the repository or below. Exit codes: 0 settled, 2 wrong command line, 3 nothing
    waits at the path, or it cannot be settled so.
    """
    from generator.standing import settle  # noqa: PLC0415 -- --help must not pay for it

    return settle(path, [name for name, wanted in (("mine", mine), ("new", new), ("done", done)) if wanted])
