"""kyverno: the policies of the tree, applied to its manifests. No cluster is asked."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external import manifests
from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import kubernetes
from generator.checks.rule import Format
from generator.checks.source import Sources
from generator.finding import Finding

_GROUPS: Final = ("kyverno.io", "policies.kyverno.io")
_SEVERITY: Final = {"fail": "error", "error": "warning", "warn": "warning"}


def _policies(sources: Sources) -> list[str]:
    own = (one for one in kubernetes.manifests(sources) if one.group in _GROUPS and one.kind.endswith("Policy"))
    return sorted({one.path for one in own})


def _files(sources: Sources) -> list[str]:
    policies = _policies(sources)
    judged = [path for path in manifests.paths(sources) if path not in policies]
    return [*policies, *judged] if policies and judged else []


def _run(work: Work) -> Iterator[Finding]:
    policies = _policies(work.sources)
    with tempfile.TemporaryDirectory() as temporary:
        given = {f: path for f, path in manifests.written(work, Path(temporary)).items() if path not in policies}
        output = work.run(
            "apply", *policies, *(word for file in given for word in ("--resource", file)),
            "--policy-report", "--output-format", "json", "--audit-warn", "--remove-color",
        )  # fmt: skip
        if "unknown flag" in output.err:
            raise Skip("this kyverno is too old to report as JSON: 1.13 and newer do")
        reports = [json.loads(line) for line in output.out.splitlines() if line.startswith("{")]
        for report in reports:
            for item in report["results"]:
                if item["result"] in _SEVERITY:
                    yield from _findings(work, given, item)
        if output.code == 0 and not reports:
            raise Unreadable if output.out.strip() else Skip("none of its policies is about any of the manifests")


def _findings(work: Work, given: dict[str, str], item: dict[str, Any]) -> Iterator[Finding]:
    rule = "/".join(part for part in (item["policy"], item.get("rule", "")) if part)
    for about in item.get("resources") or item.get("subjects") or []:
        places = [manifests.place_of(work, path, about["kind"], about["name"]) for path in given.values()]
        path, node = next(
            (place for place in places if place[1].at("metadata", "name").text == about["name"]), places[0]
        )
        message = f"{about['kind']} {about['name']}: {item.get('message', item['result'])}"
        yield work.finding(path, node.line, message, column=node.column, rule=rule, severity=_SEVERITY[item["result"]])


TOOL: Final = Tool(
    Program("kyverno", "https://kyverno.io/docs/kyverno-cli/install/", ("version",)),
    Format.KUBERNETES,
    "the manifests by the Kyverno policies beside them",
    _files,
    _run,
)
