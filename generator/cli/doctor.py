"""`agency-scaffold doctor`."""

from __future__ import annotations

import typer

from generator.cli.options import Format, FormatOption


def doctor(format_: FormatOption = Format.TEXT) -> int:
    """List the programs that checks may use: version, path, what each judges, how to get it.

    None of them is needed; each finds more. They are looked for on PATH and beside this program.
    Exit codes: 0 all that are here run, 1 one of them does not, 130 interrupted.
    """
    from generator.doctor import examine  # noqa: PLC0415 -- --help must not pay for it
    from generator.reporters import doctor_text, json, say  # noqa: PLC0415

    result = examine()
    if format_ is Format.JSON:
        typer.echo(json.report(result))
    else:
        say(doctor_text.text(result))
    return result.exit_code
