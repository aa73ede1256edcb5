"""Two sides: what comes up on one, who is led there, and what tells that a release was left half-way."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts, shifts
from generator.checks.models import kubernetes_schema as schemas
from generator.tree import File, Tree
from tests.support import generated
from tests.support import judge as rules

CASES = {
    name: generated.TEMPLATES / path
    for name, path in {
        "blue-green": "k8s-blue-green/tests/cases/alone.yml",
        "canary": "k8s-canary/tests/cases/services.yml",
    }.items()
}
SIDE, NAME = "agency-scaffold/side", "app.kubernetes.io/name"
DRIVER = """
set -Eeuo pipefail
source scripts/lib/common.sh
source scripts/lib/deploying.sh
# The last is production.
ENVIRONMENT="${RELEASE_ENVIRONMENTS##* }"
make_work
for service in $(all_services); do echo "$service sha256:$(printf '%064d' 2)"; done >"$WORK/images"
platform_render "$ENVIRONMENT" v2
echo '{"items": []}' >"$WORK/deployments.json"
echo '{"items": []}' >"$WORK/pods.json"
# Nothing is asked of a cluster: green serves, and this release comes up as blue.
snapshot() { :; }
choose_sides() { STABLE=green OTHER=blue; }
strategy_files "$WORK/new" >"$WORK/files"
jq --slurp . "$WORK/workloads.json" >"$OUT/workloads.json"
jq --slurp . "$WORK/traffic.json" >"$OUT/traffic.json"
leading "$WORK/new" green blue 20 | jq --slurp . >"$OUT/step.json"
for side in blue green plain; do
  placed "$WORK/new" "$side" Deployment PodDisruptionBudget HorizontalPodAutoscaler CronJob
  leading "$WORK/new" "$side"
  leading "$WORK/new" "$side" green 20
done | jq --slurp . >"$OUT/all.json"
"""
"""A release up to what it would apply: its workloads, what leads to them alone, and what leads a fifth of the users there; and
all that is ever made of its objects."""
Objects = list[dict[str, Any]]

pytestmark = [pytest.mark.tool("kubectl"), pytest.mark.tool("promtool")]


@cache
def applied(root: Path) -> dict[str, Objects]:
    """What a release would apply, as the scripts of the repository make it."""
    out = root.parent / f"{root.name}-applied"
    out.mkdir()
    known = {
        "REGISTRY": "444455556666.dkr.ecr.us-east-1.amazonaws.com",
        "DATABASE_HOST": "database.internal",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "shop",
        "DATABASE_SECRET": "arn:aws:secretsmanager:us-east-1:111122223333:secret:database",
    }
    done = subprocess.run(
        ["bash", "-c", DRIVER],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(out), "TMPDIR": str(out), "OUT": str(out)} | known,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"release: {done.stderr}"
    return {name: json.loads((out / f"{name}.json").read_text()) for name in ("workloads", "traffic", "step", "all")}


def of_kind(objects: Objects, kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def check_side(root: Path, running: list[str]) -> None:
    """Every object of a side has its name, its label, and selects or scales the pods of that side alone."""
    found = applied(root)
    deployments = of_kind(found["workloads"], "Deployment")
    assert deployments.keys() == {f"{name}-blue" for name in running}, "side: Deployments by name"
    for one in deployments.values():
        pods = one["spec"]["template"]["metadata"]["labels"]
        assert one["metadata"]["labels"].get(SIDE) == "blue", "side: label of a Deployment"
        assert pods.get(SIDE) == "blue", "side: label of pods"
        assert one["spec"]["selector"]["matchLabels"] == {NAME: pods[NAME], SIDE: "blue"}, "side: selector"
    scalers = of_kind(found["workloads"], "HorizontalPodAutoscaler")
    assert {n: one["spec"]["scaleTargetRef"]["name"] for n, one in scalers.items()} == {
        name: name for name in deployments
    }, "side: what is scaled"
    budgets = of_kind(found["workloads"], "PodDisruptionBudget")
    assert budgets.keys() == deployments.keys(), "side: budgets by name"
    for one in budgets.values():
        assert one["spec"]["selector"]["matchLabels"].get(SIDE) == "blue", "side: selector of a budget"


def check_ways(root: Path, running: list[str]) -> None:
    """A Service for each side beside each service's own, and routes that name all three by weight."""
    found = applied(root)
    for name, of_blue in (("traffic", 100), ("step", 20)):
        services = of_kind(found[name], "Service")
        assert services.keys() == {one + end for one in running for end in ("", "-blue", "-green")}, "ways: Services"
        for service in running:
            for side in shifts.SIDES:
                assert services[f"{service}-{side}"]["spec"]["selector"] == {NAME: service, SIDE: side}, (
                    "ways: a Service of a side"
                )
        for route in of_kind(found[name], "HTTPRoute").values():
            for rule in route["spec"]["rules"]:
                weights = {one["name"]: one["weight"] for one in rule.get("backendRefs", ())}
                service = min(weights, key=len)
                expected = {service: 0, f"{service}-blue": of_blue, f"{service}-green": 100 - of_blue}
                assert weights == expected, "ways: weights of a route"
        groups = of_kind(found[name], "TargetGroupConfiguration")
        assert {one["spec"]["targetReference"]["name"] for one in groups.values()} == groups.keys(), (
            "ways: target groups"
        )
        assert len(groups) % 3 == 0, "ways: target groups of the sides"
    # What no route names has its own Service alone, which turns when everybody does.
    routed = {one.rpartition("-")[0] for one in _backends(found["step"]) if one.endswith("-blue")}
    for service, selected in _selected(found["traffic"]).items():
        assert service not in running or selected == "blue", "ways: the Service itself"
    for service, selected in _selected(found["step"]).items():
        if service in running:
            assert selected == ("green" if service in routed else None), "ways: the Service itself during a step"


