"""Pages tell the level of an alert and after which time it fires as its rule has them

Whoever is called at night reads in the table of alerts how bad it is, and how long it has been. Where the rule was
changed and the page was not, both are wrong. Write what the rule has. Tables with the columns `Alert`, `Level` and
`Fires after` are judged, in repositories that agency-scaffold generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.models import prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, Point, at
from generator.checks.source import Sources, lines, shared, text
from generator.finding import Severity

FORMAT = Format.MARKDOWN

_HEAD: Final = "| Alert | Level | Fires after |"
_ROW: Final = re.compile(r"\| \[(\w+)\]\([^)]*\) \| (\w+) \| (\w+) \|")


@dataclass(frozen=True, slots=True)
class _Alert:
    level: str
    after: str
    where: str


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and _alerts(sources):
        yield from (path for path in sources.ending(".md") if _HEAD in text(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    inside = False
    for number, line in enumerate(lines(sources, path), 1):
        inside = line.startswith(_HEAD) or (inside and line.startswith("|"))
        match = _ROW.match(line) if inside else None
        alerts = _alerts(sources).get(match[1], ()) if match else ()
        # One that nobody has is a matter of its link.
        if match and alerts and not any(_is(match[2], match[3], one) for one in alerts):
            one = next((each for each in alerts if each.level == match[2]), alerts[0])
            group, given, word = (
                (3, one.after, "fires after") if one.level == match[2] else (2, one.level, "is of the level")
            )
            message = f"{match[1]} {word} {given} ({one.where}), and this page says {match[group]}"
            place, fix = Point(number, match.start(group) + 1), f"Write {given}, or correct the rule."
            yield at(place, message, fix, severity=Severity.WARNING)


def _is(level: str, after: str, one: _Alert) -> bool:
    return level == one.level and prometheus.seconds(after) == prometheus.seconds(one.after)


@shared
def _alerts(sources: Sources) -> dict[str, tuple[_Alert, ...]]:
    """The rules of each alert, with a level and a time that stand there."""
    found: dict[str, tuple[_Alert, ...]] = {}
    for rule in prometheus.rules(sources):
        name, after = rule.node.at("alert"), rule.node.at("for").text or "0s"
        if name.text and rule.node.at("labels", "severity").text:
            one = _Alert(rule.node.at("labels", "severity").text, after, f"{rule.path}:{name.line}")
            found[name.text] = (*found.get(name.text, ()), one)
    return found
