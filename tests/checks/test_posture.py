"""What the rules of posture share: how bad it is here and elsewhere, and how quantities are read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from generator.checks import RULES
from generator.checks.models.ours import is_ours
from generator.checks.models.quantity import quantity
from generator.checks.source import Sources
from generator.finding import Finding, Severity
from generator.tree import File, Tree
from tests.checks.cases import Case, cases
from tests.support.judge import judge

ERROR, WARNING = Severity.ERROR, Severity.WARNING
SURE = (
    "action-pin",
    "credentials-time",
    "crossed-target",
    "dockerfile-entrypoint",
    "iam-trust",
    "kustomize-patch-path",
    "pod-resources",
    "role-resource",
    "role-rights",
    "rollout-deadline",
    "shell-shebang",
    "strategy-steps",
    "target-group-times",
    "task-hardening",
    "terraform-public",
    "terraform-state",
    "tls-policy",
    "workflow-call",
    "workflow-injection",
    "workflow-job-permission",
    "workflow-matrix",
    "workflow-outcome",
    "workflow-trigger",
)
"""Rules of posture that in any repository know also what fails, or is open to strangers: those are errors everywhere."""
RISKS = (
    "alarm-actions",
    "alert-severity",
    "checkout-credentials",
    "compose-exposed",
    "compose-privileges",
    "disruption-budget",
    "dockerfile-secret",
    "dockerfile-user",
    "ecs-service",
    "exception-reason",
    "iam-boundary",
    "iam-wildcard",
    "image-digest",
    "image-tag",
    "instance-metadata",
    "job-limit",
    "lock-file",
    "network-address",
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
    "registry-settings",
    "repository-settings",
    "role-wildcard",
    "rollout-availability",
    "service-exposed",
    "shell-strict",
    "terraform-audit-log",
    "terraform-availability",
    "terraform-backup",
    "terraform-deletion",
    "terraform-encryption",
    "terraform-secret",
    "workflow-cancel",
    "workflow-concurrency",
    "workflow-ignored-failure",
    "workflow-permissions",
    "workflow-shell",
    "workflow-timeout",
)
"""The others: what they say may be meant by somebody else, so that it is a warning, and is none of what we generate."""
UNSEEN = {
    "alert-label",
    "analysis-condition",
    "autoscaler-bounds",
    "chart-kinds",
    "cloudwatch-metric",
    "codeowners-path",
    "compose-path",
    "config-reference",
    "environment-list",
    "kubernetes-selector",
    "kustomize-deleted",
    "kustomize-orphan",
    "make-target",
    "namespace-reference",
    "network-policy-egress",
    "network-policy-port",
    "page-path",
    "pin",
    "probe-port",
    "prometheus-config",
    "quota",
    "recording-labels",
    "recording-rule",
    "rule-loaded",
    "scale-target",
    "scrape-target",
    "script-call",
    "service-address",
    "service-port",
    "shell-variable",
    "state-metrics",
    "task-definition",
    "terraform-file",
    "terraform-owned",
    "workflow-artifact",
    "workflow-paths",
}
"""Rules about what may be of something that the tree does not show: ours shows all of it. What they say else is meant by
some, in ours, too."""


known = cache(cases)


@cache
def said(rule: str) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What a rule says of its cases in a repository of ours, and in one of somebody else."""
    of_rule = [case for case in known() if case.rule == rule]
    ours = (judge(_ours(case), [rule]).findings for case in of_rule)
    theirs = (judge(case.sources, [rule]).findings for case in of_rule if not is_ours(case.sources))
    return tuple(one for found in ours for one in found), tuple(one for found in theirs for one in found)


def _ours(case: Case) -> Sources:
    return Sources(Tree({".agency/scaffold/todo.yml": File(b"items: []\n"), **case.files}), unread=case.unread)


@pytest.mark.parametrize("rule", [*SURE, *RISKS])
def test_what_we_promise_is_an_error_in_ours_and_may_be_meant_elsewhere(rule: str) -> None:
    ours, theirs = said(rule)
    assert {one.severity for one in ours} == {ERROR}
    assert {one.severity for one in theirs} == ({ERROR, WARNING} if rule in SURE else {WARNING})


def test_every_rule_that_is_stricter_with_ours_is_listed() -> None:
    assert {rule for rule in RULES if any(_stricter(rule))} == {*SURE, *RISKS, *UNSEEN}


def _stricter(rule: str) -> Iterator[bool]:
    ours, theirs = said(rule)
    bad = {(one.path, one.line, one.column, one.message) for one in ours if one.severity is ERROR}
    return (one.severity is WARNING and (one.path, one.line, one.column, one.message) in bad for one in theirs)


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", 0.5), (".5", 0.5), ("2", 2), ("1k", 1000), ("1Ki", 1024), ("2Mi", 2 * 1024**2), ("2G", 2 * 1000**3)],
)
def test_a_quantity_is_a_number(text: str, number: float) -> None:
    assert quantity(text) == number


@pytest.mark.parametrize("text", ["", "many", "1 Gi", "-1", "1Qi", "${CPU}"])
def test_anything_else_is_none(text: str) -> None:
    assert quantity(text) is None
