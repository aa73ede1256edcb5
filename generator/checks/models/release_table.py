"""What our release scripts know: the tables of `scripts/lib/*.env.sh`, a line for each service or route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from generator.checks.models.ours import is_ours
from generator.checks.source import Sources, lines, shared

PATH: Final = "scripts/lib/release.env.sh"
PLATFORM: Final = "scripts/lib/orchestration.env.sh"
PREVIEWS: Final = "scripts/lib/previews.env.sh"
STRATEGY: Final = "scripts/lib/strategy.env.sh"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table."""

    words: tuple[str, ...]
    line: int
    columns: tuple[int, ...]

    def word(self, number: int) -> str:
        """The word at a place; "" where the line is shorter."""
        return self.words[number] if number < len(self.words) else ""

    def column(self, number: int) -> int:
        """Where that word stands."""
        return self.columns[number] if number < len(self.columns) else 0


@shared
def rows(sources: Sources, path: str, variable: str) -> tuple[Row, ...]:
    """The lines of the table in a variable; none where the repository is not one of ours, or has no such table."""
    found: list[Row] = []
    opened = False
    for number, line in enumerate(lines(sources, path) if path in sources.tree and is_ours(sources) else (), 1):
        start = re.match(rf"(?:export )?{variable}=(')?", line)
        offset = start.end() if start else 0
        if start or opened:
            content, closed, _ = line[offset:].partition("'")
            words = list(re.finditer(r"\S+", content))
            columns = tuple(word.start() + offset + 1 for word in words)
            found.append(Row(tuple(word[0] for word in words), number, columns))
            opened = not closed and (opened or bool(start and start[1]))
    return tuple(found)


def services(sources: Sources) -> tuple[Row, ...]:
    """Name, kind, port, health path, how requests are counted, repository of the image."""
    return tuple(row for row in rows(sources, PATH, "RELEASE_SERVICES") if len(row.words) > 3)


def routes(sources: Sources) -> tuple[Row, ...]:
    """Environment, service, scheme, host."""
    return tuple(row for row in rows(sources, PATH, "RELEASE_ROUTES") if len(row.words) > 3)
