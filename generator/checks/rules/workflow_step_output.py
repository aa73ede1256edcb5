"""Outputs of steps are written by their step

`steps.x.outputs.y` is empty when step `x` never writes `y`. A step that runs a script writes it with
`echo "y=..." >>"$GITHUB_OUTPUT"`; an action of the repository declares it under `outputs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, text

FORMAT = Format.GITHUB

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for expression in github.expressions(sources, path):
        root, *rest = expression.names
        if root == "steps" and rest[1:2] == ["outputs"] and len(rest) > 2 and expression.job:
            step = expression.job.step(rest[0])
            known = written(sources, step)
            if step and known is not None and rest[2] not in known:
                message = f"step {rest[0]} has no output {rest[2]}{did_you_mean(rest[2], known)}"
                yield Flaw(expression.line, message)


def written(sources: Sources, step: Node) -> set[str] | None:
    """The outputs of a step; None where they are not known."""
    target = github.local_target(sources, step.at("uses").text)
    if target:
        return set(yaml.root(sources, target).at("outputs").map) if target in sources.tree else None
    if not step.at("run"):
        return None
    script = step.at("run").text
    called = [path for path in re.findall(r"scripts/[\w./-]+\.sh", script) if path in sources.tree]
    texts = [script, *(text(sources, path) for path in called)]
    writers = [one for one in texts if "GITHUB_OUTPUT" in one]
    if any(re.search(r"(?:echo|printf) [\"']\$\{?\w+\}?(?:=|<<)", one) for one in writers):
        return None  # the name itself comes from a variable
    return {name for one in writers for name in re.findall(r"(?<![\w$-])([A-Za-z_][\w-]*)(?:=|<<)", one)}
