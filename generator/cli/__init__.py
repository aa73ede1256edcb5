"""The command line: one file per command; each parses, calls one function and returns its exit code."""

import sys


def run() -> None:
    """The console script. It imports what it runs, so that Ctrl-C ends it quietly from the first moment."""
    try:
        from generator.cli.main import run as run_main  # noqa: PLC0415 -- see above

        run_main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
