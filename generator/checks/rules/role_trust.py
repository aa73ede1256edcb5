"""A role trusts the service of AWS that it is given to

`role_arn` of a schedule, a task or a function hands a role to a service of AWS, which may take it only where the role's
`assume_role_policy` names it. One that was copied and names another service is accepted, and then no schedule runs
and no task starts. Name the service that uses the role. A role whose trust is not written out is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.formats.hcl import Argument, Body
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import role_trusts
from generator.checks.models.habits import Told, gathered
from generator.checks.models.iam import Statement
from generator.checks.models.terraform_settings import Resource, of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_GIVEN: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {
    ("aws_ecs_task_definition", "execution_role_arn"): ("ecs-tasks",),
    ("aws_ecs_task_definition", "task_role_arn"): ("ecs-tasks",),
    ("aws_ecs_service", "load_balancer", "advanced_configuration", "role_arn"): ("ecs",),
    ("aws_scheduler_schedule", "target", "role_arn"): ("scheduler",),
    ("aws_cloudwatch_event_target", "role_arn"): ("events",),
    ("aws_lambda_function", "role"): ("lambda", "edgelambda"),
    ("aws_sfn_state_machine", "role_arn"): ("states",),
    ("aws_eks_cluster", "role_arn"): ("eks",),
    ("aws_eks_node_group", "node_role_arn"): ("ec2",),
    ("aws_eks_fargate_profile", "pod_execution_role_arn"): ("eks-fargate-pods",),
    ("aws_eks_pod_identity_association", "role_arn"): ("pods.eks",),
    ("aws_iam_instance_profile", "role"): ("ec2",),
    ("aws_db_instance", "monitoring_role_arn"): ("monitoring.rds",),
    ("aws_rds_cluster_instance", "monitoring_role_arn"): ("monitoring.rds",),
    ("aws_flow_log", "iam_role_arn"): ("vpc-flow-logs",),
    ("aws_backup_selection", "iam_role_arn"): ("backup",),
    ("aws_codebuild_project", "service_role"): ("codebuild",),
}
"""Where roles are handed to services: the type, the blocks and the argument, with the services that then take it."""
_ENDS: Final = re.compile(r"\.amazonaws\.com(?:\.cn)?$")


def files(sources: Sources) -> Iterator[str]:
    if _told(sources) or any(of(sources, *(key[0] for key in _GIVEN))):
        yield from sorted({one.path for one in of(sources, "aws_iam_role")} | _told(sources).keys())


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return gathered(_flaws(sources))


def _flaws(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for key, wanted in _GIVEN.items():
        for user in of(sources, key[0]):
            for given in _arguments(user.body, key[1:]):
                for place, role in role_trusts.named(sources, user, given):
                    yield from _judged(role_trusts.trust(sources, place, role), wanted, user)


def _judged(trust: list[Statement], wanted: tuple[str, ...], user: Resource) -> Iterator[tuple[str, Flaw]]:
    words = [word for one in trust for word in one.principals.get("Service", ())]
    known = [_ENDS.sub("", word.text) for word in words]
    if not known or any(HOLE in one for one in known) or any(HOLE in key for one in trust for key in one.principals):
        return
    if not set(known) & set(wanted):
        what = f"{user.type}.{user.block.name} ({user.path}:{user.block.line})"
        message = f"{words[0].text} may take this role, and {what} gives it to {wanted[0]}.amazonaws.com"
        yield trust[0].path, at(words[0], message, f"Write {wanted[0]}.amazonaws.com.")


def _arguments(body: Body, names: tuple[str, ...]) -> Iterator[Argument]:
    """The arguments at the end of a way of blocks; what `dynamic` writes counts."""
    first, rest = names[0], names[1:]
    if not rest:
        given = body.get(first)
        if given:
            yield given
        return
    for block in body.of(first):
        yield from _arguments(block.body, rest)
    for dynamic in body.of("dynamic"):
        if dynamic.labels[:1] == (first,):
            for content in dynamic.body.of("content"):
                yield from _arguments(content.body, rest)
