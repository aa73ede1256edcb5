"""What runbooks say of time is what the scripts compute from what runs."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator import rollouts, times
from generator.answers import Answers
from generator.plan import plan
from generator.render import render
from generator.served import settle
from generator.tree import Tree
from tests.support import generated

RUNNING = {"web": True, "api": False}
"""The services, and whether a route names them."""


WAYS = [
    (*platform, strategy)
    for platform in (("kubernetes", "native"), ("kubernetes", "argo-rollouts"), ("ecs", "native"))
    for strategy in ("rolling", "blue-green", "canary")
]
BY_WAY = pytest.mark.parametrize("way", WAYS, ids="-".join)


@cache
def made(way: tuple[str, str, str]) -> tuple[Answers, Tree]:
    """Answers with a minute of watching, and all that is made of them."""
    platform, delivery, strategy = way
    services = [{"name": name, "public": public} for name, public in RUNNING.items()]
    orchestration = {"platform": platform, "delivery": delivery}
    data = {"project": {"name": "shop"}, "services": services, "orchestration": orchestration}
    answers = settle(data | {"deployment": {"strategy": strategy, "bake_minutes": 1}})[0]
    return answers, render(plan(answers)).tree


def deployment(name: str, replicas: int, side: str = "") -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": name} | ({"agency-scaffold/side": side} if side else {})
    spec = {
        "replicas": replicas,
        "progressDeadlineSeconds": 300,
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
    }
    return {"kind": "Deployment", "metadata": {"name": name + side, "labels": labels}, "spec": spec}


def rollout(answers: Answers, name: str, replicas: int, under_way: bool) -> dict[str, Any]:
    service = next(s for s in answers.services if s.name == name)
    canary: dict[str, Any] = {"maxSurge": "25%"}
    if rollouts.weighted(answers, service):
        canary["trafficRouting"] = {}
    turns = rollouts.blue_green(answers, service)
    return {
        "kind": "Rollout",
        "metadata": {"name": name, "generation": 1, "labels": {"app.kubernetes.io/name": name}},
        "spec": {"replicas": replicas, "strategy": {"blueGreen": {}} if turns else {"canary": canary}},
        "status": {
            "observedGeneration": "1",
            "phase": "Healthy",
            "stableRS": "a",
            "currentPodHash": "b" if under_way else "a",
        },
    }


def snapshot(answers: Answers, replicas: int, under_way: bool) -> dict[str, Any]:
    """What a script has read of so many replicas, by the name of its file."""
    if answers.orchestration.platform == "ecs":
        shifting = answers.deployment.strategy != "rolling"
        settings = {"strategy": "BLUE_GREEN" if shifting else "ROLLING", "maximumPercent": 200}
        services = [{"serviceName": n, "desiredCount": replicas, "deploymentConfiguration": settings} for n in RUNNING]
        side = {"status": "IN_PROGRESS" if under_way else "SUCCESSFUL", "first": False}
        return {"services": {"services": services}, "sides": dict.fromkeys(RUNNING, side)}
    if rollouts.controlled(answers):
        return {"deployments": {"items": [rollout(answers, n, replicas, under_way) for n in RUNNING]}}
    sides = ("",) if answers.deployment.strategy == "rolling" else ("blue", "green")[: 1 + under_way]
    return {"deployments": {"items": [deployment(n, replicas, side) for n in RUNNING for side in sides]}}


def computed(tree: Tree, folder: Path, states: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """What the scripts say of each state: the usual seconds, and after how many they give up."""
    root = generated.write(tree, folder / "shop")
    lines = [f"source scripts/lib/{name}.sh" for name in ("common", "release", "lock", "strategy")]
    for number, state in enumerate(states):
        work = folder / str(number)
        work.mkdir()
        for name, value in state.items():
            (work / f"{name}.json").write_text(json.dumps(value))
        lines.append(f"WORK={work}; echo $(strategy_undo_seconds) $(strategy_limit_seconds)")
    script = "\n".join(("set -eu", *lines))
    done = subprocess.run(["bash"], input=script, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [(int(a), int(b)) for a, b in map(str.split, done.stdout.splitlines())]


@BY_WAY
def test_going_back_takes_what_the_scripts_say(way: tuple[str, str, str], tmp_path: Path) -> None:
    answers, tree = made(way)
    sizes = range(answers.scaling.min, answers.scaling.max + 1)
    states = [snapshot(answers, size, under_way) for under_way in (True, False) for size in sizes]
    found = computed(tree, tmp_path, states)
    took = times.back(answers)
    assert max(usual for usual, _ in found[: len(sizes)]) == took.led
    assert max(usual for usual, _ in found[len(sizes) :]) == took.anew
    health = (tmp_path / "shop/scripts/lib/health.sh").read_text()
    answering = int(re.findall(r"HEALTHY_SECONDS:-(\d+)", health)[0])
    assert max(limit for _, limit in found[len(sizes) :]) + answering == took.limit


@BY_WAY
def test_the_pages_say_the_same_and_of_these_answers(way: tuple[str, str, str]) -> None:
    answers, tree = made(way)
    runbook = tree["docs/runbooks/deployment.md"].text
    monitoring = tree["docs/infrastructure/monitoring.md"].text
    decisions = tree[".agency/decisions/infrastructure.md"].text
    least = answers.deployment.bake_minutes + (answers.deployment.canary_minutes if "canary" in way else 0)
    assert times.release_minutes(answers) > least
    took = f"about {times.release_minutes(answers)} minutes"
    assert took in runbook
    assert f"| A release, from approval to verdict | {took} |" in monitoring
    assert runbook.count(times.back_words(answers)) == 2, "what a release does, and Go back"
    assert times.cost_words(answers) in decisions
    assert "The first release has nothing to go back to" in times.cost_words(answers)
    for page in (runbook, monitoring, decisions):
        assert not re.search(r"\b1 minutes\b", page)


def test_a_single_environment_has_none_before_it() -> None:
    answers = settle({"project": {"name": "solo"}, "services": [{"name": "web"}], "environments": ["live"]})[0]
    assert "reaches" not in times.cost_words(answers)
    three = settle({"project": {"name": "solo"}, "services": [{"name": "web"}]})[0]
    assert f"reaches prod {2 * times.release_minutes(three)} minutes" in times.cost_words(three)
