"""Shell scripts are well formed, as bash reads them

A script with an `if` without `fi`, a quote without its other half or a `[[` without a blank before `]]` stops at that
place, or does not start at all: whoever calls it at night is told of a syntax error. The place that is named is the
one where it was opened. What another program turns into a script first (Jinja, Terraform, ERB) is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import shell, templates
from generator.checks.formats.unmerged import markers
from generator.checks.formats.yaml import Mistake
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines

FORMAT = Format.SHELL


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if shell.dialect(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    mistake = shell.examined(sources, path).mistake
    if mistake and not templates.is_shell(_read(sources, path, mistake)) and not markers(sources, path):
        yield at(mistake, mistake.message, fix_of(mistake.message))


def _read(sources: Sources, path: str, mistake: Mistake) -> str:
    """The script as far as it was read: after a quote that is not closed, texts and commands change places."""
    rows = lines(sources, path)
    opened = rows[mistake.line - 1][mistake.column - 1 :][:1]
    return "\n".join(rows[: mistake.line] if opened in {"'", '"'} else rows)
