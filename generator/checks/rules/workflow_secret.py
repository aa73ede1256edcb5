"""Secrets that workflows use are on the to-do list

A secret that nobody has set is an empty text in a workflow. Each that a workflow reads must be named
in the to-do list, so that someone is told to set it (or be an input of a reusable workflow).
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.models import github, todo
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.finding import Severity
from generator.places import TODO

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if TODO in sources.tree:
        yield from github.workflow_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    inherited = yaml.root(sources, path).at("on", "workflow_call", "secrets").map
    for expression in github.expressions(sources, path):
        if expression.names[0].lower() == "secrets" and len(expression.names) > 1:
            name = expression.names[1]
            if name != "GITHUB_TOKEN" and name not in inherited and name not in todo.names(sources):
                near = did_you_mean(name, todo.names(sources))
                message = f"no item of the to-do list names the secret {name}"
                fix = f"Add an item with {name} in its id, question or how to {TODO}, and count it there."
                severity = Severity.ERROR if near else Severity.WARNING
                yield at(expression, message, fix, near, severity=severity)
