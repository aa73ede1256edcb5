"""No template delimiter is left in a file

`#{ ... }#`, `#% ... %#` and `#| ... |#` are agency-scaffold's template tags. One that is left in a
generated file was never filled in. Report it as a bug of agency-scaffold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw
from generator.checks.source import Sources, lines

# Only pairs count: a lone `#%` or `#{` is legal text in shell, and `#|` starts a comment of a table.
_TAG: Final = re.compile(r"#\{ .*? \}#|#% .*? %#|#\| .*? \|#|^\s*#%-?\s*(?:if|for|endif|endfor|include|else)\b")
_HINTS: Final = (b"#{", b"#%", b"#|")


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if any(hint in sources.tree[path].content for hint in _HINTS):
        for number, line in enumerate(lines(sources, path), 1):
            match = _TAG.search(line)
            if match:
                yield Flaw(number, f"template tag {match[0].strip()} was not filled in", column=match.start() + 1)
