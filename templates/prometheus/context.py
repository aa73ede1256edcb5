"""Prometheus and Alertmanager: scrape configuration, rules with their tests, and who is told of what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, fill, load_list, load_yaml
from generator.parts import Alert, Area, Decision, DiagramEdge, DiagramNode, Flow, ScrapeJob, TodoItem, VerifyStep

LEVELS: Final = ("warning", "critical", "emergency")
INSTALL: Final = "https://prometheus.io/download/ (promtool and amtool)"
CRITICAL_ON_OUTAGE: Final = ("ServiceErrorRateHigh", "SloBurnRateFast", "SloBurnRateSlow")
"""The critical alerts of a service that answers nothing but errors."""
OUTAGE_BEGINS: Final = 1560
"""Sample, every 15 s, at which the outage of the test begins: after 6 h 30 min, when every paging window is full."""
WINDOWS: Final = {"30m": 30, "1h": 60, "2h": 120, "6h": 360, "1d": 1440, "3d": 4320}
"""Windows of the burn rates beyond 5 minutes, in minutes."""
PAIRS: Final = {"fast": (14.4, 1), "slow": (6.0, 6), "day": (3.0, 24), "week": (1.0, 72)}
"""Pairs of windows: how many times too fast the budget burns, and the long window in hours."""


@dataclass(frozen=True)
class Scheme:
    """How a library names the metrics of requests."""

    requests: str
    status: str
    buckets: str


SCHEMES: Final = {
    "prometheus": Scheme("http_requests_total", "status", "http_request_duration_seconds_bucket"),
    "otel": Scheme(
        "http_server_request_duration_seconds_count",
        "http_response_status_code",
        "http_server_request_duration_seconds_bucket",
    ),
    "micrometer": Scheme("http_server_requests_seconds_count", "status", "http_server_requests_seconds_bucket"),
}


@dataclass(frozen=True)
class Source:
    """The services that share a scheme."""

    scheme: Scheme
    services: tuple[str, ...]

    def selector(self, *more: str) -> str:
        """The label matchers of their series."""
        return "{" + ", ".join(['job="services"', _service_is(self.services), *more]) + "}"

    def failures(self) -> str:
        """The label matchers of the series of server errors."""
        return self.selector(f'{self.scheme.status}=~"5.."')


@dataclass(frozen=True)
class Group:
    """A file of alert rules."""

    name: str
    rules: list[dict[str, Any]]


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


@dataclass(frozen=True)
class Suite:
    """A file of promtool unit tests."""

    name: str
    rule_files: list[str]
    evaluation_interval: str
    tests: list[dict[str, Any]]


@dataclass(frozen=True)
class Job:
    """A scrape job as it is printed."""

    comment: str
    config: dict[str, Any]


@dataclass(frozen=True)
class Receiver:
    """Who is told at a level, and how urgent PagerDuty takes it."""

    name: str
    urgency: str
    slack: bool
    pagerduty: bool
    email: bool


@dataclass(frozen=True)
class Route:
    """A line of the table of route tests."""

    receivers: str
    labels: str


@dataclass(frozen=True)
class Context:
    """What the templates print."""

    recordings: list[RecordingFile]
    groups: list[Group]
    suites: list[Suite]
    jobs: list[Job]
    email: bool
    quiet: tuple[str, ...]
    receivers: list[Receiver]
    route_tests: list[Route]


# --- facts of the answers -------------------------------------------------------------------------


def _measured(answers: Answers) -> tuple[str, ...]:
    return tuple(s.name for s in answers.services if facts.has_request_metrics(s))


def _scraped(answers: Answers) -> tuple[str, ...]:
    return tuple(s.name for s in facts.long_running(answers) if s.metrics != "none")


def _public(answers: Answers) -> tuple[str, ...]:
    """The public services whose failure Prometheus can see."""
    scraped = _scraped(answers)
    return tuple(s.name for s in facts.public(answers) if s.name in scraped)


def _sources(answers: Answers) -> list[Source]:
    by_scheme = {
        name: tuple(s.name for s in answers.services if facts.has_request_metrics(s) and s.metrics == name)
        for name in SCHEMES
    }
    return [Source(SCHEMES[name], services) for name, services in by_scheme.items() if services]


def _service_is(names: tuple[str, ...]) -> str:
    """A matcher for the label `service`; names are DNS labels, so nothing in them is special in a pattern."""
    return 'service=~"' + "|".join(names) + '"' if len(names) > 1 else f'service="{names[0]}"'


def _number(value: float) -> str:
    return f"{value:.6g}"


def _percent(value: str) -> str:
    """A ratio as Prometheus' `humanizePercentage` prints it."""
    return f"{float(value) * 100:.4g}%"


