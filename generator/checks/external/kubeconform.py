"""kubeconform: every object against the schema of its kind, from schemas on disk.

It knows kinds that the built-in check has no schema of. The variables are those of `scripts/check-manifests.sh`:
KUBERNETES_SCHEMAS and CRD_SCHEMAS name the places; what they fetch is not asked for.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external import manifests
from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Work
from generator.checks.models import kubernetes
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.rule import Format
from generator.finding import Finding

_VARIABLES: Final = ("KUBERNETES_SCHEMAS", "CRD_SCHEMAS")
_PART: Final = re.compile(r"- at '([^']*)': (.*?)(?=\s+- at '|$)", re.DOTALL)


def _run(work: Work) -> Iterator[Finding]:
    places = [place for name in _VARIABLES if (place := os.environ.get(name, "")) and "://" not in place]
    if not places:
        raise Skip("no schemas on disk: KUBERNETES_SCHEMAS must name them, as kubeconform's -schema-location does")
    wanted = [word for place in places for word in ("-schema-location", place)]
    version = f"{(kubernetes.cluster_versions(work.sources) or schemas.minors())[0]}.0"
    with tempfile.TemporaryDirectory() as temporary:
        given = manifests.written(work, Path(temporary))
        output = work.run(
            "-strict", "-ignore-missing-schemas", "-output", "json", "-kubernetes-version", version, *wanted, *given
        )
        for item in json.loads(output.out)["resources"]:
            if item["status"] in ("statusInvalid", "statusError"):
                yield from _findings(work, given.get(item["filename"], item["filename"]), item)


def _findings(work: Work, origin: str, item: dict[str, Any]) -> Iterator[Finding]:
    path, node = manifests.place_of(work, origin, item["kind"], item["name"])
    parts = [(at, said) for at, said in _PART.findall(item["msg"]) if said.strip() != "validation failed"]
    for at, said in parts or [("", item["msg"])]:
        way: list[str | int] = [int(step) if step.isdigit() else step for step in at.split("/") if step]
        line, column = (place.line, place.column) if node and (place := node.place(way)) else (0, 0)
        message = f"{item['kind']} {item['name']}: {at + ': ' if at else ''}{said.strip()}"
        yield work.finding(path, line, message, column=column)


TOOL: Final = Tool(
    Program("kubeconform", "go install github.com/yannh/kubeconform/cmd/kubeconform@latest", ("-v",)),
    Format.KUBERNETES,
    "objects against the schemas of their kinds, where these are on disk",
    manifests.paths,
    _run,
)
