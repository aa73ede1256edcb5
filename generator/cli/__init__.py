"""The command line: one file per command; each parses, calls one function and returns its exit code."""

import gc
import sys


def run() -> None:
    """The console script. It imports what it runs, so that Ctrl-C ends it quietly from the first moment."""
    gc.set_threshold(50_000, 20, 20)  # a run makes many objects that live to its end: looking for others takes a tenth
    try:
        from generator.cli.main import run as run_main  # noqa: PLC0415 -- see above

        run_main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
