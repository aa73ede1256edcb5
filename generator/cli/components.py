"""`agency-scaffold components`."""

from __future__ import annotations

import json

import typer

from generator.cli.options import Format, FormatOption


def components(format_: FormatOption = Format.TEXT) -> None:
    """List the components: what each makes, the answers that select it, the choices it serves."""
    from generator.catalog import components as all_components  # noqa: PLC0415 -- --help must not pay for it

    listed = [c.manifest for c in all_components()]
    if format_ is Format.JSON:
        rows = [
            {"id": m.id, "title": m.title, "summary": m.summary, "when": m.condition, "serves": m.serves}
            for m in listed
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for m in listed:
        typer.echo(f"{m.id}: {m.summary}")
        for word, choices in (("selected by", m.condition), ("serves", m.serves)):
            for key, values in choices.items():
                typer.echo(f"  {word:<12}{key} = {', '.join(map(str, values))}")
