"""Jobs of workflows that sign in at AWS: for how long, and with which role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.terraform_settings import of
from generator.checks.source import Sources, folder, shared, text

_ACTION: Final = "aws-actions/configure-aws-credentials@"
HOUR: Final = 3600
"""Seconds that credentials last where nobody says."""
_INPUT: Final = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_VARIABLE: Final = re.compile(r"\$\{\{\s*vars(?:\.(\w+)|\[format\('(\w+)_\{0\}', [\w.-]+\)\])\s*\}\}")
"""A variable, or that of one environment: its name has the environment at the end."""
_ROLE: Final = re.compile(r"\b([A-Z][A-Z0-9_]*)\"?\s*=\s*aws_iam_role\.(\w+)(?:\[0\])?\.arn\b")
_EACH: Final = re.compile(r"\bfor (\w+) in aws_iam_role\.(\w+) : \"([A-Z][A-Z0-9_]*)\" => \1\.arn\b")
_NAMED: Final = re.compile(r"\b([A-Z][A-Z0-9_]*)\"?\s*=\s*\"[^\"\n]*:role/([^\"\n]+)\"")


@dataclass(frozen=True, slots=True)
class SignIn:
    """A step that takes credentials, and for how long."""

    path: str
    job: github.Job
    step: Node
    seconds: Node
    """Where that is written; nothing where it is what is usual."""
    lasts: int
    role: str
    """The variable that names the role; "" where that is not known."""


@shared
def sign_ins(sources: Sources) -> tuple[SignIn, ...]:
    """The steps of all workflows that do so themselves, or by an action of the repository."""
    return tuple(_found(sources))


def _found(sources: Sources) -> Iterator[SignIn]:
    for path in github.workflow_paths(sources):
        for job in github.jobs(sources, path).values():
            for step in job.steps:
                given, uses = step.at("with"), step.at("uses").text
                if uses.startswith(_ACTION):
                    yield from _made(
                        path, job, step, given.at("role-duration-seconds"), given.at("role-to-assume").text
                    )
                for inner in _inner(sources, uses):
                    seconds, role = inner.at("role-duration-seconds").text, inner.at("role-to-assume").text
                    name, named = _INPUT.fullmatch(seconds), _INPUT.fullmatch(role)
                    usual = github.inputs(sources, github.local_target(sources, uses)).get(name[1]) if name else None
                    where = given.at(name[1]) if name else inner.at("role-duration-seconds")
                    rest = usual.at("default").text if usual and not where else ""
                    yield from _made(path, job, step, where, given.at(named[1]).text if named else role, rest)


def _inner(sources: Sources, uses: str) -> Iterator[Node]:
    """What a composite action of the repository hands to the action that signs in."""
    target = github.local_target(sources, uses)
    for step in yaml.root(sources, target).at("runs", "steps").items if target in sources.tree else ():
        if step.at("uses").text.startswith(_ACTION):
            yield step.at("with")


def _made(path: str, job: github.Job, step: Node, seconds: Node, role: str, usual: str = "") -> Iterator[SignIn]:
    lasts = whole(seconds.text) if seconds else whole(usual) if usual else HOUR
    named = _VARIABLE.fullmatch(role)
    if lasts is not None:
        yield SignIn(path, job, step, seconds, lasts, (named[1] or named[2]) if named else "")


@shared
def role_variables(sources: Sources) -> dict[str, str]:
    """The roles that Terraform gives to variables of CI, by the name of the variable."""
    found: dict[str, str] = {}
    for path in sources.ending(".tf"):
        content = text(sources, path)
        if "aws_iam_role." in content and "output" in content:
            found |= {match[1]: match[2] for match in _ROLE.finditer(content)}
            found |= {match[3]: match[2] for match in _EACH.finditer(content)}
        for match in _NAMED.finditer(content) if ":role/" in content else ():
            role = _names(sources, folder(path)).get(f'"{match[2]}"')
            found |= {match[1]: role} if role else {}
    return found


def _names(sources: Sources, place: str) -> dict[str, str]:
    """The roles of a root by their names as they are written."""
    named = ((one, one.body.get("name")) for one in of(sources, "aws_iam_role") if folder(one.path) == place)
    return {hcl.word(name.value): one.block.name for one, name in named if name}
