"""Recording rules: requests of each service by one name, whatever its library calls them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from .services import Source

WINDOWS: Final = {"30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320}
"""Windows of the burn rates beyond 5 minutes, in minutes."""


@dataclass(frozen=True)
class RecordingFile:
    """A file of recording rules."""

    name: str
    groups: list[RecordingGroup]


@dataclass(frozen=True)
class RecordingGroup:
    """A group of recording rules, and why it is there."""

    name: str
    comment: tuple[str, ...]
    rules: list[dict[str, Any]]


def recordings(sources: tuple[Source, ...]) -> list[RecordingFile]:
    """The files of recording rules; none where no service's requests are measured."""
    if not sources:
        return []
    windows = RecordingGroup(
        "service-windows",
        ("Long windows for the burn of the error budget, made of the 1-minute rates so that they stay cheap.",),
        list(_window_rules()),
    )
    return [RecordingFile("recording", _request_groups(sources)), RecordingFile("recording-windows", [windows])]


def _request_groups(sources: tuple[Source, ...]) -> list[RecordingGroup]:
    return [
        RecordingGroup(
            "service-requests",
            (
                "Requests of each service, whatever its library calls them. No traffic gives no ratio and no p95,",
                "a service that answers only errors gives 1, and one without any series of errors gives 0.",
            ),
            [
                rule
                for window in ("1m", "5m")
                for rule in _request_rules(sources, "service", window)
                # Of one minute only the rates are needed, for the long windows.
                if window == "5m" or ":rate1m" in rule["record"]
            ],
        ),
        RecordingGroup(
            "version-requests",
            ("The same by version: what judges a release, and shows old and new side by side.",),
            list(_request_rules(sources, "service, version", "1m")),
        ),
    ]


def _either(expressions: Iterable[str]) -> str:
    return "\nor\n".join(expressions)


def _record(name: str, expr: str) -> dict[str, Any]:
    return {"record": name, "expr": expr}


def _request_rules(sources: tuple[Source, ...], by: str, window: str) -> Iterator[dict[str, Any]]:
    """Rate of requests, rate and ratio of errors, and p95, in one window, by service or by service and version."""
    level = by.replace(", ", "_")
    requests, errors = f"{level}:http_requests:rate{window}", f"{level}:http_errors:rate{window}"
    yield _record(
        requests, _either(f"sum by ({by}) (rate({s.scheme.requests}{s.selector()}[{window}]))" for s in sources)
    )
    failed = [f"sum by ({by}) (rate({s.scheme.requests}{s.failures()}[{window}]))" for s in sources]
    yield _record(errors, _either([*failed, f"0 * {requests}"]))
    yield _record(f"{level}:http_errors:ratio_rate{window}", f"{errors} / ({requests} > 0)")
    buckets = _either(f"sum by ({by}, le) (rate({s.scheme.buckets}{s.selector()}[{window}]))" for s in sources)
    inner = buckets.replace("\n", "\n  ")
    yield _record(f"{level}:http_latency:p95_{window}", f"histogram_quantile(0.95,\n  {inner}\n) >= 0")


def _window_rules() -> Iterator[dict[str, Any]]:
    for window in WINDOWS:
        yield _record(f"service:http_requests:rate{window}", f"avg_over_time(service:http_requests:rate1m[{window}])")
        yield _record(
            f"service:http_errors:ratio_rate{window}",
            f"sum_over_time(service:http_errors:rate1m[{window}])\n"
            f"/ (sum_over_time(service:http_requests:rate1m[{window}]) > 0)",
        )
