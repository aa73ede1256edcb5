"""What a component adds to what is watched."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

import msgspec

from generator.parts.base import Part

EVALUATION_INTERVAL: Final = "15s"
"""Between two evaluations of the rules, in production and in their tests where nothing else is said."""


class ScrapeJob(Part, frozen=True, kw_only=True):
    """A Prometheus scrape job: `config` holds the keys of `scrape_config` other than `job_name`."""

    optional: ClassVar[bool] = True
    name: str
    config: dict[str, Any]
    comment: str = ""


class AlertTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promtool unit test of an alert: series in, alerts out at `eval_time`."""

    name: str
    input_series: list[dict[str, str]]
    alert_rule_test: list[dict[str, Any]]
    interval: str = "15s"
    """Between two samples."""
    evaluation_interval: str = EVALUATION_INTERVAL
    """Between two evaluations of the rules: more than in production where a test lasts for hours and needs no other."""
    promql_expr_test: list[dict[str, Any]] = []


class Alert(Part, frozen=True, kw_only=True):
    """An alert rule with its unit tests and its runbook section."""

    optional: ClassVar[bool] = True
    name: str
    group: str
    """The rule group and the file `rules/<group>.yml`."""
    expr: str
    severity: Literal["warning", "critical", "emergency", "none"]
    summary: str
    description: str
    for_: str = msgspec.field(name="for", default="0s")
    keep_firing_for: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    tests: list[AlertTest] = msgspec.field(default_factory=list)
    meaning: str = ""
    """Runbook: what it means for users."""
    diagnose: list[str] = msgspec.field(default_factory=list)
    """Runbook: commands to find the cause, each a line of shell; those of one platform are its `Diagnosis`."""
    session: list[str] = msgspec.field(default_factory=list)
    """Runbook: commands of the database's client, which the platform runs in a session on the database."""
    act: list[str] = msgspec.field(default_factory=list)
    """Runbook: what to do, one sentence each."""

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.group, self.name)


class Diagnosis(Part, frozen=True, kw_only=True):
    """What a platform adds to the runbook section of an alert that holds on every platform; after what the alert has.

    One of an alert that these answers do not call for is left out.
    """

    optional: ClassVar[bool] = True
    alert: str
    diagnose: list[str] = msgspec.field(default_factory=list)
    act: list[str] = msgspec.field(default_factory=list)


class AlertException(Part, frozen=True, kw_only=True):
    """When an alert that holds on every platform does not fire on this one, with the tests of that.

    One of an alert that these answers do not call for is left out.
    """

    optional: ClassVar[bool] = True
    alert: str
    unless: str
    """An expression by `service`."""
    tests: list[AlertTest] = msgspec.field(default_factory=list)


class RollbackWorkflow(Part, frozen=True, kw_only=True):
    """How one person goes back at night, without a role that may release: a command, `$ENVIRONMENT` being where."""

    command: str


class UnwatchedSeries(Part, frozen=True, kw_only=True):
    """Series of a scrape job that tell nobody anything: dropped where their labels, joined by `;`, fit the pattern."""

    optional: ClassVar[bool] = True
    job: str
    labels: tuple[str, ...]
    pattern: str

    @property
    def key(self) -> str:
        return f"{self.job}/{';'.join(self.labels)}"


class FiringAlerts(Part, frozen=True, kw_only=True):
    """How a shell asks which alerts fire: a command that prints what `/api/v1/alerts` of Prometheus answers."""

    command: str


class DatabaseSession(Part, frozen=True, kw_only=True):
    """What stands before a command of the database's client, so that it runs in a session on the database."""

    optional: ClassVar[bool] = True
    command: str


class PrometheusSection(Part, frozen=True, kw_only=True):
    """A section of `prometheus.yml` that depends on where Prometheus runs: `alerting`, `remote_write`."""

    optional: ClassVar[bool] = True
    name: str
    config: Any
    comment: str = ""
