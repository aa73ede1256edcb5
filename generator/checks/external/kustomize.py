"""`kubectl kustomize`: every kustomization can be built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import kubernetes
from generator.checks.rule import Format
from generator.checks.source import Sources, folder
from generator.finding import Finding

_ELSEWHERE: Final = re.compile(r"https?://|ssh://|git@|git fetch|git cmd|must specify --enable-helm")
"""How it ends where a kustomization names another repository, or a chart."""


def _files(sources: Sources) -> Iterator[str]:
    for path, root in kubernetes.kustomizations(sources).items():
        if root.at("kind").text != "Component":  # a component is built only as part of an overlay
            yield path


def _run(work: Work) -> Iterator[Finding]:
    left = ""
    for path in work.files:
        output = work.run("kustomize", folder(path) or ".")
        if output.code == 0 and not re.search(r"^kind: ", output.out, re.MULTILINE):
            raise Unreadable
        if output.code != 0 and _ELSEWHERE.search(output.text):
            work.ask_again()
            left = left or f"{path} takes in what lies elsewhere, and nothing is downloaded"
        elif output.code != 0 and output.text:
            message = output.text.splitlines()[-1].removeprefix("error: ")
            yield work.finding(path, 0, message.replace(str(work.root) + "/", ""))
    if left:
        raise Skip(left)


TOOL: Final = Tool(
    Program("kubectl", "https://kubernetes.io/docs/tasks/tools/", ("version", "--client")),
    Format.KUBERNETES,
    "that every kustomization can be built",
    _files,
    _run,
)
