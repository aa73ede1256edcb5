"""Outputs of steps are written by their step

`steps.x.outputs.y` is empty when step `x` never writes `y`. A step that runs a script writes it with
`echo "y=..." >>"$GITHUB_OUTPUT"`; an action declares it under `outputs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github, github_actions, github_outputs
from generator.checks.models.github import Expression
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources
from generator.finding import Severity

FORMAT = Format.GITHUB

# These give outputs that their declaration does not name.
_OPEN = ("actions/github-script", "aws-actions/amazon-ecr-login", "slackapi/slack-github-action")

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for expression in github.expressions(sources, path):
        root, *rest = expression.names
        if root.lower() == "steps" and len(rest) > 2 and rest[1].lower() == "outputs" and rest[2] != "*":
            yield from _unwritten(sources, path, expression)


def _unwritten(sources: Sources, path: str, expression: Expression) -> Iterator[Flaw]:
    _, name, _, wanted = expression.names[:4]
    job = expression.job or github.jobs(sources, path).get("")
    step = job.step(name) if job else None
    if not step:
        return
    known, declared = _known(sources, path, step)
    if known is None or wanted.lower() in {one.lower() for one in known}:
        return
    near = did_you_mean(wanted, known)
    otherwise = f'Have step {name} write it: echo "{wanted}=..." >> "$GITHUB_OUTPUT".'
    fix = instead(near, one_of(known, otherwise) if declared else otherwise, f"steps.{name}.outputs.")
    flaw = at(expression, f"step {name} has no output {wanted}{near}", fix)
    # An action may write more than it declares.
    yield replace(flaw, severity=Severity.WARNING) if declared else flaw


def _known(sources: Sources, path: str, step: Node) -> tuple[set[str] | None, bool]:
    """The outputs of a step, None where they are not known; and whether only an action of others declares them."""
    uses = step.at("uses").text
    target = github.local_target(sources, uses)
    if target:
        root = yaml.root(sources, target)
        # Only of a composite action the outputs are what is declared.
        known = target in sources.tree and root.at("runs", "using").text == "composite"
        return set(root.at("outputs").map) if known else None, False
    if uses:
        release = github_actions.release(sources, path, step.at("uses"))
        known = release is not None and bool(release.outputs) and release.action.lower() not in _OPEN
        return set(release.outputs) if release and known else None, True
    return (github_outputs.names(sources, step) if step.at("run") else None), False