# --- the alerts and what their data files leave open ----------------------------------------------


def _alert_files(answers: Answers) -> Iterator[str]:
    yield from ("watchdog", "scraping", "self")
    if _scraped(answers):
        yield "availability"
    if _public(answers):
        yield "product"
    if _measured(answers):
        yield from ("requests", "slo")
    if answers.data.database != "none":
        yield f"database-{answers.data.database}"


def _values(answers: Answers) -> dict[str, Any]:
    """What stands for the `<WORDS>` of the data files."""
    p95 = _number(answers.slo.latency_p95_ms / 1000)
    return {
        "PRODUCTION": answers.production,
        "NAMESPACE": facts.namespace(answers),
        "PROJECT": answers.project.name,
        "MEASURED": "|".join(_measured(answers)),
        "ONE": next(iter(_measured(answers)), ""),
        "P95": p95,
        "P95_MS": str(answers.slo.latency_p95_ms),
        "P95_ABOVE": f"{float(p95) + 0.001:.3f}",
        "AVAILABILITY": _number(answers.slo.availability),
        **_burn(answers),
        **_absence(answers),
        **_product(answers),
    }


def _burn(answers: Answers) -> dict[str, str]:
    budget = round((100 - answers.slo.availability) / 100, 9)
    values: dict[str, str] = {}
    for name, (factor, hours) in PAIRS.items():
        threshold = _number(factor * budget)
        floor = _number(1 / budget / (hours * 3600))
        above = _number(factor * budget * 1.02)
        values |= {
            name.upper(): threshold,
            f"{name}_ABOVE".upper(): above,
            f"{name}_PERCENT".upper(): _percent(above),
            f"{name}_FLOOR".upper(): floor,
            f"{name}_QUIET".upper(): _number(float(floor) * 0.99),
        }
    values["FAST_SHORT"] = min(values["FAST"], "0.5", key=float)
    return values


def _absence(answers: Answers) -> dict[str, Any]:
    scraped = _scraped(answers)
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


def _product(answers: Answers) -> dict[str, Any]:
    public = _public(answers)
    ratio, up = 'service:http_errors:ratio_rate5m{{service="{0}"}}', 'up{{job="services", service="{0}"}}'
    rest = [{"series": ratio.format(name), "values": "1x60"} for name in public[1:]]
    return {
        "PUBLIC": "|".join(public),
        "PUBLIC_COUNT": str(len(public)),
        "PUBLIC_FAILING": [{"series": ratio.format(name), "values": "0.51x60"} for name in public],
        "PUBLIC_SILENT": [{"series": up.format(name), "values": "0x60"} for name in public],
        "PUBLIC_UP": rest + [{"series": up.format(name), "values": "1x60"} for name in public[:1]],
        "PUBLIC_HALF": [
            *rest,
            *({"series": ratio.format(name), "values": "0.5x60"} for name in public[:1]),
            *({"series": f'up{{job="other", service="{name}"}}', "values": "0x60"} for name in public),
            # What is not public does not count, however broken it is.
            {"series": ratio.format("internal-one"), "values": "1x60"},
            {"series": up.format("internal-two"), "values": "0x60"},
        ],
    }


def _alerts(answers: Answers) -> Iterator[Alert]:
    values = _values(answers)
    kubernetes = answers.orchestration.platform == "kubernetes"
    for name in _alert_files(answers):
        for alert in load_list(Alert, __file__, f"alerts/{name}.yml", values):
            # Commands that need kubectl are marked `@k8s@`.
            commands = [c.removeprefix("@k8s@ ") for c in alert.diagnose if kubernetes or not c.startswith("@k8s@ ")]
            yield msgspec.structs.replace(alert, diagnose=commands)


