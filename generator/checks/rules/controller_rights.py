"""Controllers of a cluster have the rights on AWS that they ask for

External-dns without `route53:ChangeResourceRecordSets`, or a cluster autoscaler that may not ask for groups by their
tags, starts and is refused: no host gets its address, no node comes, and only its log says so. Compared are the rights
that a controller's documentation lists with the statements under its name in Terraform, where the repository
installs its chart. Judged in what agency-scaffold generates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam
from generator.checks.models.cloud_roles import Role
from generator.checks.models.habits import Told, gathered
from generator.checks.models.iam import Statement
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import modules
from generator.checks.models.terraform_settings import of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared

FORMAT = Format.TERRAFORM


def _of(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}:{name}" for name in names.split())


_ASKED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws-for-fluent-bit": _of("logs", "CreateLogStream PutLogEvents"),
    "aws-load-balancer-controller": (
        "iam:CreateServiceLinkedRole",
        *_of("acm", "DescribeCertificate ListCertificates"),
        *_of("ec2", "AuthorizeSecurityGroupIngress CreateSecurityGroup CreateTags DeleteSecurityGroup DeleteTags"),
        *_of("ec2", "DescribeInstances DescribeInternetGateways DescribeNetworkInterfaces DescribeSecurityGroups"),
        *_of("ec2", "DescribeSubnets DescribeTags DescribeVpcs RevokeSecurityGroupIngress"),
        *_of("elasticloadbalancing", "AddListenerCertificates AddTags CreateListener CreateLoadBalancer CreateRule"),
        *_of("elasticloadbalancing", "CreateTargetGroup DeleteListener DeleteLoadBalancer DeleteRule"),
        *_of("elasticloadbalancing", "DeleteTargetGroup DeregisterTargets DescribeListenerCertificates"),
        *_of("elasticloadbalancing", "DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancers"),
        *_of("elasticloadbalancing", "DescribeRules DescribeSSLPolicies DescribeTags DescribeTargetGroupAttributes"),
        *_of("elasticloadbalancing", "DescribeTargetGroups DescribeTargetHealth ModifyListener ModifyRule"),
        *_of("elasticloadbalancing", "ModifyLoadBalancerAttributes ModifyTargetGroup ModifyTargetGroupAttributes"),
        *_of("elasticloadbalancing", "RegisterTargets RemoveListenerCertificates RemoveTags SetSecurityGroups"),
        *_of("elasticloadbalancing", "SetSubnets"),
    ),
    "cluster-autoscaler": (
        *_of("autoscaling", "DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeScalingActivities"),
        *_of("autoscaling", "DescribeTags SetDesiredCapacity TerminateInstanceInAutoScalingGroup"),
        *_of("ec2", "DescribeImages DescribeInstanceTypes DescribeLaunchTemplateVersions"),
        "ec2:GetInstanceTypesFromInstanceRequirements",
        "eks:DescribeNodegroup",
    ),
    "external-dns": _of(
        "route53", "ChangeResourceRecordSets ListHostedZones ListResourceRecordSets ListTagsForResources"
    ),
}
"""By chart: the actions that the controller's documentation lists for what is always in use."""
_LOCAL: Final = re.compile(r"\blocal\.(\w+)")


def files(sources: Sources) -> list[str]:
    return sorted({one.path for role in _roles(sources) for one in role.statements})


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return gathered(_flaws(sources))


def _flaws(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for role in _roles(sources):
        missing = [(role.nearest(action), action) for action in _ASKED[role.name] if not role.allows(action)]
        for statement in role.allowing:
            actions = [action for nearest, action in missing if nearest is statement]
            if actions:
                message = f"{role.name} asks for {' and '.join(actions)}, and its role may not"
                yield statement.path, at(statement, message, f"Allow {', '.join(actions)}.")


@shared
def _roles(sources: Sources) -> tuple[Role, ...]:
    """What each controller may do by the statements that stand under its name in a map, all of them known."""
    charts = {given.literal for one in of(sources, "helm_release") if (given := one.body.get("chart"))}
    wanted = charts & _ASKED.keys() if is_ours(sources) else set()
    found = []
    for place, module in modules(sources).items() if wanted else ():
        for name, local in module.locals.items():
            for key, _, value in hcl.entries(local.body.arguments[0].value):
                statements = list(_statements(sources, name, local.path, value)) if key in wanted else []
                role = Role(key or "", place, statements)
                if role.allowing and not _is_open(role):
                    found.append(role)
    return tuple(found)


def _is_open(role: Role) -> bool:
    return any(HOLE in word.text for one in role.allowing for word in one.actions)


def _statements(sources: Sources, name: str, path: str, value: Any) -> Iterator[Statement]:
    """The statements that a value spells out, and those of the locals that it names."""
    lines = range(value.start_point[0] + 1, value.end_point[0] + 2)
    named = set(_LOCAL.findall(hcl.word(value)))
    for one in iam.statements(sources):
        if one.owner.kind == "locals" and folder(one.path) == folder(path):
            here = one.path == path and one.owner.name == name and one.line in lines
            if here or one.owner.name in named:
                yield one
