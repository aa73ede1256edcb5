"""Workflows hand scripts the variables that these ask for

Our scripts say under `# Environment:` what they need, and stop where it is empty: a rollback that lacks `CLUSTER_NAME`
ends before it has begun. Each must stand in the `env` of the step, of its job or of the workflow. And what a workflow
hands on from `vars` under a name that no script reads is a name with a slip: its script looks for another one. Judged
are the workflows that agency-scaffold made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.ours import is_managed
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, shared, text

FORMAT = Format.GITHUB

_RUN: Final = re.compile(r"(?:^|[\s;(&|!])(scripts/[\w/.-]+\.sh)\b")
_SAID: Final = re.compile(r"^#.*?\bEnvironment: (.*)")
_NEEDED: Final = re.compile(r"([A-Z][A-Z0-9_]+)(?: \(required\))?(?:,? |(?=[;.]|$))")
_VARS: Final = re.compile(r"\$\{\{\s*vars\.(\w+)\s*\}\}")
_WORD: Final = re.compile(rb"[A-Z][A-Z0-9_]{2,}")
_LEAST: Final = 2
"""Names with which a list of what is needed begins; one alone begins a sentence about it."""


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if is_managed(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    for job in github.jobs(sources, path).values():
        yield from _unread(sources, path, job)
        told: set[str] = set()
        # A step may set a variable for those behind it.
        said = "\n".join(step.at("run").text for step in job.steps)
        for step in job.steps:
            given = {*root.at("env").map, *job.node.at("env").map, *step.at("env").map}
            for script in dict.fromkeys(_RUN.findall(step.at("run").text)):
                lacking = [one for one in _needed(sources, script) if one not in given | told and f"{one}=" not in said]
                told.update(lacking)
                if lacking:
                    message = f"{script} needs {', '.join(lacking)}, which nothing hands to it here"
                    fix = f"Add {' and '.join(lacking)} to the `env` of the job."
                    yield at(_place(job, step), message, fix)


def _place(job: Job, step: Node) -> Node:
    """Where the variables of a step are, else those of its job."""
    keys = [key for node in (job.node, step) for key in node.keys if key.text == "env"]
    return keys[0] if keys else step.at("run")


def _unread(sources: Sources, path: str, job: Job) -> Iterator[Flaw]:
    """Variables of the repository that are handed on under a name that nobody reads, where somebody reads their own."""
    steps = [step.at("env") for step in job.steps]
    for env in (job.node.at("env"), *steps):
        for key in env.keys:
            match = _VARS.fullmatch(env.at(key.text).text)
            if not match or match[1] == key.text or match[1] not in _read(sources):
                continue
            if (
                key.text not in _read(sources)
                and len(re.findall(rf"\b{re.escape(key.text)}\b", text(sources, path))) == 1
            ):
                yield at(key, f"no script reads {key.text}, they read {match[1]}", f"Write {match[1]}.")


@shared
def _needed(sources: Sources, script: str) -> tuple[str, ...]:
    """What a script says that it needs."""
    for line in lines(sources, script)[1:] if script in sources.tree else ():
        if not line.startswith("#"):
            return ()
        said = _SAID.match(line)
        if said:
            found, at_ = list[str](), 0
            while match := _NEEDED.match(said[1], at_):
                found.append(match[1])
                at_ = match.end()
            return tuple(found) if len(found) >= _LEAST else ()
    return ()


@shared
def _read(sources: Sources) -> frozenset[str]:
    """The names in capitals that stand in scripts."""
    scripts = (sources.tree[path].content for path in sources.below("scripts/"))
    return frozenset(word.decode() for content in scripts for word in _WORD.findall(content))
