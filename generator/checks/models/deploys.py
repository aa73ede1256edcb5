"""Which jobs of workflows change what runs, or hold a lock of it while they look."""

from __future__ import annotations

import re
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.source import Sources

_CHANGES: Final = re.compile(
    r"\b(?:terraform|tofu|terragrunt)\b[^\n|]{0,300}\b(?:apply|destroy)\b"
    r"|\bterraform\.sh\b[^\n|]{0,300}\b(?:apply|destroy)\b"
    r"|\bkubectl\b[^\n|]{0,300}\bapply\b|\bhelm (?:upgrade|install)\b"
    r"|\b(?:cdk|serverless|sam|flyctl) deploy\b|\bpulumi up\b"
    r"|\bscripts/(?:[\w-]+/)*(?:deploy|release|rollback)[\w-]*\.sh\b"
    r"|\baws (?:ecs update-service|cloudformation deploy)\b"
)
_LOCKS: Final = re.compile(
    r"\b(?:terraform|tofu|terragrunt|terraform\.sh)\b[^\n|]{0,300}\bplan\b(?![^\n]{0,300}-lock=false)"
)


def deploys(sources: Sources, path: str, job: Job) -> bool:
    """Whether a job changes what runs: it names an environment, or its scripts or the workflow that it calls do.

    What a pull request applies without naming an environment is a cluster of its own, made for its tests.
    """
    waiting, seen = [(path, job)], set[str]()
    while waiting:
        here, one = waiting.pop()
        environment, target = one.node.at("environment"), github.local_target(sources, one.node.at("uses").text)
        if environment and "github-pages" not in environment.text:
            return True
        if not on_pull_request(yaml.root(sources, here)) and _runs(one, _CHANGES):
            return True
        if target and target not in seen:
            seen.add(target)
            waiting += [(target, inner) for inner in github.jobs(sources, target).values()]
    return False


def holds_lock(sources: Sources, path: str, job: Job) -> bool:
    """Whether a job changes what runs, or plans a change outside of pull requests, with the lock of the state."""
    return deploys(sources, path, job) or (not on_pull_request(yaml.root(sources, path)) and _runs(job, _LOCKS))


def has_group(sources: Sources, job: Job) -> bool:
    """Whether a job, or each one that deploys of the workflow that it calls, has a group of concurrency of its own."""
    if job.node.at("concurrency"):
        return True
    target = github.local_target(sources, job.node.at("uses").text)
    root = yaml.root(sources, target) if target else yaml.ABSENT
    inner = [one for one in github.jobs(sources, target).values() if deploys(sources, target, one)] if target else []
    return bool(root.at("concurrency")) or (bool(inner) and all(one.node.at("concurrency") for one in inner))


def triggers(root: Node) -> dict[str, Node]:
    """What starts a workflow: the names of events, each with its place."""
    on = root.at("on")
    listed = {one.text: one for one in (on.items or [on]) if one.text}
    return listed | {key.text: key for key in on.keys}


def on_pull_request(root: Node) -> bool:
    """Whether pull requests start the workflow."""
    return "pull_request" in triggers(root)


def _runs(job: Job, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(step.at("run").text) for step in job.steps)
