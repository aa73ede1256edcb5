"""Unit tests of the recording rules, and the proof that an outage is paged within 5 minutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from generator.component import fill, load_yaml
from generator.parts import EVALUATION_INTERVAL

from .recording import WINDOWS
from .rules import Suite
from .services import Source, Watched

CRITICAL_ON_OUTAGE: Final = ("ServiceErrorRateHigh", "SloBurnRateFast", "SloBurnRateSlow")
"""The critical alerts of a service that answers nothing but errors."""
RECORDED_LAST: Final = ("service-windows", "version-requests", "service-requests")
"""The groups of recording rules, each before the one that it reads."""
OUTAGE_STEP: Final = 2 * int(EVALUATION_INTERVAL.removesuffix("s"))
"""Seconds between samples and evaluations in the tests of an outage: twice production's, so being in time is harder."""
PAGING_FULL: Final = 390
"""Minutes after which every window of an alert that pages is full."""


def recording_suites(known: Watched) -> list[Suite]:
    """The files of tests; none where no service's requests are measured."""
    if not known.sources:
        return []
    rules, windows = "../rules/recording.yml", "../rules/recording-windows.yml"
    alerts = ["availability", *(["product"] if known.public else []), "services", "slo"]
    return [
        Suite("recording", [rules], [case for source in known.sources for case in _source_cases(source)]),
        Suite("recording-windows", [windows], [_window_case()], evaluation_interval="5m"),
        Suite(
            "outage",
            [rules, windows, *(f"../rules/{name}.yml" for name in alerts)],
            _outage_cases(known),
            f"{OUTAGE_STEP}s",
            (*reversed(alerts), *RECORDED_LAST),
        ),
    ]


def _expect(expr: str, at: str, samples: Mapping[str, float]) -> dict[str, Any]:
    return {
        "expr": expr,
        "eval_time": at,
        "exp_samples": [{"labels": labels, "value": value} for labels, value in samples.items()],
    }


def _case(name: str, series: list[dict[str, str]], expected: list[dict[str, Any]], interval: str) -> dict[str, Any]:
    return {"name": name, "interval": interval, "input_series": series, "promql_expr_test": expected}


def _source_cases(source: Source) -> list[dict[str, Any]]:
    """What the recording rules make of one service's series, by its library's names."""
    names = {
        "SERVICE": source.services[0],
        "REQUESTS": source.scheme.requests,
        "STATUS": source.scheme.status,
        "BUCKETS": source.scheme.buckets,
    }
    return fill(load_yaml(__file__, "recording-tests.yml"), names)  # type: ignore[no-any-return]


def _window_case() -> dict[str, Any]:
    """One burst in the first 5 minutes: it must be inside of each window until the window has passed it."""
    expected = []
    burst, flat, gone = '{service="burst"}', '{service="flat"}', '{service="gone"}'
    for window, minutes in WINDOWS.items():
        ratio, rate = f"service:http_errors:ratio_rate{window}", f"service:http_requests:rate{window}"
        for at, inside in ((minutes - 5, 1), (minutes + 5, 0)):
            ratios = {burst: inside, flat: 0} | ({gone: 1} if inside else {})
            expected += [
                _expect(f"{ratio} > bool 0", f"{at}m", ratios),
                _expect(f"{rate} > bool 0", f"{at}m", {burst: 1, flat: 1, gone: inside}),
                _expect(f"{rate}{burst} == bool 1", f"{at}m", {burst: 1}),
            ]
    series = [
        {"series": f"service:http_{what}:rate1m{service}", "values": values}
        for service, requests, errors in (
            (burst, "1x900", "1 0x900"),
            (flat, "0.0001x900", "0x900"),
            (gone, "1 0x900", "1 0x900"),
        )
        for what, values in (("requests", requests), ("errors", errors))
    ]
    return _case("a burst counts as long as the window reaches it", series, expected, "5m")


def _outage_cases(known: Watched) -> list[dict[str, Any]]:
    """What is paged when all requests fail, and when: of two services of each library, since the rules name all alike.

    The windows of the burn rates are long, and each series costs an evaluation for each of their samples; the alert on
    the whole product looks back 5 minutes, and knows all public services.
    """
    services = tuple(dict.fromkeys(name for s in known.sources for name in (s.services[0], s.services[-1])))
    firing = 'count by (alertname, service) (ALERTS{alertstate="firing", severity="critical", service!=""})'
    expected = {f'{{alertname="{a}", service="{s}"}}': 1.0 for a in CRITICAL_ON_OUTAGE for s in services}
    cases = [_outage_case(known, services, PAGING_FULL, "every critical alert", firing, expected)]
    if known.public and set(known.public) <= set(known.measured):
        emergency = 'count by (alertname) (ALERTS{alertstate="firing", severity="emergency"})'
        whole = {'{alertname="ProductDown"}': 1.0}
        cases.append(_outage_case(known, known.public, 30, "the emergency", emergency, whole))
    return cases


def _outage_case(
    known: Watched, failing: Collection[str], begins: int, what: str, expr: str, expected: Mapping[str, float]
) -> dict[str, Any]:
    """From the minute `begins` on every request of these services fails: silent before, told within 5 minutes."""
    each, after = 5 * OUTAGE_STEP, 600 // OUTAGE_STEP  # 5 requests a second, and 10 minutes of outage
    good = begins * 60 // OUTAGE_STEP
    counts = {"200": f"0+{each}x{good} {each * good}x{after}", "500": f"0x{good} {each}+{each}x{after}"}
    labels = 'job="services", service="{}", version="v1", instance="a"'
    series = [
        {
            "series": f'{source.scheme.requests}{{{labels.format(name)}, {source.scheme.status}="{status}"}}',
            "values": values,
        }
        for source in known.sources
        for name in source.services
        if name in failing
        for status, values in counts.items()
    ]
    series += [
        {"series": f'up{{job="services", service="{name}", instance="a"}}', "values": f"1x{good + after}"}
        for name in known.scraped
    ]
    return _case(
        f"all requests fail from minute {begins} on: silent before, {what} within 5 minutes",
        series,
        [_expect(expr, f"{begins}m", {}), _expect(expr, f"{begins + 5}m", expected)],
        f"{OUTAGE_STEP}s",
    )
