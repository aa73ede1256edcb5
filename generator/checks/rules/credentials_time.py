"""Credentials last as long as the job that uses them

A job that signs in at AWS for an hour and runs for two is refused in the middle of its work: a release stops half-way,
and cannot even go back. Let `role-duration-seconds` be at least `timeout-minutes`. A role gives credentials for at most
its `max_session_duration`, an hour where it says nothing: who asks for more gets none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.numbers import whole
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.models.terraform_settings import of, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared, text

FORMAT = Format.GITHUB

_ACTION: Final = "aws-actions/configure-aws-credentials@"
_HOUR: Final = 3600
_INPUT: Final = re.compile(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}")
_VARIABLE: Final = re.compile(r"\$\{\{\s*vars\.(\w+)\s*\}\}")
_ROLE: Final = re.compile(r"\b([A-Z][A-Z0-9_]*)\"?\s*=\s*aws_iam_role\.(\w+)(?:\[0\])?\.arn\b")


@dataclass(frozen=True, slots=True)
class _SignIn:
    """A step that takes credentials, and for how long."""

    path: str
    job: github.Job
    step: Node
    seconds: Node
    """Where that is written; nothing where it is what is usual."""
    lasts: int
    role: str
    """The variable that names the role; "" where that is not known."""


def files(sources: Sources) -> Iterator[str]:
    if _sign_ins(sources):
        yield from github.workflow_paths(sources)
        yield from dict.fromkeys(one.path for one in of(sources, "aws_iam_role"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in _sign_ins(sources) if not path.endswith(".tf") else ():
        minutes = whole(one.job.node.at("timeout-minutes").text) if one.path == path else None
        if minutes is not None and minutes * 60 > one.lasts:
            message = f"job {one.job.id} may take {minutes} minutes, and its credentials last {one.lasts // 60}"
            fix = f"Write {minutes * 60} seconds, or a shorter `timeout-minutes`."
            yield habit(at(one.seconds or one.step, message, fix))
    if path.endswith(".tf"):
        yield from _roles(sources, path)


@shared
def _sign_ins(sources: Sources) -> tuple[_SignIn, ...]:
    return tuple(_found(sources))


def _found(sources: Sources) -> Iterator[_SignIn]:
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


def _made(path: str, job: github.Job, step: Node, seconds: Node, role: str, usual: str = "") -> Iterator[_SignIn]:
    lasts = whole(seconds.text) if seconds else whole(usual) if usual else _HOUR
    named = _VARIABLE.fullmatch(role)
    if lasts is not None:
        yield _SignIn(path, job, step, seconds, lasts, named[1] if named else "")


def _roles(sources: Sources, path: str) -> Iterator[Flaw]:
    """Roles of this file that refuse to last as long as somebody asks."""
    names = {role: variable for variable, role in _named(sources).items()}
    for one in of(sources, "aws_iam_role"):
        variable = names.get(one.block.name) if one.path == path else None
        asked = [each for each in _sign_ins(sources) if variable and each.role == variable]
        most = max(asked, key=lambda each: each.lasts, default=None)
        given = one.body.get("max_session_duration")
        known = [value.value for value in values(sources, path, given)] if given else [_HOUR]
        limit = known[0] if len(known) == 1 and isinstance(known[0], int) else None
        if most and limit is not None and most.lasts > limit:
            place = f"{most.path}:{(most.seconds or most.step).line}"
            message = f"{one.address} lasts {limit} s at most, and job {most.job.id} asks for {most.lasts} ({place})"
            yield at(given or one.block, message, f"Write `max_session_duration = {most.lasts}` or more.")


@shared
def _named(sources: Sources) -> dict[str, str]:
    """The roles that outputs of Terraform give to variables of CI, by the name of the variable."""
    found: dict[str, str] = {}
    for path in sources.ending(".tf"):
        if "aws_iam_role." in text(sources, path) and "output" in text(sources, path):
            found |= {match[1]: match[2] for match in _ROLE.finditer(text(sources, path))}
    return found
