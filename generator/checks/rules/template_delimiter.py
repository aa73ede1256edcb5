"""No template delimiter is left in a file

`#{ ... }#`, `#% ... %#` and `#| ... |#` are agency-scaffold's template tags. One that is left in a
generated file was never filled in. Report it as a bug of agency-scaffold. A tag that stands in
`agency-scaffold.yml` is the user's own text, and may stand wherever that text is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator import places
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, lines

FORMAT = Format.TEXT

# Only pairs count: a lone `#%` or `#{` is legal text in shell, and `#|` starts a comment of a table.
_TAG: Final = re.compile(r"#\{ .*? \}#|#% .*? %#|#\| .*? \|#|^\s*#%-?\s*(?:if|for|endif|endfor|include|else)\b")
_HINTS: Final = (b"#{", b"#%", b"#|")


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path != places.ANSWERS_FILE and any(hint in sources.tree[path].content for hint in _HINTS):
        answers = sources.tree.get(places.ANSWERS_FILE)
        own = answers.content.decode("utf-8", "replace") if answers else ""
        for number, line in enumerate(lines(sources, path), 1):
            match = next((m for m in _TAG.finditer(line) if m[0] not in own), None)
            if match:
                yield Flaw(number, f"template tag {match[0].strip()} was not filled in", column=match.start() + 1)
