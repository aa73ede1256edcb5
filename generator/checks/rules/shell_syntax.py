"""Shell scripts are well formed, as bash reads them

A script with an `if` without `fi`, a quote without its other half or a `[[` without a blank before `]]` stops at that
place, or does not start at all: whoever calls it at night is told of a syntax error. The place that is named is the
one where it was opened. What another program turns into a script first (Jinja, Terraform, ERB) is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import shell
from generator.checks.models.syntax_fixes import fix_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, text

FORMAT = Format.SHELL

# A line that can only be one of a template; `'{{.Name}}'` in quotes is an argument of docker and its like.
_TEMPLATE: Final = re.compile(r"\{%|<%|%\{~?\s*(?:if|for|else|end)|^[^'\"\n]*\{\{[^'\"\n]*\}\}", re.MULTILINE)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in shell.paths(sources) if shell.dialect(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    mistake = shell.script(sources, path).mistake
    if mistake and mistake.line and not _TEMPLATE.search(text(sources, path)):
        yield at(mistake, mistake.message, fix_of(mistake.message))
