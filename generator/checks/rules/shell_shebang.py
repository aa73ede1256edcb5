"""Scripts say which shell they need

Without `#!/usr/bin/env bash` in the first line whoever starts a script decides which shell reads it,
and `sh` does not know arrays, `[[` or `pipefail`. A library that is only sourced needs
`# shellcheck shell=bash` or the same line.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import shell
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines

FORMAT = Format.SHELL

files = shell.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    head = lines(sources, path)[:5]
    if head[0].startswith("#!"):
        if not head[0].split("/")[-1].split()[-1].endswith(("bash", "sh")):
            yield Flaw(1, f"{head[0]} is no shell", "Write #!/usr/bin/env bash.")
    elif not shell.is_library(path):
        yield Flaw(1, "the first line does not name a shell", "Write #!/usr/bin/env bash.")
    elif not any("shellcheck shell=" in line for line in head):
        yield Flaw(1, "nothing says for which shell this library is", "Write # shellcheck shell=bash.")
