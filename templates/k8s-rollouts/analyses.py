"""What a version is judged by: whether it answers, whether it restarts, and its numbers in Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator import facts, rollouts
from generator.component import Answers, Service

PROMETHEUS: Final = f"http://prometheus.{facts.MONITORING}.svc:9090"
HEALTH_ERRORS: Final = 3
"""How many requests in a row may go without a good answer."""
NUMBER_ERRORS: Final = 12
"""How often in a row Prometheus may fail to answer."""
_RETRY_SECONDS: Final = 10
"""After how long the controller asks again where it could not ask."""
_TIMEOUT_SECONDS: Final = 5
_SMOKE_LOOKS: Final = 3
_SMOKE_FIRST: Final = 5
LONGEST_SMOKE: Final = _SMOKE_FIRST + _SMOKE_LOOKS * (HEALTH_ERRORS + 1) * (_RETRY_SECONDS + _TIMEOUT_SECONDS)
"""Seconds that asking a new version takes, if every request but the last one of a few in a row fails."""
_MOST_RESTARTS: Final = 1
"""As for the judge of the scripts: one may be a node's fault."""
_LEAST_RATE: Final = 1
"""Requests a second that numbers need behind them."""
_FAILURES: Final = 5
"""Failures a minute that need no more requests behind them."""


@dataclass(frozen=True)
class Number:
    """A number that Prometheus is asked for, with its limit."""

    name: str
    why: str
    query: tuple[str, ...]
    success: str
    failure: str
    spare: int
    """How many looks may be bad."""


@dataclass(frozen=True)
class AnalysisView:
    """An AnalysisTemplate; `follows` another in the same file."""

    name: str
    why: str
    follows: bool
    judged: bool
    """Whether it asks for numbers."""
    first: str
    count: int
    health_first: str
    health_interval: str
    health_count: int
    numbers: tuple[Number, ...]


def analyses(answers: Answers, service: Service) -> Iterator[AnalysisView]:
    """The analyses of a service's releases, in the order in which they are made."""
    if smoked := bool(rollouts.roles(answers, service)):
        why = "Before users come: it must answer through the Service that leads to it alone."
        yield AnalysisView(
            "smoke", why, follows=False, judged=False, first="", count=0, numbers=(),
            health_first=f"{_SMOKE_FIRST}s", health_interval="2s", health_count=_SMOKE_LOOKS,
        )  # fmt: skip
    if rollouts.shares(answers):
        part = rollouts.part(answers)
        yield _judged(answers, service, "step", f"While it has a part of the users: {part.seconds} s.", part, smoked)
    bake = rollouts.bake(answers)
    yield _judged(answers, service, "bake", f"While it has all users: {bake.seconds} s.", bake, smoked)


def _judged(
    answers: Answers, service: Service, name: str, why: str, looks: rollouts.Looks, follows: bool
) -> AnalysisView:
    return AnalysisView(
        name,
        why,
        follows=follows or (name == "bake" and bool(rollouts.shares(answers))),
        judged=True,
        first=f"{looks.first}s",
        count=looks.count,
        health_first=f"{_RETRY_SECONDS}s",
        health_interval=f"{_RETRY_SECONDS}s",
        health_count=looks.seconds // _RETRY_SECONDS,
        numbers=tuple(_numbers(answers, service, looks)),
    )


def _numbers(answers: Answers, service: Service, looks: rollouts.Looks) -> Iterator[Number]:
    name = service.name
    pods = f'namespace="{facts.namespace(answers)}",pod=~"{name}-{{{{args.hash}}}}-.+",container="{name}"'
    yield _number(
        "restarts",
        f"Restarts of its containers: {_MOST_RESTARTS} may be a node's fault. No pod, no number: not by this alone.",
        (f"sum(kube_pod_container_status_restarts_total{{{pods}}})",),
        str(_MOST_RESTARTS),
        spare=0,
    )
    if not facts.has_request_metrics(service):
        return
    labels = f'{{service="{name}",version="{{{{args.version}}}}"}}'
    rate, errors = f"service_version:http_requests:rate1m{labels}", f"service_version:http_errors:ratio_rate1m{labels}"
    yield _number(
        "errors",
        f"Its error ratio, with {_LEAST_RATE} request/s or {_FAILURES} failures a minute behind it: fewer say nothing.",
        (errors, "and (", f"  {rate} > {_LEAST_RATE}", f"  or {rate} * {errors} * 60 > {_FAILURES}", ")"),
        _plain(answers.deployment.max_error_rate),
        looks.spare,
    )
    yield _number(
        "p95",
        "Its p95 in seconds, with as many requests behind it.",
        (f"service_version:http_latency:p95_1m{labels}", f"and {rate} > {_LEAST_RATE}"),
        _plain(answers.deployment.max_p95_ms / 1000),
        looks.spare,
    )


def _number(name: str, why: str, query: tuple[str, ...], limit: str, spare: int) -> Number:
    """A number that must not be above its limit. None is none: what counts too little is not judged by it."""
    return Number(
        name,
        why,
        query,
        success=f"len(result) == 0 || isNaN(result[0]) || result[0] <= {limit}",
        failure=f"len(result) > 0 && !isNaN(result[0]) && result[0] > {limit}",
        spare=spare,
    )


def _plain(number: float) -> str:
    """A number without an exponent."""
    return f"{number:.12f}".rstrip("0").rstrip(".")
