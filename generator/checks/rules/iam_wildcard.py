"""A policy gives the rights that are needed, on what they are needed for

`"Action": "*"` makes everybody who has the role the owner of the account; `s3:*` deletes where reading was meant; and
with `"Resource": "*"` the right to read one secret is the right to read all of them. Name the actions, and the ARNs.
What only says what may be at most (a boundary, a policy of an organisation or of an endpoint) and the policy of a key,
where `*` is the key itself, may say more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam, iam_actions
from generator.checks.models.habits import habit
from generator.checks.models.iam import Statement, Word
from generator.checks.models.terraform_settings import in_file
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_ADMINISTRATOR: Final = ':policy/AdministratorAccess"'
_LIMITS: Final = {"aws_organizations_policy", "aws_vpc_endpoint", "aws_vpc_endpoint_policy"}
"""Resources whose policies say what may be at most."""
_WIDE: Final = (
    "kms:viaservice", "iam:passedtoservice", "iam:awsservicename", "iam:permissionsboundary", "aws:securetransport",
    "aws:multifactorauthpresent", "aws:sourceip",
)  # fmt: skip
"""Keys of conditions that leave every resource of the account within reach."""
_DANGEROUS: Final = {
    "secretsmanager": {"getsecretvalue", "putsecretvalue"},
    "kms": {"decrypt", "creategrant", "putkeypolicy", "schedulekeydeletion"},
    "iam": {
        "passrole",
        "attachrolepolicy",
        "putrolepolicy",
        "createrole",
        "createpolicyversion",
        "updateassumerolepolicy",
    },
    "sts": {"assumerole"},
    "ssm": {"getparameter", "getparameters", "getparametersbypath", "sendcommand"},
    "s3": {"getobject", "putobject", "deleteobject", "deletebucket", "putbucketpolicy"},
}
"""Rights that are dangerous on everything, whatever stands beside them."""


_ATTACHMENTS: Final = (
    "aws_iam_role_policy_attachment", "aws_iam_user_policy_attachment", "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment", "aws_iam_role",
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return (
        path
        for path in sources.ending(".tf")
        if iam.of_file(sources, path) or any(in_file(sources, path, *_ATTACHMENTS))
    )


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for resource in in_file(sources, path, *_ATTACHMENTS):
        for argument in resource.body.arguments:
            if argument.name in ("policy_arn", "managed_policy_arns") and _ADMINISTRATOR in hcl.word(argument.value):
                message = f"{resource.address} gives AdministratorAccess: whoever has it can do everything"
                yield habit(at(argument, message, "Attach a policy with the actions that are needed."))
    for statement in iam.of_file(sources, path):
        if statement.allows:
            flaws = list(_flaws(statement))
            if flaws and not _is_limit(sources, statement):
                yield from flaws


def _is_limit(sources: Sources, statement: Statement) -> bool:
    uses = iam.uses(sources, statement)
    return iam.is_boundary(sources, statement) or (bool(uses) and uses <= _LIMITS)


def _flaws(statement: Statement) -> Iterator[Flaw]:
    if iam.everybody(statement):
        return
    wide = list(_wide(statement))
    yield from wide
    if not wide and not statement.principals and statement.whole and not _narrowed(statement):
        everything = [word for word in statement.resources if word.text == "*"]
        action = _on_everything(statement) if everything else ""
        if action:
            message = f'Resource "*" allows {action} on every resource of the account'
            yield habit(at(everything[0], message, "Name the ARNs that it is needed on."))


def _wide(statement: Statement) -> Iterator[Flaw]:
    """What a statement says of everything, in one finding for all its services."""
    all_of = [word for word in statement.actions if word.text in ("*", "*:*")]
    if all_of:
        yield habit(at(all_of[0], 'Action "*" lets whoever has this policy do everything', "Name the actions."))
        return
    services = [word for word in statement.actions if _is_service(statement, word)]
    if services:
        prefix = iam_actions.split(services[0].text)[0]
        others = f", and {len(services) - 1} more like it," if len(services) > 1 else ""
        message = f'Action "{services[0].text}"{others} lets whoever has this policy do everything that {prefix} can'
        yield habit(at(services[0], message, "Name the actions."))


def _is_service(statement: Statement, word: Word) -> bool:
    """Whether it is every action of a service; the policy of a key gives these to the account itself."""
    prefix, name = iam_actions.split(word.text)
    whose = [one.text for words in statement.principals.values() for one in words]
    own = prefix == "kms" and bool(whose) and all(one.endswith((":root", HOLE)) for one in whose)
    return name == "*" and HOLE not in prefix and not own


def _narrowed(statement: Statement) -> bool:
    return any(not test.key.lower().startswith(_WIDE) for test in statement.tests)


def _on_everything(statement: Statement) -> str:
    """An action of a statement that should be limited to a resource; "" for none."""
    changing = ""
    limitable = True
    for word in statement.actions:
        prefix, name = iam_actions.split(word.text)
        service = iam_actions.service(prefix)
        found = service.matching(name) if service and HOLE not in word.text else []
        dangerous = _DANGEROUS.get(prefix, set()) & set(found)
        if dangerous:
            return word.text
        limitable = limitable and service is not None and any(one in service.scoped for one in found)
        if not name.lower().startswith(("describe", "list")):
            changing = changing or word.text
    return changing if limitable else ""
