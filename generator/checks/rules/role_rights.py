"""A role has the rights that only work together, and those that scripts ask of it

To push an image takes five rights of the registry, and signing in one more: a role that has some of them stops
half-way. Who may begin a log and not write to it starts no container, who may delete a database but not make one cannot
apply the next plan, and who may read secrets that keys of yours encrypt, but not `kms:Decrypt`, reads none. Where the
scripts of a repository call `aws ecr` or `aws eks update-kubeconfig`, a role that may do the rest of a release may do
this, too. Roles with policies that the Terraform of the repository does not show are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.models.cloud_roles import Role, roles
from generator.checks.models.habits import habit
from generator.checks.models.iam import Statement
from generator.checks.models.terraform_settings import of, resources
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, lines, shared, text

FORMAT = Format.TERRAFORM

_PUSH: Final = (
    "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
    "ecr:BatchCheckLayerAvailability",
)  # fmt: skip
_LAYERS: Final = (*_PUSH[:3], "ecr:GetDownloadUrlForLayer")
_LOGIN: Final = "ecr:GetAuthorizationToken"
_MARK: Final = {
    "ecr:DescribeImages": "describe-images", "ecr:BatchGetImage": "batch-get-image", "ecr:PutImage": "put-image",
}  # fmt: skip
"""What scripts ask of a registry, each with its command."""
_MAKES: Final = {
    "aws_db_instance": "rds:DBInstance", "aws_kms_alias": "kms:Alias", "aws_s3_bucket": "s3:Bucket",
    "aws_sns_topic": "sns:Topic", "aws_cloudwatch_log_group": "logs:LogGroup", "aws_ecr_repository": "ecr:Repository",
    "aws_sqs_queue": "sqs:Queue", "aws_eks_cluster": "eks:Cluster", "aws_ecs_cluster": "ecs:Cluster",
    "aws_ecs_service": "ecs:Service", "aws_vpc": "ec2:Vpc", "aws_subnet": "ec2:Subnet", "aws_iam_role": "iam:Role",
    "aws_security_group": "ec2:SecurityGroup", "aws_lb": "elasticloadbalancing:LoadBalancer",
    "aws_dynamodb_table": "dynamodb:Table", "aws_lambda_function": "lambda:Function",
    "aws_secretsmanager_secret": "secretsmanager:Secret", "aws_iam_policy": "iam:Policy",
}  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    if roles(sources):
        places = {role.place for role in roles(sources)}
        yield from (path for path in sources.ending(".tf") if folder(path) in places)
        yield from dict.fromkeys(path for path, _, _ in _calls(sources).get("get-login-password", ()))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _found(sources).get(path, ())


@shared
def _found(sources: Sources) -> Mapping[str, list[Flaw]]:
    found: dict[str, list[Flaw]] = {}
    for role in roles(sources):
        for path, flaw in _flaws(sources, role):
            if flaw not in found.setdefault(path, []):
                found[path].append(flaw)
    return found


def _flaws(sources: Sources, role: Role) -> Iterator[tuple[str, Flaw]]:
    # Half of these is of no use to anybody; a role with half of the others may be meant for something else.
    yield from _together(role, _PUSH[:3], _PUSH, "push an image", sure=True)
    yield from _together(role, ("ecr:GetDownloadUrlForLayer",), ("ecr:BatchGetImage",), "pull an image", sure=True)
    yield from _together(role, ("logs:CreateLogStream",), ("logs:PutLogEvents",), "write logs", sure=True)
    yield from _together(role, ("acm:DeleteCertificate",), ("acm:RequestCertificate",), "make a certificate")
    yield from _login(sources, role)
    calls = _calls(sources)
    if "update-kubeconfig" in calls:
        yield from _together(role, ("eks:AccessKubernetesApi",), ("eks:DescribeCluster",), "reach the cluster")
    asked = [action for action, command in _MARK.items() if command in calls]
    if len(asked) == len(_MARK) and sum(map(role.allows, asked)) == len(asked) - 1:
        yield from _together(role, tuple(filter(role.allows, asked)), tuple(asked), "release an image")
    if _encrypted(sources):
        task = "read a secret that a key of yours encrypts"
        yield from _together(role, ("secretsmanager:GetSecretValue",), ("kms:Decrypt",), task)
    if _applies(role):
        yield from _made(sources, role)


def _together(
    role: Role, some: tuple[str, ...], needed: tuple[str, ...], task: str, *, sure: bool = False
) -> Iterator[tuple[str, Flaw]]:
    """What a role lacks of the rights of a task of which it has some."""
    missing = [action for action in needed if not role.allows(action)]
    statement = _naming(role, some)
    if statement and missing:
        message = f"role {role.name} cannot {task}: it may {_first(role, some)} and not {' or '.join(missing)}"
        flaw = at(statement, message, f"Allow {', '.join(missing)} as well.")
        yield statement.path, flaw if sure else habit(flaw)


def _naming(role: Role, actions: tuple[str, ...]) -> Statement | None:
    """The statement that names one of the actions."""
    wanted = {action.lower() for action in actions}
    return next((one for one in role.allowing for word in one.actions if word.text.lower() in wanted), None)


def _all_naming(role: Role, action: str) -> list[Statement]:
    return [one for one in role.allowing if any(word.text.lower() == action.lower() for word in one.actions)]


def _reaches(one: Statement, other: Statement) -> bool:
    """Whether a statement is about what another is about, as far as their resources say."""
    theirs, mine = ({word.text for word in each.resources} for each in (other, one))
    return not theirs or not mine or "*" in mine or bool(mine & theirs)


def _first(role: Role, actions: tuple[str, ...]) -> str:
    return next(action for action in actions if role.allows(action))


def _login(sources: Sources, role: Role) -> Iterator[tuple[str, Flaw]]:
    statement = _naming(role, _LAYERS)
    if statement is None or role.allows(_LOGIN):
        return
    message = f"role {role.name} moves images and cannot sign in at the registry: nothing allows {_LOGIN}"
    calls = _calls(sources).get("get-login-password", ())
    for path, number, column in calls[:1]:
        yield path, habit(Flaw(number, f"{message} ({statement.path})", f"Allow {_LOGIN}.", column))
    if not calls:
        yield statement.path, habit(at(statement, message, f"Allow {_LOGIN}."))


@shared
def _calls(sources: Sources) -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """Where scripts call the commands of AWS that are looked for, by command."""
    wanted = (*_MARK.values(), "get-login-password", "update-kubeconfig")
    pattern = re.compile(rf"\b(?:aws|ecr|eks)\s(?:[^|#]*\s)?({'|'.join(wanted)})\b")
    found: dict[str, list[tuple[str, int, int]]] = {}
    for path in sources.ending(".sh"):
        for number, line in enumerate(lines(sources, path), 1) if "aws" in text(sources, path) else ():
            match = pattern.search(line) or re.search(rf"\b_ecr ({'|'.join(wanted)})\b", line)
            if match and not line.lstrip().startswith("#"):
                found.setdefault(match[1], []).append((path, number, match.start(1) + 1))
    return {command: tuple(those) for command, those in found.items()}


@shared
def _encrypted(sources: Sources) -> bool:
    """Whether all secrets of the tree are encrypted by keys of their own."""
    every = list(of(sources, "aws_secretsmanager_secret"))
    return bool(every) and all(one.body.get("kms_key_id") for one in every)


def _applies(role: Role) -> bool:
    """Whether a role makes what Terraform says: it may make things of several services."""
    made = {word.text.partition(":")[0] for one in role.allowing for word in one.actions if ":Create" in word.text}
    return len(made) > 2


def _made(sources: Sources, role: Role) -> Iterator[tuple[str, Flaw]]:
    for type_, thing in _MAKES.items():
        prefix, _, name = thing.partition(":")
        create, delete = f"{prefix}:Create{name}", f"{prefix}:Delete{name}"
        for statement in _all_naming(role, delete) if type_ in resources(sources) else ():
            if any(_reaches(one, statement) for one in role.allowing_action(create)):
                continue
            message = f"role {role.name} may {delete} and not {create}: no plan that makes an {type_} can be applied"
            yield statement.path, habit(at(statement, message, f"Allow {create} as well."))
