"""Metrics that queries read exist

An alert on a metric that nothing has never fires, and a release that is judged by one is always good. Names of
well-known exporters are held against what these have, names of CloudWatch against what the exporter is told to ask for,
those that a job keeps against its pattern, and others against the series of the rules' tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import patterns, yaml
from generator.checks.models import metrics, prometheus
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared
from generator.finding import Severity
from generator.spelling import NO_GUESS, Guess, closest

FORMAT = Format.PROMETHEUS

_FINE: Final = ("", NO_GUESS)


def files(sources: Sources) -> Iterable[str]:
    return prometheus.queries(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for query in prometheus.queries(sources)[path]:
        for name in dict.fromkeys(selector.name for selector in prometheus.parse(query.text)[1]):
            message, near = _wrong(sources, name) if "_" in name and ":" not in name else _FINE
            if message:
                place = prometheus.spot(sources, path, query.node, name)
                # The newest exporters are recorded: an older one may have other names.
                theirs = metrics.of_exporters(name.partition("_")[0]) and not metrics.is_known(name)
                sure = not theirs or (is_ours(sources) and _renamed(sources, name))
                severity = Severity.ERROR if sure else Severity.WARNING
                fix = f"Keep {name} when it is scraped or fetched, or ask for a metric that is."
                yield at(place, f"{query.owner}: {message}", fix, near, severity=severity)


@shared
def _wrong(sources: Sources, name: str) -> tuple[str, Guess]:
    """What is wrong with the name of a metric; "" for nothing, and for one of which nothing is known."""
    if name.startswith("aws_"):
        return _of_cloud(metrics.of_cloudwatch(sources), name)
    renamed = _renamed(sources, name) if is_ours(sources) else ""
    if renamed:
        return f"there is no metric {name}", Guess(renamed)
    if metrics.is_known(name):
        return _dropped(sources, name), NO_GUESS
    near = _near(name, metrics.of_exporters(name.partition("_")[0])) or _misspelt(name, _tested(sources))
    return f"there is no metric {name}" if near else "", Guess(near)


def _of_cloud(asked: dict[str, str], name: str) -> tuple[str, Guess]:
    if not asked or name in asked or name.endswith("_info"):
        return _FINE
    near = closest(name, sorted(asked), 0.85)
    if not near and not any(name.startswith(f"{begin}_") for begin in {*asked.values()}):
        return _FINE
    return f"the exporter of CloudWatch does not ask for {name}", Guess(near)


def _near(name: str, known: frozenset[str]) -> str:
    """The name that has one word more or less, not at its end as newer ones have, or one that is misspelt."""
    words = name.split("_")
    return next((other for other in sorted(known) if _is_near(words, other.split("_"))), "")


def _is_near(given: list[str], known: list[str]) -> bool:
    same = 0
    while same < min(len(given), len(known)) and given[same] == known[same]:
        same += 1
    if len(given) == len(known):
        return given[same + 1 :] == known[same + 1 :] and bool(closest(given[same], [known[same]], 0.75))
    longer, shorter = (given, known) if len(given) > len(known) else (known, given)
    return same < len(shorter) and longer[same + 1 :] == shorter[same:]


def _misspelt(name: str, known: frozenset[str]) -> str:
    """A name with some letter more or less, where no test has a series of this one."""
    near = closest(name, sorted(known), 0.96) if name not in known else ""
    return near if len(near) != len(name) else ""


def _renamed(sources: Sources, name: str) -> str:
    """The series of the tests that is called nearly so, or but for a letter where queries read it, too."""
    tested = _tested(sources)
    near = closest(name, sorted(tested - prometheus.asked(sources)), 0.85) if name not in tested else ""
    return near or _misspelt(name, tested)


@shared
def _tested(sources: Sources) -> frozenset[str]:
    """The series that tests of rules begin with."""
    series = (
        one.at("series").text
        for path in prometheus.test_files(sources)
        for test in yaml.root(sources, path).at("tests").items
        for one in test.at("input_series").items
    )
    return frozenset(one.partition("{")[0].strip() for one in series)


def _dropped(sources: Sources, name: str) -> str:
    kept = metrics.kept(sources).get(f"{name.partition('_')[0]}_", ())
    fitting = (not prometheus.regex_error(one.text) and patterns.fits(one.text, name) is not False for one in kept)
    return f"{name} is thrown away when it is scraped: no job keeps it" if kept and not any(fitting) else ""
