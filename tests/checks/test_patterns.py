"""Patterns that people wrote are matched in bounded time, or not at all."""

from __future__ import annotations

import pytest

from generator.checks import RULES
from generator.checks.formats.patterns import fits
from generator.checks.run import run
from generator.tree import File, Tree

LONG = "a" * 50 + "b"


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("web|api", "api", True), ("web|api", "apis", False), (".*-db", "shop-db", True), ("we[b]", "web", True),
        ("a.b", "a.b", True), ("(", "(", True), ("(", "x", None), ("(a+)+$", LONG, None), ("(a|aa)+$", LONG, None),
        (r"(a)\1", "aa", None), ("(?=a)a", "a", None), ("a*a*a*a*c", LONG, None), (".*.*.*c", LONG, False), ("x" * 201, "x", None),
        ("a", "a" * 301, None), ("[z-a]", "z", None),
    ],
)  # fmt: skip
def test_a_pattern_fits_or_not_or_nobody_can_tell(pattern: str, text: str, found: bool | None) -> None:
    assert fits(pattern, text) is found


@pytest.mark.parametrize("pattern", ["(a+)+$", "(", "a*a*a*a*a*a*$"])
def test_no_rule_hangs_or_breaks_at_what_a_patch_is_for(pattern: str) -> None:
    files = {
        "kustomization.yaml": f"resources: [a.yaml]\npatches: [{{target: {{kind: ConfigMap, name: '{pattern}'}}, patch: '[]'}}]\n",
        "a.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {LONG}}}\n---\napiVersion: external-secrets.io/v1\n"
        "kind: ExternalSecret\nmetadata: {name: a}\nspec: {data: [{secretKey: a, remoteRef: {key: b}}]}\n",
        "alertmanager.yml": f"route: {{receiver: a, routes: [{{matchers: [\"alertname=~'{pattern}'\"]}}]}}\nreceivers: [{{name: a}}]\n",
        "rules/a.yml": f"groups: [{{name: a, rules: [{{alert: {LONG}, expr: up}}]}}]\n",
    }
    verdict = run(Tree({path: File(text.encode()) for path, text in files.items()}), RULES, edited=True)
    assert [check.reason for check in verdict.checks if "could not judge" in check.reason] == []