# --- printing alerts ------------------------------------------------------------------------------


def _labels(answers: Answers, alert: Alert) -> dict[str, str]:
    # A label is a template to Prometheus; no name of a team needs braces.
    team = re.sub(r"[{}]", "", answers.project.owner).lstrip("@") or answers.project.name
    return {"severity": alert.severity, "team": team, **alert.labels}


def _annotations(answers: Answers, alert: Alert) -> dict[str, str]:
    host, path = ("gitlab.com", "/-/blob/HEAD/") if answers.ci.system == "gitlab-ci" else ("github.com", "/blob/HEAD/")
    base = f"https://{host}/{answers.project.repository}{path}" if answers.project.repository else ""
    return {
        "summary": alert.summary,
        "description": alert.description,
        "runbook_url": f"{base}docs/runbooks/alerts.md#{alert.name.lower()}",
    }


def _rule(answers: Answers, alert: Alert) -> dict[str, Any]:
    rule: dict[str, Any] = {"alert": alert.name, "expr": alert.expr}
    if alert.for_ != "0s":
        rule["for"] = alert.for_
    if alert.keep_firing_for:
        rule["keep_firing_for"] = alert.keep_firing_for
    return rule | {"labels": _labels(answers, alert), "annotations": _annotations(answers, alert)}


def _tests(answers: Answers, alert: Alert) -> Iterator[dict[str, Any]]:
    """The alert's tests; what is the same in every test (severity, team, runbook ...) is filled in."""
    labels = {k: v for k, v in _labels(answers, alert).items() if "{{" not in v}
    annotations = _annotations(answers, alert)
    for test in alert.tests:
        yield {
            "name": f"{alert.name} {test.name}",
            "interval": test.interval,
            "input_series": list(test.input_series),
            "alert_rule_test": [
                {
                    "eval_time": at["eval_time"],
                    "alertname": alert.name,
                    "exp_alerts": [
                        {
                            "exp_labels": labels | expected.get("exp_labels", {}),
                            "exp_annotations": annotations | expected.get("exp_annotations", {}),
                        }
                        for expected in at["exp_alerts"]
                    ],
                }
                for at in test.alert_rule_test
            ],
        } | ({"promql_expr_test": test.promql_expr_test} if test.promql_expr_test else {})


def _silence(alerts: list[Alert]) -> Iterator[dict[str, Any]]:
    """A test that nothing fires without data, for all alerts but those that are about missing data."""
    silent = [a.name for a in alerts if all(t.input_series for t in a.tests)]
    if silent:
        yield {
            "name": "nothing fires without data",
            "interval": "15s",
            "input_series": [],
            "alert_rule_test": [{"eval_time": "2h", "alertname": name, "exp_alerts": []} for name in silent],
        }


def _groups(answers: Answers, alerts: tuple[Alert, ...]) -> tuple[list[Group], list[Suite]]:
    by_group: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_group.setdefault(alert.group, []).append(alert)
    groups = [Group(name, [_rule(answers, a) for a in members]) for name, members in by_group.items()]
    suites = [
        Suite(
            name,
            [f"../rules/{name}.yml"],
            "15s",
            [t for a in members for t in _tests(answers, a)] + list(_silence(members)),
        )
        for name, members in by_group.items()
    ]
    return groups, suites


# --- recording rules ------------------------------------------------------------------------------


def _either(expressions: Iterable[str]) -> str:
    return "\nor\n".join(expressions)


def _record(name: str, expr: str) -> dict[str, Any]:
    return {"record": name, "expr": expr}


def _request_rules(sources: list[Source], by: str, window: str) -> Iterator[dict[str, Any]]:
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


def _recordings(sources: list[Source]) -> list[RecordingFile]:
    if not sources:
        return []
    windows = RecordingGroup(
        "service-windows",
        ("Long windows for the burn of the error budget, made of the 1-minute rates so that they stay cheap.",),
        list(_window_rules()),
    )
    return [RecordingFile("recording", _request_groups(sources)), RecordingFile("recording-windows", [windows])]


def _request_groups(sources: list[Source]) -> list[RecordingGroup]:
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


