"""check-jsonschema: the settings of other CI systems and tools, by the schemas that it brings.

Workflows, actions, Dependabot and compose files are left to the built-in checks, which say more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.formats import yaml
from generator.checks.rule import Format
from generator.checks.source import Sources
from generator.finding import Finding

SCHEMAS: Final = {
    r"\.?azure-pipelines\.ya?ml": "azure-pipelines",
    r"bitbucket-pipelines\.ya?ml": "bitbucket-pipelines",
    r"\.buildkite/pipeline\.ya?ml": "buildkite",
    r"\.circleci/config\.ya?ml": "circle-ci",
    r"\.?codecov\.ya?ml": "codecov",
    r"\.drone\.ya?ml": "drone-ci",
    r"(?:.*/)?\.gitlab-ci\.ya?ml": "gitlab-ci",
    r"cloudbuild\.ya?ml": "cloudbuild",
    r"\.mergify\.ya?ml": "mergify",
    r"\.readthedocs\.ya?ml": "readthedocs",
    r"(?:\.github/|\.gitlab/)?(?:\.?renovate|\.renovaterc)\.json": "renovate",
    r"[Tt]askfile\.ya?ml": "taskfile",
    r"\.travis\.ya?ml": "travis",
    r"\.woodpecker\.ya?ml|\.woodpecker/[^/]+\.ya?ml": "woodpecker-ci",
}
"""Its schemas by the paths of what they are about."""
_MORE: Final = {
    "azure-pipelines": ("--data-transform", "azure-pipelines", "--regex-variant", "python"),
    "gitlab-ci": ("--data-transform", "gitlab-ci"),
}
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\['([^']*)'\]")


def _schema(path: str) -> str:
    return next((schema for pattern, schema in SCHEMAS.items() if re.fullmatch(pattern, path)), "")


def _files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.ending(".yml", ".yaml", ".json") if _schema(path))


def _run(work: Work) -> Iterator[Finding]:
    for schema in sorted({_schema(path) for path in work.files}):
        files = [path for path in work.files if _schema(path) == schema]
        more = _MORE.get(schema, ())
        output = work.run("--output-format", "json", "--builtin-schema", f"vendor.{schema}", *more, *files)
        told = json.loads(output.out)
        if told["status"] not in ("ok", "fail"):
            raise Unreadable
        for item in told.get("errors", []):
            yield _finding(work, schema, item)
        for item in told.get("parse_errors", []):
            yield work.finding(item["filename"], 0, item["message"], rule=schema)


def _finding(work: Work, schema: str, item: dict[str, Any]) -> Finding:
    best = item.get("best_deep_match") or item
    way = [int(index) if index else key or quoted for key, index, quoted in _STEP.findall(best["path"])]
    place = yaml.root(work.sources, item["filename"]).place(way)
    message = f"{best['path']}: {best['message']}"
    return work.finding(item["filename"], place.line, message, column=place.column, rule=schema)


TOOL: Final = Tool(
    Program("check-jsonschema", "pip install check-jsonschema"),
    Format.YAML,
    "settings of other CI systems and of Renovate, Codecov, Mergify and the like",
    _files,
    _run,
)
