"""What pages and help say of a release holds for its strategy: times as the scripts compute them, commands that fit."""

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
from generator.answers.upheavals import upheavals
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


@BY_WAY
def test_the_scripts_help_tells_the_strategy_and_its_times(way: tuple[str, str, str], tmp_path: Path) -> None:
    answers, tree = made(way)
    root = generated.write(tree, tmp_path / "shop")
    told = {}
    for script in ("deploy", "rollback", "health-check"):
        done = subprocess.run([root / f"scripts/{script}.sh", "--help"], capture_output=True, text=True, check=True)
        told[script] = " ".join(done.stdout.split())
    assert times.way_words(answers) in told["deploy"]
    assert all(f"{step} %" in told["deploy"] for step in answers.deployment.canary_steps[:-1] if "canary" in way)
    assert times.back_words(answers) in told["rollback"]
    # Words of one strategy, or of one kind of workload, that were the same by each.
    assert "than shifting traffic" not in told["rollback"]
    assert "Deployment" not in told["health-check"]


def goes_on(platform: str, delivery: str, strategy: str) -> str:
    """What becomes of a release that nobody follows any more."""
    if platform == "ecs":
        return "ECS goes on with what it was told, whoever watches"
    if delivery == "argo-rollouts":
        return "The controller goes on to the end alone"
    return "The Deployments go on" if strategy == "rolling" else "Users stay where they were led"


@BY_WAY
def test_a_release_that_was_killed_can_be_taken_up_by_the_page(way: tuple[str, str, str]) -> None:
    page = made(way)[1]["docs/runbooks/deployment.md"].text
    section = page[page.index("## A release was killed half-way") :].partition("\n## ")[0]
    assert "## " not in section[3:]
    for words in (
        "lock",
        "exit code 5, 130, 137 or 143",
        "deploy-production.yml",
        "gh run rerun",
        "make infra-rollback ENV=prod",
    ):
        assert words in section
    assert goes_on(*way) in section
    assert not re.search(r"@\([a-z -]+\)", page)


@BY_WAY
def test_a_release_that_is_under_way_is_ended_before_going_back(way: tuple[str, str, str]) -> None:
    tree = made(way)[1]
    back = {
        "incident-response": ("## The first 15 minutes", "gh workflow run rollback.yml -f environment=prod"),
        "deployment": ("## Go back\n", "make infra-rollback ENV=prod"),
    }
    for name, (title, command) in back.items():
        page = tree[f"docs/runbooks/{name}.md"].text
        section = page[page.index(title) :]
        assert section.index("gh run cancel") < section.index(command), name
    assert "[end that first](incident-response.md#the-first-15-minutes)" in tree["docs/runbooks/alerts.md"].text
    page = tree["docs/runbooks/deployment.md"].text
    section = page[page.index("## Roll back with the workflow") :]
    assert section.index("gh run cancel") < section.index("gh workflow run rollback.yml")


@BY_WAY
def test_no_command_names_what_a_side_renames(way: tuple[str, str, str]) -> None:
    """On two sides a Deployment, its autoscaler and its budget are called as the side: they are found by their label."""
    if way[0] == "ecs":
        return
    services = "|".join((*RUNNING, r"\$SERVICE"))
    renamed = re.compile(rf'\b(?:hpa|pdb|deployments?|horizontalpodautoscalers?)[ /]"?(?:{services})\b')
    sided = way[1] == "native" and way[2] != "rolling"
    for path, file in made(way)[1].items():
        if path.startswith("docs/") and path.endswith(".md"):
            found = renamed.findall(file.text)
            assert not [one for one in found if sided or "hpa" in one], path


CHANGES = {
    "kubernetes": ("Change how releases are made", "Another strategy", "From native to Argo Rollouts", "From Argo Rollouts to native"),
    "ecs": ("Change how releases are made", "From rolling to moved requests", "Back to rolling"),
}  # fmt: skip


@pytest.mark.parametrize("platform", CHANGES)
def test_how_to_change_the_strategy_reads_alike_by_each(platform: str) -> None:
    """Whoever changes it reads the page before the change, on the branch, and after it."""
    found = set()
    for way in WAYS:
        if way[0] == platform:
            page = made(way)[1]["docs/runbooks/deployment.md"].text
            told = "\n".join(page[page.index(f"## {one}\n") :].partition("\n## ")[0] for one in CHANGES[platform])
            found.add(re.sub(r"STRATEGY=[a-z-]+", "STRATEGY=", told))
            assert f"STRATEGY={way[2]}\n" not in told or platform == "ecs", "another than the one that is there"
    assert len(found) == 1


def test_update_names_sections_that_there_are() -> None:
    names = {
        name
        for old in WAYS
        for new in WAYS
        for line in upheavals(made(old)[0], made(new)[0])
        for name in re.findall(r'\(deployment runbook, "([^"]+)"\)', line)
    }
    assert names == {*CHANGES["kubernetes"][1:], *CHANGES["ecs"][1:]}


def test_a_single_environment_has_none_before_it() -> None:
    answers = settle({"project": {"name": "solo"}, "services": [{"name": "web"}], "environments": ["live"]})[0]
    assert "reaches" not in times.cost_words(answers)
    three = settle({"project": {"name": "solo"}, "services": [{"name": "web"}]})[0]
    assert f"reaches prod {2 * times.release_minutes(three)} minutes" in times.cost_words(three)
