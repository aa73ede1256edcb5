"""Every alert of the cases of each platform has its unit tests: it fires, is silent just before, while all is well, and without data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import generated

FOLDER = "monitoring/prometheus/"
ALWAYS = {"Watchdog"}
"""Fires whatever the data is."""
JUST_BEFORE = 90
"""Seconds between the last silent moment of a test and the first that fires."""

ECS = generated.TEMPLATES / "prometheus-ecs/tests/cases"
CASES = [
    *(generated.CASES / f"{name}.yml" for name in ("example", "minimal", "wide")),
    generated.TEMPLATES / "k8s/tests/cases/jobs.yml",
    generated.TEMPLATES / "prometheus-k8s/tests/cases/rollouts.yml",
    *(ECS / f"{name}.yml" for name in ("ecs", "ecs-minimal", "ecs-mysql")),
    generated.TEMPLATES / "ecs-jobs/tests/cases/jobs.yml",
]

pytestmark = pytest.mark.parametrize("case", CASES, ids=generated.case_id)


@cache
def files(case: Path) -> dict[str, Any]:
    tree = generated.made_by(case, "prometheus")
    return {
        path.removeprefix(FOLDER): yaml.load(file.content, yaml.CSafeLoader)
        for path, file in tree.items()
        if path.startswith(FOLDER) and path.endswith(".yml")
    }


def alerts(case: Path) -> dict[str, dict[str, Any]]:
    """The rules of all alerts, by name."""
    return {
        rule["alert"]: rule
        for path, content in files(case).items()
        if path.startswith("rules/")
        for group in content["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


UNREACHABLE = {"ServiceDown", "ServiceAbsent", "ServiceUnreachable", "ServiceWithoutReplica"} | {
    "ServiceWithoutTask",
    "NoHealthyTarget",
    "TargetsUnhealthy",
}
"""The alerts of all platforms that fire while a service cannot be reached."""


def test_planned_work_silences_alerts_that_there_are(case: Path) -> None:
    page = generated.tree(case)["docs/runbooks/incident-response.md"].text
    (named,) = re.findall(r"scripts/silence\.sh \S+ 'alertname=~([^']+)'", page)
    assert set(named.split("|")) == UNREACHABLE & set(alerts(case))


def test_the_query_that_shows_how_to_ask_has_an_answer(case: Path) -> None:
    page = generated.tree(case)["docs/infrastructure/monitoring.md"].text
    recorded = {
        rule["record"]
        for path, content in files(case).items()
        if path.startswith("rules/")
        for group in content["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    for query in re.findall(r"scripts/metrics\.sh --environment \S+ '?([a-z_:0-9]+)", page):
        assert query in recorded | {"up"}


def rows(case: Path, alert: str) -> Iterator[tuple[dict[str, Any], list[tuple[int, int]]]]:
    """Each unit test about the alert, with (second, how many are expected to fire) of its rows."""
    for path, content in files(case).items():
        if path.startswith("tests/"):
            for test in content["tests"]:
                found = [
                    (seconds(row["eval_time"]), len(row["exp_alerts"]))
                    for row in test.get("alert_rule_test", [])
                    if row["alertname"] == alert
                ]
                if found:
                    yield test, sorted(found)


def seconds(duration: str) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhd])", str(duration)))


def things(test: dict[str, Any]) -> int:
    """How many different sets of labels the data of a test has, whatever the series are called."""
    return len({one["series"].partition("{")[2] for one in test["input_series"]})


def judged(case: Path) -> Iterator[tuple[str, list[tuple[dict[str, Any], list[tuple[int, int]]]], int]]:
    found = alerts(case)
    assert len(found) >= 15
    for name, rule in found.items():
        if name not in ALWAYS:
            yield name, list(rows(case, name)), seconds(rule.get("for", "0s"))


def test_fires_and_is_silent_just_before(case: Path) -> None:
    wrong = []
    for name, tests, _ in judged(case):
        firsts = []
        for _, found in tests:
            first = next((at for at, count in found if count), None)
            if first is not None:
                silent = [at for at, count in found if not count and at < first]
                firsts.append(bool(silent) and first - max(silent) <= JUST_BEFORE)
        if not any(firsts):
            wrong.append(name)
    assert not wrong, "no test has it fire, and silent just before"


def test_is_silent_while_all_is_well(case: Path) -> None:
    wrong = []
    for name, tests, wait in judged(case):
        beside = any(count and things(test) > count for test, found in tests for _, count in found)
        only = any(
            test["input_series"] and not any(count for _, count in found) and found[-1][0] >= wait
            for test, found in tests
        )
        if not beside and not only:
            wrong.append(name)
    assert not wrong, "no test has data for which it stays silent, once its time has passed"


def test_what_no_data_means_is_tested(case: Path) -> None:
    """Either nothing fires without data, or that is what the alert is about and a test of its own says so."""
    wrong = []
    for name, tests, wait in judged(case):
        empty = [found for test, found in tests if not test["input_series"]]
        if not any(found[-1][0] >= wait for found in empty):
            wrong.append(name)
    assert not wrong, "no test shows what it does without data"
