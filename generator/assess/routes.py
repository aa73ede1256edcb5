"""Paths and ports that the code itself names: taken only where nothing before them can change what they are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder

_HEALTH: Final = (
    "healthz", "health", "_healthz", "_health", "healthcheck", "health-check", "health_check", "api/health",
    "api/healthz", "health/live", "livez", "live", "liveness", "alive", "up", "health/ready", "readyz", "ready", "ping",
)  # fmt: skip
"""What health is called, the name to be taken first where there are several."""
_METRICS: Final = ("metrics", "actuator/prometheus", "api/metrics", "prometheus")
_TESTS: Final = re.compile(
    r"(^|/)(tests?|specs?|__tests__|testdata|fixtures|e2e|mocks?|examples?|migrations|stories)/|"
    r"(^|[/._-])(test|spec|tests|mock)s?\.|(^|/)test_[^/]*$|_test\.\w+$|Tests?\.\w+$"
)
_PACKAGES: Final = re.compile(r"(?<=src/main/)(java|kotlin)/([^/]+/)*")
"""Below them the names of folders are those of packages, of which com.example is the commonest."""
_ASIDE: Final = re.compile(r"(?i)metric|prom|pprof|debug|admin|probe|health|grpc")
COMMENT: Final = r"^[ \t]*(//|#|\*|/\*)"
VARIABLE: Final = r"(?:(?:APP|SERVER|SERVICE|HTTP|API|WEB|LISTEN|NODE)_)?PORT"
"""What the variable is called that says where a service listens; DB_PORT and its like are others' ports."""
_MOST: Final = 500
"""Files of a unit that are looked at."""
_MATCHES: Final = 200
"""Places in a file where a pattern is followed: no file written by people has more."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How the code of a language registers a route and opens a port."""

    suffixes: tuple[str, ...]
    route: str
    """Finds a registered route; its first group that takes part is the path, nothing for the usual one of metrics."""
    prefixed: str = r"(?!)"
    """Finds what puts something before the routes of its file."""
    block: str = r"(?!)"
    """Finds what puts something before the routes of a block alone, up to the bracket that opens it."""
    ports: tuple[str, ...] = ()
    """Find a port in the code that no variable changes."""
    defaults: tuple[str, ...] = ()
    """Find the port that is taken where the variable is not set."""
    comment: str = COMMENT


def is_test(path: str) -> bool:
    """Whether a file belongs to tests, examples or the like."""
    return bool(_TESTS.search(_PACKAGES.sub("", path)))


def sources(folder: Folder, place: str, suffixes: tuple[str, ...], others: Iterable[str] = ()) -> Iterator[str]:
    """The code of a unit: not its tests, and nothing of the units that lie below it (`others`)."""
    below = tuple(f"{other}/" for other in others if other != place and (place == "." or other.startswith(f"{place}/")))
    cut = 0 if place == "." else len(place) + 1
    found = (path for path in folder.below(place) if path.endswith(suffixes) and not is_test(path[cut:]))
    return itertools.islice((path for path in found if not path.startswith(below)), _MOST)


def look(
    folder: Folder,
    unit: Unit,
    grammar: Grammar,
    others: Iterable[str],
    more: Mapping[str, tuple[str, int]] | None = None,
) -> None:
    """Adds the paths of health and metrics, and the port, that the code of a unit names; `more` are other routes."""
    routes: dict[str, tuple[str, int]] = {}
    for path in sources(folder, unit.path, grammar.suffixes, others):
        text = folder.text(path)
        _ports(unit, grammar, path, text)
        if not re.search(grammar.prefixed, text):
            blocks = list(_blocks(grammar, text))
            for line, match in matches(grammar.route, text, grammar.comment):
                if any(match.start() in block for block in blocks):
                    continue
                route = next(group for group in match.groups() if group is not None)
                # Where a library has the path for metrics, and the code names none, that is the usual one.
                routes.setdefault(joined(route) if route else "/metrics", (path, line))
    told(unit, {**(more or {}), **routes})


def _blocks(grammar: Grammar, text: str) -> Iterator[range]:
    """Where the blocks of a text lie; one inside another is part of it."""
    end = 0
    for _, match in matches(grammar.block, text, grammar.comment):
        if match.start() >= end:
            end = _closed(text, match.end() - 1)
            yield range(match.start(), end)


def _closed(text: str, start: int) -> int:
    """Where a bracket is closed; the end of the text, where it is not."""
    open_, close = text[start], {"(": ")", "{": "}"}[text[start]]
    depth = 0
    for bracket in re.finditer(rf"[{open_}{close}]", text[start:]):
        depth += 1 if bracket[0] == open_ else -1
        if not depth:
            return start + bracket.end()
    return len(text)


def told(unit: Unit, routes: Mapping[str, tuple[str, int]], before: str = "") -> None:
    """Adds the paths of health and metrics among routes, each with its place; `before` stands before all of them."""
    for key, names in (("health_path", _HEALTH), ("metrics_path", _METRICS)):
        for name in names:
            route = next((one for one in routes if one.removeprefix(before).strip("/") == name), "")
            if route:
                unit.shows(key, route, *routes[route], "a route in the code", Strength.FIXED)
                break


def joined(*parts: str) -> str:
    """The path of parts that follow each other; a slash at its end stays."""
    path = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return f"/{path}/" if path and parts[-1].endswith("/") else f"/{path}"


def _ports(unit: Unit, grammar: Grammar, path: str, text: str) -> None:
    for patterns, strength, read in (
        (grammar.ports, Strength.FIXED, "the code listens there"),
        (grammar.defaults, Strength.DEFAULT, "the code's default"),
    ):
        for line, match in (one for pattern in patterns for one in matches(pattern, text, grammar.comment)):
            around = text[max(0, match.start() - 200) : match.start()].rpartition("\n")[2]
            around += text[match.start() : match.end() + 200].partition("\n")[0]
            if _ASIDE.search(around):
                continue  # where something else than requests is served
            number = next(group for group in match.groups() if group)
            unit.shows("port", int(number), path, line, read, strength)


def matches(pattern: str, text: str, comment: str = COMMENT) -> Iterator[tuple[int, re.Match[str]]]:
    """Where the code, and no comment, has what a pattern finds, with the line: the first of such places."""
    for match in itertools.islice(re.finditer(pattern, text), _MATCHES):
        before = text[max(0, match.start() - 200) : match.start()].rpartition("\n")[2]
        if not re.search(comment, before):
            yield text.count("\n", 0, match.start()) + 1, match
