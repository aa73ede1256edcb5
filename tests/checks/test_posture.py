"""What the rules of posture share: which of them are sure, and how quantities are read."""

from __future__ import annotations

import pytest

from generator.checks.models.quantity import quantity
from generator.finding import Severity
from tests.checks.cases import cases
from tests.support.judge import judge

SURE = {
    "action-pin": "part of a commit",
    "pod-grace": "is killed after",
    "pod-resources": "its limit is",
    "required-check": "",
    "rollout-deadlock": "",
    "task-hardening": "which Fargate refuses",
    "workflow-injection": "github.event.",
    "workflow-job-permission": "needs",
    "workflow-trigger": "with rights of this repository",
}
"""Rules that speak of what fails or is open to strangers, and what only such messages have in them."""
RISKS = (
    "checkout-credentials",
    "compose-exposed",
    "compose-privileges",
    "disruption-budget",
    "image-digest",
    "image-tag",
    "job-limit",
    "lock-file",
    "network-policy-metadata",
    "network-policy-missing",
    "pod-file-system",
    "pod-host",
    "pod-privileges",
    "pod-probes",
    "pod-root",
    "pod-security",
    "pod-token",
    "production-approval",
    "repository-settings",
    "role-wildcard",
    "rollout-availability",
    "service-exposed",
    "workflow-cancel",
    "workflow-concurrency",
    "workflow-ignored-failure",
    "workflow-permissions",
    "workflow-shell",
    "workflow-timeout",
)
"""Rules about habits and hardening: in a repository of somebody else nothing of it is an error."""


@pytest.mark.parametrize("rule", [*SURE, *RISKS])
def test_only_what_fails_or_is_open_is_an_error(rule: str) -> None:
    found = [finding for case in cases() if case.rule == rule for finding in judge(case.sources, [rule]).findings]
    sure = [one.message for one in found if one.severity is Severity.ERROR]
    assert bool(sure) == (rule in SURE)
    expected = [one.message for one in found if rule in SURE and SURE[rule] in one.message]
    assert sure == [message for message in expected if "in a private repository" not in message]


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", 0.5), (".5", 0.5), ("2", 2), ("1k", 1000), ("1Ki", 1024), ("2Mi", 2 * 1024**2), ("2G", 2 * 1000**3)],
)
def test_a_quantity_is_a_number(text: str, number: float) -> None:
    assert quantity(text) == number


@pytest.mark.parametrize("text", ["", "many", "1 Gi", "-1", "1Qi", "${CPU}"])
def test_anything_else_is_none(text: str) -> None:
    assert quantity(text) is None
