"""A check that fails fails its workflow

`continue-on-error` on a job, `|| true` behind the command that checks, or a scan whose `exit-code` is 0:
the check is red in its log, green in the list, and the change is merged. Take it out. A scan that only
writes a report (`format: sarif`) may end with 0 beside one that fails. With `continue-on-error` on a step,
`failure()` does not see that it failed: what asks for both never runs. In what we generate no step that runs a
script of the repository has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.models.workflow_text import script_lines
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

_CHECK: Final = re.compile(
    r"^\s*(?P<command>(?:terraform|tofu)\b.* (?:validate|test|fmt)"
    r"|(?:\./)?scripts/(?:check|verify|test|lint|validate)\S*"
    r"|(?:actionlint|zizmor|shellcheck|hadolint|kubeconform|checkov|tflint|tfsec|trivy|promtool|yamllint|conftest)"
    r"|(?:pytest|tox|ruff|mypy|eslint|npm (?:test|run (?:test|lint))|go (?:test|vet)|cargo (?:test|clippy))"
    r"|make (?:test|lint|check|verify|validate))(?:\s[^|;&]*)?\|\|\s*(?:true|:)\s*$"
)

_LONGEST: Final = 500
"""Characters of a line, or of a condition, that is looked at."""
_SCRIPT: Final = re.compile(r"\bscripts/[\w/.-]+\.sh\b|\bmake infra-[\w-]+")
_TAKE_OUT: Final = "Take `continue-on-error` out."

files = github.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        ignored = job.node.at("continue-on-error")
        if ignored.text == "true":
            yield habit(at(ignored, f"job {job.id} is green whatever becomes of it", _TAKE_OUT))
        for step in job.steps:
            yield from _goes_on(sources, job, step)
            yield from _thrown_away(sources, path, step)
            yield from _scan(step)


def _goes_on(sources: Sources, job: Job, step: Node) -> Iterator[Flaw]:
    ignored, name = step.at("continue-on-error"), step.at("id").text
    if ignored.text != "true":
        return
    asks = re.compile(rf"\bfailure\(\)[^|]{{0,200}}\bsteps\.{re.escape(name)}\.(?:outcome|conclusion) *== *'failure'")
    asking = [one.at("if") for one in job.steps if name and len(one.at("if").text) < _LONGEST]
    script = _SCRIPT.search(step.at("run").text) if is_ours(sources) else None
    if any(asks.search(one.text) for one in asking):
        yield habit(at(ignored, f"failure() does not see that {name} failed, which a step asks for with it", _TAKE_OUT))
    elif script:
        yield habit(at(ignored, f"the job goes on as if {script[0]} had not failed", _TAKE_OUT))


def _thrown_away(sources: Sources, path: str, step: Node) -> Iterator[Flaw]:
    for one in script_lines(sources, path, step.at("run")):
        found = _CHECK.match(one.text) if len(one.text) < _LONGEST else None
        if found:
            message = f"`{found['command'].strip()}` may fail, and the step passes"
            yield habit(at(one, message, "Take `|| true` out."))


def _scan(step: Node) -> Iterator[Flaw]:
    code, report = step.at("with", "exit-code"), step.at("with", "format").text
    if step.at("uses").text.startswith("aquasecurity/trivy-action@") and code.text == "0" and report in ("", "table"):
        yield habit(at(code, "the scan passes whatever it finds", 'Write `exit-code: "1"`.'))
