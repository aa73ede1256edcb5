"""The alerts of the data files, and what stands there for their `<WORDS>`: thresholds, names, series of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator import facts
from generator.component import Answers, Parts, load_parts
from generator.parts import Alert

from .services import Watched, watched

PAIRS: Final = {"FAST": (14.4, 1), "SLOW": (6.0, 6), "DAY": (3.0, 24), "WEEK": (1.0, 72)}
"""Pairs of windows: how many times too fast the budget burns, and the long window in hours."""


def alerts(answers: Answers) -> Iterator[Alert]:
    """The alerts that these answers call for."""
    known = watched(answers)
    words = _words(answers, known)
    for name in _files(answers, known):
        yield from Parts(load_parts(__file__, f"alerts/{name}.yml", words)).of(Alert)


def _files(answers: Answers, known: Watched) -> Iterator[str]:
    yield from ("watchdog", "scraping", "self")
    if known.scraped:
        yield "availability"
    if known.public:
        yield "product"
    if known.measured:
        yield from ("requests", "slo")
    if facts.probed(answers):
        yield "probes"
    if facts.database_exporter(answers):
        yield f"database-{answers.data.database}"


def _words(answers: Answers, known: Watched) -> dict[str, Any]:
    """What stands for the `<WORDS>` of the data files."""
    p95 = _number(answers.slo.latency_p95_ms / 1000)
    return {
        "MEASURED": "|".join(known.measured),
        "ONE": next(iter(known.measured), ""),
        "P95": p95,
        "P95_MS": str(answers.slo.latency_p95_ms),
        "P95_ABOVE": f"{float(p95) + 0.001:.3f}",
        "AVAILABILITY": _number(answers.slo.availability),
        **_burn(answers.slo.availability),
        **_absence(known.scraped),
        **_product(known.public),
    }


def _burn(availability: float) -> dict[str, str]:
    """For each pair: the share of failures that burns so fast, one above it, and how few requests are not judged."""
    budget = round((100 - availability) / 100, 9)
    words: dict[str, str] = {}
    for name, (factor, hours) in PAIRS.items():
        threshold = _number(factor * budget)
        floor = _number(1 / budget / (hours * 3600))
        above = _number(factor * budget * 1.02)
        words |= {
            name: threshold,
            f"{name}_ABOVE": above,
            f"{name}_PERCENT": _percent(above),
            f"{name}_FLOOR": floor,
            f"{name}_QUIET": _number(float(floor) * 0.99),
        }
    # More than half of the requests failing fires by itself, so a test of the short window stays below.
    return words | {"FAST_SHORT": min(words["FAST"], "0.5", key=float)}


def _absence(scraped: tuple[str, ...]) -> dict[str, Any]:
    return {
        "ONE_SCRAPED": next(iter(scraped), ""),
        "ABSENT": "\nor\n".join(f'absent(up{{job="services", service="{name}"}})' for name in scraped),
        # The first service vanishes after 5 minutes, the others stay.
        "VANISHING": [
            {"series": f'up{{job="services", service="{name}"}}', "values": "1x20 stale" if not n else "1x60"}
            for n, name in enumerate(scraped)
        ]
        + [{"series": f'up{{job="other", service="{name}"}}', "values": "1x60"} for name in scraped],
        "ALL_ABSENT": [
            {
                "exp_labels": {"job": "services", "service": name},
                "exp_annotations": {
                    "summary": f"{name}: nothing to scrape",
                    "description": f"Prometheus has found no running replica of {name} for 2 minutes.",
                },
            }
            for name in scraped
        ],
    }


def _product(public: tuple[str, ...]) -> dict[str, Any]:
    up = 'up{{job="services", service="{0}"}}'
    rest = [series for name in public[1:] for series in _failing(name)]
    return {
        "PUBLIC": "|".join(public),
        "PUBLIC_COUNT": str(len(public)),
        # At the very floor of traffic, and just below it.
        "PUBLIC_FAILING": [series for name in public for series in _failing(name, "0.51", "0.05")],
        "PUBLIC_QUIET": [*rest, *(series for name in public[:1] for series in _failing(name, "1", "0.0499"))],
        "PUBLIC_SILENT": [{"series": up.format(name), "values": "0x60"} for name in public],
        "PUBLIC_UP": rest + [{"series": up.format(name), "values": "1x60"} for name in public[:1]],
        "PUBLIC_HALF": [
            *rest,
            *(series for name in public[:1] for series in _failing(name, "0.5")),
            *({"series": f'up{{job="other", service="{name}"}}', "values": "0x60"} for name in public),
            # What is not public does not count, however broken it is.
            *_failing("internal-one"),
            {"series": up.format("internal-two"), "values": "0x60"},
        ],
    }


def _failing(name: str, ratio: str = "1", rate: str = "10") -> list[dict[str, str]]:
    """The series of a service of which so many requests fail, at so many requests a second."""
    values = {"service:http_errors:ratio_rate5m": ratio, "service:http_requests:rate5m": rate}
    return [{"series": f'{record}{{service="{name}"}}', "values": f"{value}x60"} for record, value in values.items()]


def _number(value: float) -> str:
    return f"{value:.6g}"


def _percent(value: str) -> str:
    """A ratio as Prometheus' `humanizePercentage` prints it."""
    return f"{float(value) * 100:.4g}%"
