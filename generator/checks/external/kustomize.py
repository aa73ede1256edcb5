"""`kubectl kustomize`: every kustomization can be built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.running import Output
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import kubernetes
from generator.checks.models.kustomize import entries
from generator.checks.rule import Format
from generator.checks.source import Sources, folder
from generator.finding import Finding

_ELSEWHERE: Final = re.compile(r"https?://|ssh://|git@|git fetch|git cmd|must specify --enable-helm")
"""How it ends where a kustomization names another repository, or a chart."""


_LOGGED: Final = re.compile(r'"command failed" err=(?:"(.*)"$|<\n(.*?)\n >)', re.MULTILINE | re.DOTALL)


def _files(sources: Sources) -> Iterator[str]:
    for path, root in kubernetes.kustomizations(sources).items():
        if root.at("kind").text != "Component":  # a component is built only as part of an overlay
            yield path


def _makes_something(sources: Sources, path: str, seen: set[str]) -> bool:
    """Whether a kustomization has objects to build, or files that are not there."""
    seen.add(path)
    root = kubernetes.kustomizations(sources).get(path)
    if root is None:
        return path not in sources.tree or path in kubernetes.by_path(sources)
    if any(key.endswith(("Generator", "generators")) for key in root.map):
        return True
    return any(_makes_something(sources, one, seen) for one in entries(sources, path) if one not in seen)


def _reason(output: Output) -> str:
    """Why kubectl did not build, whichever way its version tells it."""
    match = _LOGGED.search(output.err)
    said = (match[1] or match[2] if match else output.text).strip()
    return said.splitlines()[-1 if match is None else 0].strip().removeprefix("error: ")


def _run(work: Work) -> Iterator[Finding]:
    left = ""
    for path in work.files:
        output = work.run("kustomize", folder(path) or ".")
        silent = output.code == 0 and not re.search(r"^kind: ", output.out, re.MULTILINE)
        if silent and (output.out.strip() or _makes_something(work.sources, path, set())):
            raise Unreadable
        if output.code != 0 and _ELSEWHERE.search(output.text):
            work.ask_again()
            left = left or f"{path} takes in what lies elsewhere, and nothing is downloaded"
        elif output.code != 0 and output.text:
            yield work.finding(path, 0, _reason(output).replace(str(work.root) + "/", ""))
    if left:
        raise Skip(left)


TOOL: Final = Tool(
    Program("kubectl", "https://kubernetes.io/docs/tasks/tools/", ("version", "--client")),
    Format.KUBERNETES,
    "that every kustomization can be built",
    _files,
    _run,
)
