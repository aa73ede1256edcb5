"""`kubectl kustomize`: every kustomization can be built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.models import kubernetes
from generator.checks.source import Sources, folder
from generator.finding import Finding


def _files(sources: Sources) -> Iterator[str]:
    for path, root in kubernetes.kustomizations(sources).items():
        if root.at("kind").text != "Component":  # a component is built only as part of an overlay
            yield path


def _run(work: Work) -> Iterator[Finding]:
    for path in work.files:
        output = work.run("kustomize", folder(path) or ".")
        if output.code == 0 and not re.search(r"^kind: ", output.out, re.MULTILINE):
            raise Unreadable
        if output.code != 0 and output.text:
            message = output.text.splitlines()[-1].removeprefix("error: ")
            yield work.finding(path, 0, message.replace(str(work.root) + "/", ""))


TOOL: Final = Tool("kubectl", "https://kubernetes.io/docs/tasks/tools/", _files, _run)
