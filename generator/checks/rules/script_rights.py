"""The role of a release may do what its scripts ask of AWS

A release calls AWS with the role that its job takes. Where the policies of the role lack one of the actions, the
release stops half-way, and often it is the way back that lacks it. Of the scripts that jobs run with the role, all
calls are taken in which the service and the operation are written out. Judged in what agency-scaffold generates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.models import iam_actions, release_table, scripts
from generator.checks.models.cloud_roles import roles
from generator.checks.models.ours import is_ours
from generator.checks.models.sign_ins import role_variables, sign_ins
from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, lines, shared

FORMAT = Format.TERRAFORM

_ENTRY: Final = re.compile(r"\bscripts/(?:deploy|rollback|health-check)\.sh\b")
"""What a job of a release runs; others source the same functions and call a few of them."""
_CALL: Final = re.compile(
    r"(?:^|[\s(;|])(?:ask \S+|aws_text|_aws|aws(?: --no-cli-pager)?) ([a-z0-9]+) ([a-z0-9]+(?:-[a-z0-9]+)+)(?![\w-])"
)
_REGISTRY: Final = re.compile(r"(?:^|[\s(;|])_(ecr) ([a-z]+(?:-[a-z]+)+)(?![\w-])")
_PREFIXES: Final = {"elbv2": "elasticloadbalancing", "s3api": "s3"}
_NAMES: Final = {
    "ListObjectsV2": "ListBucket", "HeadObject": "GetObject", "GetLoginPassword": "GetAuthorizationToken",
    "UpdateKubeconfig": "DescribeCluster",
}  # fmt: skip
"""Operations of the command line whose action is called otherwise."""


def files(sources: Sources) -> Iterator[str]:
    if _asked(sources):
        yield from dict.fromkeys(one.path for role in roles(sources) for one in role.statements)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for role in roles(sources) if is_ours(sources) else ():
        for action, place in _asked(sources).get(role.name, {}).items():
            statement = None if role.allows(action) else role.nearest(action)
            if statement and statement.path == path:
                message = f"role {role.name} may not {action}, which a release asks for ({place})"
                yield at(statement, message, f"Allow {action}.")


@shared
def _asked(sources: Sources) -> Mapping[str, Mapping[str, str]]:
    """By role: the actions that scripts of its jobs ask for, each with the first place."""
    found: dict[str, dict[str, str]] = {}
    named = role_variables(sources)
    for one in sign_ins(sources):
        text = "\n".join(step.at("run").text for step in one.job.steps) if one.role in named else ""
        entries = sorted({match[0] for match in _ENTRY.finditer(text)} & sources.tree.keys())
        parts = dict.fromkeys(part for entry in entries for part in scripts.closure(sources, entry).paths)
        for action, place in (each for part in parts for each in _actions(sources, part)):
            found.setdefault(named[one.role], {}).setdefault(action, place)
    return found


def _actions(sources: Sources, path: str) -> Iterator[tuple[str, str]]:
    """The actions that the calls of a script need, as far as they are recorded."""
    unused = _unused(sources)
    for number, line in enumerate(lines(sources, path), 1):
        for match in (_CALL.search(line), _REGISTRY.search(line)) if not line.lstrip().startswith("#") else ():
            prefix = _PREFIXES.get(match[1], match[1]) if match else ""
            plain = "".join(word.capitalize() for word in match[2].split("-")) if match else ""
            name = _NAMES.get(plain, plain)
            service = iam_actions.service(prefix) if prefix else None
            if service and service.matching(name) and prefix not in unused:
                yield f"{prefix}:{name}", f"{path}:{number}"


@shared
def _unused(sources: Sources) -> frozenset[str]:
    """The services of AWS of which nothing is asked here: scripts ask schedules of jobs and balancers of services."""
    kinds = {kind for module in modules(sources).values() for _, kind, _ in module.objects}
    jobs = any(row.word(1) == "job" for row in release_table.services(sources))
    balanced = any(kind.startswith("aws_lb") for kind in kinds)
    # Who one is, anybody may ask.
    absent = {"sts": True, "scheduler": not jobs, "elasticloadbalancing": not balanced}
    return frozenset(prefix for prefix, is_absent in absent.items() if is_absent)
