"""Rule files and their unit tests, of the alerts of all components."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from generator.component import Answers
from generator.parts import EVALUATION_INTERVAL, Alert, AlertException, AlertTest


@dataclass(frozen=True)
class Group:
    """A file of alert rules."""

    name: str
    rules: list[dict[str, Any]]


@dataclass(frozen=True)
class Suite:
    """A file of promtool unit tests."""

    name: str
    rule_files: list[str]
    tests: list[dict[str, Any]]
    evaluation_interval: str = EVALUATION_INTERVAL
    group_eval_order: tuple[str, ...] = ()
    """In which order promtool evaluates groups of rules; it follows none where nothing is said."""


def excepted(alerts: Iterable[Alert], exceptions: Iterable[AlertException]) -> Iterator[Alert]:
    """The alerts with what the platform excepts from them."""
    known = {one.alert: one for one in exceptions}
    for alert in alerts:
        one = known.get(alert.name)
        if one is None:
            yield alert
        else:
            expr = f"(\n{alert.expr}\n)\nunless on (service)\n{one.unless}"
            yield msgspec.structs.replace(alert, expr=expr, tests=[*alert.tests, *one.tests])


def rule_files(answers: Answers, alerts: Iterable[Alert]) -> tuple[list[Group], list[Suite]]:
    """A file of rules for each group, and a file of tests for each group and interval of evaluation."""
    by_group: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_group.setdefault(alert.group, []).append(alert)
    groups = [Group(name, [_rule(answers, a) for a in members]) for name, members in by_group.items()]
    return groups, [suite for name, members in by_group.items() for suite in _suites(answers, name, members)]


def _suites(answers: Answers, group: str, members: list[Alert]) -> Iterator[Suite]:
    """promtool has one interval of evaluation for a whole file."""
    rules = [f"../rules/{group}.yml"]
    tests = [(alert, test) for alert in members for test in alert.tests]
    usual = [_test(answers, *one) for one in tests if one[1].evaluation_interval == EVALUATION_INTERVAL]
    yield Suite(group, rules, [*usual, *_silence(members)])
    for interval in sorted({test.evaluation_interval for _, test in tests} - {EVALUATION_INTERVAL}):
        rare = [_test(answers, *one) for one in tests if one[1].evaluation_interval == interval]
        yield Suite(f"{group}-{interval}", rules, rare, interval)


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


def _test(answers: Answers, alert: Alert, test: AlertTest) -> dict[str, Any]:
    """A test of the alert; what is the same in every test (severity, team, runbook ...) is filled in."""
    labels = {k: v for k, v in _labels(answers, alert).items() if "{{" not in v}
    annotations = _annotations(answers, alert)
    return {
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