# --- tests of the recording rules -----------------------------------------------------------------


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


def _outage_case(sources: list[Source], scraped: tuple[str, ...], public: tuple[str, ...]) -> dict[str, Any]:
    """Every request of every service fails: all critical alerts of a service within 5 minutes, none before."""
    series = []
    for source in sources:
        for name in source.services:
            scheme = source.scheme
            labels = f'job="services", service="{name}", version="v1", pod="a"'
            series += [
                {
                    "series": f'{scheme.requests}{{{labels}, {scheme.status}="200"}}',
                    "values": f"0+75x{OUTAGE_BEGINS} {75 * OUTAGE_BEGINS}x40",
                },
                {
                    "series": f'{scheme.requests}{{{labels}, {scheme.status}="500"}}',
                    "values": f"0x{OUTAGE_BEGINS} 75+75x40",
                },
            ]
    series += [
        {"series": f'up{{job="services", service="{name}", pod="a"}}', "values": f"1x{OUTAGE_BEGINS + 40}"}
        for name in scraped
    ]
    services = tuple(name for source in sources for name in source.services)
    firing = 'count by (alertname, service) (ALERTS{alertstate="firing", severity="critical", service!=""})'
    emergency = 'count by (alertname) (ALERTS{alertstate="firing", severity="emergency"})'
    expected = {f'{{alertname="{a}", service="{s}"}}': 1.0 for a in CRITICAL_ON_OUTAGE for s in services}
    whole = {'{alertname="ProductDown"}': 1.0} if set(public) <= set(services) and public else {}
    return _case(
        "all requests fail from 6h30m on: silent before, every critical alert within 5 minutes",
        series,
        [
            _expect(firing, "6h30m", {}),
            _expect(emergency, "6h30m", {}),
            _expect(firing, "6h35m", expected),
            _expect(emergency, "6h35m", whole),
        ],
        "15s",
    )


def _recording_suites(answers: Answers) -> list[Suite]:
    sources, public = _sources(answers), _public(answers)
    if not sources:
        return []
    rules = ["../rules/recording.yml"]
    windows = ["../rules/recording-windows.yml"]
    alerts = ["availability", *(["product"] if public else []), "services", "slo"]
    return [
        Suite("recording", rules, "15s", [case for source in sources for case in _source_cases(source)]),
        Suite("recording-windows", windows, "5m", [_window_case()]),
        Suite(
            "outage",
            rules + windows + [f"../rules/{name}.yml" for name in alerts],
            "15s",
            [_outage_case(sources, _scraped(answers), public)],
        ),
    ]


# --- scraping -------------------------------------------------------------------------------------


def _jobs(parts: Parts) -> list[Job]:
    own = [
        Job("Prometheus itself.", {"job_name": "prometheus", "static_configs": [{"targets": ["localhost:9090"]}]}),
        Job(
            "Every replica of Alertmanager.",
            {
                "job_name": "alertmanager",
                "dns_sd_configs": [{"names": ["alertmanager-peers"], "type": "A", "port": 9093}],
            },
        ),
    ]
    return own + [Job(job.comment, {"job_name": job.name, **job.config}) for job in parts.of(ScrapeJob)]


# --- Alertmanager ---------------------------------------------------------------------------------


def _receivers(answers: Answers) -> list[Receiver]:
    told = {level: facts.told(answers, level) for level in LEVELS}
    return [
        Receiver(
            name=level,
            urgency="warning" if level == "warning" else "critical",
            slack="slack" in channels,
            pagerduty="pagerduty" in channels,
            email="email" in channels,
        )
        for level, channels in told.items()
    ]


def _quiet(answers: Answers) -> tuple[str, ...]:
    """The environments that wake nobody."""
    return answers.environments[:-1]


def _route_tests(answers: Answers) -> list[Route]:
    production = answers.production
    tests = [Route(level, f"severity={level} environment={production} service=api alertname=Any") for level in LEVELS]
    tests += [Route(level, f"severity={level}") for level in LEVELS]
    for environment in _quiet(answers):
        tests += [
            Route("warning", f"severity={level} environment={environment}") for level in ("critical", "emergency")
        ]
        tests.append(Route("heartbeat", f"alertname=Watchdog severity=none environment={environment}"))
    return [
        *tests,
        Route("heartbeat", f"alertname=Watchdog severity=none environment={production}"),
        Route("nobody", f"alertname=Any severity=none environment={production}"),
        Route("warning", "alertname=WithoutSeverity"),
    ]