def _backends(objects: Objects) -> set[str]:
    routes = of_kind(objects, "HTTPRoute").values()
    return {one["name"] for route in routes for rule in route["spec"]["rules"] for one in rule.get("backendRefs", ())}


def _selected(objects: Objects) -> dict[str, str | None]:
    return {name: one["spec"]["selector"].get(SIDE) for name, one in of_kind(objects, "Service").items()}


def check_schema(root: Path) -> None:
    """The API server, which judges strictly, takes each object on each side: what the scripts make of the manifests, too."""
    every = applied(root)["all"]
    types = {f"{one['apiVersion']}/{one['kind']}" for one in every}
    assert {one.rpartition("/")[2] for one in types} >= {
        "Deployment", "HorizontalPodAutoscaler", "HTTPRoute", "PodDisruptionBudget", "Service", "TargetGroupConfiguration",
    }, "schema: kinds"  # fmt: skip
    assert all(schemas.custom(one) for one in types if "." in one), f"schema: of {types} one is not recorded"
    files = {
        "agency-scaffold.yml": (root / "agency-scaffold.yml").read_text(),
        "applied.yaml": "\n---\n".join(map(json.dumps, every)),
    }
    report = rules.judge(Tree({path: File(text.encode()) for path, text in files.items()}), ["kubernetes-schema"])
    assert not report.findings, f"schema: {sorted({one.message for one in report.findings})}"


def check_right(root: Path, ports: dict[str, int]) -> None:
    """The Service of each side may be asked, and no other."""
    text = (root / "infrastructure/kubernetes/access/role.yaml").read_text()
    rules = next(yaml.safe_load_all(text))["rules"]
    named = [name for rule in rules if "services/proxy" in rule["resources"] for name in rule["resourceNames"]]
    assert named == [f"http:{n}-{side}:{port}" for n, port in ports.items() for side in shifts.SIDES], "right: proxy"


def check_alert(root: Path) -> None:
    """The unit tests of the alert hold; those of the rest of its group take long."""
    tests = root / "monitoring/prometheus/tests"
    every = {path.name: yaml.safe_load(path.read_text()) for path in sorted(tests.glob("kubernetes*_test.yml"))}
    count = 0
    for name, one in every.items():
        one["tests"] = [test for test in one["tests"] if "ReleaseLeftHalfWay" in json.dumps(test)]
        count += len(one["tests"])
        (tests / f"only-{name}").write_text(yaml.safe_dump(one))
    assert count, "alert: it has no test"
    done = subprocess.run(
        ["promtool", "test", "rules", *(f"only-{name}" for name in every if every[name]["tests"])],
        cwd=tests,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"alert: {done.stdout}{done.stderr}"


def judge(case: Path, root: Path) -> None:
    answers = generated.answers(case)
    running = facts.long_running(answers)
    check_right(root, {s.name: s.port for s in running})
    check_side(root, [s.name for s in running])
    check_ways(root, [s.name for s in running])
    check_schema(root)
    check_alert(root)


def judge_production(root: Path) -> None:
    """What tests/removals.yml calls `test`, on the repository of the canary."""
    judge(CASES["canary"], root)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_release_applies_is_whole(case: Path, tmp_path: Path) -> None:
    judge(case, generated.write(generated.tree(case), tmp_path / "repository"))


def test_a_job_has_no_side(tmp_path: Path) -> None:
    root = generated.write(generated.tree(CASES["canary"]), tmp_path / "repository")
    jobs = of_kind(applied(root)["workloads"], "CronJob")
    assert list(jobs) == ["report"]
    assert not re.search(SIDE, json.dumps(jobs))
