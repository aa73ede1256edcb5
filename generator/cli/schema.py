"""`agency-scaffold schema`."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of the answers."""
    from generator.answers.schema import schema as build  # noqa: PLC0415 -- --help must not pay for it

    typer.echo(json.dumps(build(), indent=2, ensure_ascii=False))