# --- parts ----------------------------------------------------------------------------------------


def _todo(answers: Answers) -> Iterator[TodoItem]:
    secret = {"SECRET": f"{facts.project(answers)}/ENV/alertmanager"}
    yield from load_list(TodoItem, __file__, "todo.yml", secret, answers.monitoring.channels)
    if any(s.metrics == "micrometer" and facts.has_requests(s) for s in answers.services):
        yield TodoItem(
            id="MICROMETER_HISTOGRAMS",
            severity="recommended",
            file="monitoring/prometheus/rules/recording.yml",
            question="Do the services with Micrometer publish histograms of http.server.requests?",
            how="Set management.metrics.distribution.percentiles-histogram.http.server.requests=true; "
            "without the buckets there is no p95.",
        )


def _verify() -> Iterator[VerifyStep]:
    folder = "monitoring/prometheus"
    yield VerifyStep(
        name="prometheus-config",
        tool="promtool",
        command=f"promtool check config --syntax-only {folder}/prometheus.yml",
        install=INSTALL,
    )
    yield VerifyStep(
        name="prometheus-rules",
        tool="promtool",
        command=f"promtool check rules --lint=all --lint-fatal {folder}/rules/*.yml",
        install=INSTALL,
    )
    yield VerifyStep(
        name="prometheus-tests",
        tool="promtool",
        command=f"promtool test rules {folder}/tests/*_test.yml",
        install=INSTALL,
    )
    yield VerifyStep(
        name="alertmanager", tool="amtool", command="monitoring/alertmanager/tests/check.sh", install=INSTALL
    )


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Alerts with their runbooks, what the user must provide, and how all of it is checked."""
    yield from _alerts(answers)
    yield from _todo(answers)
    yield from _verify()
    yield Area(
        path="monitoring/prometheus",
        purpose="Scrape jobs, recording rules, alerts and the unit tests of every alert",
        rule="After an edit of a rule, edit its test; `promtool test rules monitoring/prometheus/tests/*_test.yml`.",
    )
    yield Area(
        path="monitoring/alertmanager",
        purpose="Who is told of which alert, and when alerts silence others",
        rule="Secrets stand in files only; run `monitoring/alertmanager/tests/check.sh` after an edit.",
    )
    yield Decision(
        topic="Alerting",
        choice="Prometheus and Alertmanager, alerts on symptoms (errors, latency, error budget), causes as warnings",
        why="The rules are files of this repository with unit tests, and every alert has a section in the runbook.",
        costs="Prometheus and Alertmanager must be run, and an outside heartbeat must watch them.",
        instead="Datadog, or the monitoring of the cloud",
    )
    yield DiagramNode(id="prometheus", label="Prometheus", group="operations")
    yield DiagramNode(id="alertmanager", label="Alertmanager", group="operations")
    yield DiagramNode(id="oncall", label=" and ".join(answers.monitoring.channels), group="outside", shape="round")
    yield DiagramEdge(source="prometheus", target="alertmanager", label="alerts")
    yield DiagramEdge(source="alertmanager", target="oncall", label="notifies")
    yield Flow(
        source="alertmanager",
        target=f"{', '.join(answers.monitoring.channels)}, heartbeat",
        port="443, 587" if "email" in answers.monitoring.channels else "443",
        why="notifications and the dead man's switch",
        enforced_by="NetworkPolicy" if answers.orchestration.platform == "kubernetes" else "security group",
    )


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """The view-model."""
    groups, suites = _groups(answers, parts.of(Alert))
    sources = _sources(answers)
    return Context(
        recordings=_recordings(sources),
        groups=groups,
        suites=suites + _recording_suites(answers),
        jobs=_jobs(parts),
        email="email" in answers.monitoring.channels,
        quiet=_quiet(answers),
        receivers=_receivers(answers),
        route_tests=_route_tests(answers),
    )
