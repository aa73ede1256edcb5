"""The commands, and the one place that turns exceptions into messages and exit codes."""

from __future__ import annotations

import io
import itertools
import os
import sys
import traceback
from typing import Annotated

import typer

from generator import __version__
from generator.cli import assess, components, diff, doctor, explain, new, resolve, schema, status, update, validate
from generator.errors import BugError, ScaffoldError, StoppedError, UsageError
from generator.reporters import say

app = typer.Typer(
    name="agency-scaffold",
    help="Writes a whole, checked production infrastructure from a short questionnaire.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("new")(new.new)
app.command("assess")(assess.assess)
app.command("update")(update.update)
app.command("status")(status.status)
app.command("diff")(diff.diff)
app.command("resolve")(resolve.resolve)
app.command("validate")(validate.validate)
app.command("explain")(explain.explain)
app.command("schema")(schema.schema)
app.command("components")(components.components)
app.command("doctor")(doctor.doctor)

BROKEN_PIPE = 141


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"agency-scaffold {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Writes a whole, checked production infrastructure from a short questionnaire."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line and returns its exit code; prints what went wrong."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        code = int(app(words or ["--help"], standalone_mode=False) or 0)
        return code if words else UsageError.exit_code
    except typer.Abort:
        _complain("interrupted")
        return StoppedError.exit_code
    except SystemExit as left:  # typer's way to end once nobody reads our output
        raise BrokenPipeError from left
    except KeyboardInterrupt:
        _complain("interrupted")
        return StoppedError.exit_code
    except typer.TyperException as error:
        return _usage(words, error)
    except ScaffoldError as error:
        return _failed(words, error)
    except Exception as error:
        _complain(traceback.format_exc())
        return _failed(
            words,
            BugError(
                f"{type(error).__name__}: {error}",
                hint="This is a bug of agency-scaffold: please report it with the lines above.",
            ),
        )


def _usage(words: list[str], error: typer.TyperException) -> int:
    command = next((f" {command.name}" for command in app.registered_commands if command.name in words[:1]), "")
    return _failed(words, UsageError(error.format_message(), hint=f"See `agency-scaffold{command} --help`."))


def _failed(words: list[str], error: ScaffoldError) -> int:
    from generator.reporters import json, text  # noqa: PLC0415 -- --help must not pay for it

    if _wants_json(words):
        print(json.failure(error))
    else:
        _complain(text.failure(error))
    return error.exit_code


def _complain(said: str) -> None:
    """Says what went wrong, as far as anybody can be told: the exit code says it, too."""
    try:
        say(said, sys.stderr)
    except OSError:  # what is left in the stream must not fail again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _wants_json(words: list[str]) -> bool:
    return "--format=json" in words or any(a == "--format" and b == "json" for a, b in itertools.pairwise(words))


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a letter must not stop us
            stream.reconfigure(errors="backslashreplace")
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except OSError as error:
        _complain(f"error: the report could not be printed: {error.strerror}")
        code = ScaffoldError.exit_code
    sys.exit(code)
