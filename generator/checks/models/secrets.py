"""The secrets of AWS Secrets Manager: which the cluster asks for, which Terraform makes, which may be read.

A name that is not known to the last letter has holes, and may be any that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_values import HOLE, OTHER, Unknown
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import kubernetes
from generator.checks.models.kustomize_build import applied
from generator.checks.models.kustomize_replacing import UNKNOWN
from generator.checks.models.kustomize_selecting import Built
from generator.checks.models.terraform_scope import Instance, Scope, environments
from generator.checks.rule import Point
from generator.checks.source import Sources, folder, name, shared, text

OPERATOR: Final = "external-secrets"
"""The namespace, and the service account, that the operator's chart has by default."""
READ: Final = "secretsmanager:GetSecretValue"
ANY: Final = HOLE
"""In place of an ARN that is not known: it may be any."""
_WAYS: Final = (("data", "remoteRef"), ("dataFrom", "extract"))


@dataclass(frozen=True, slots=True)
class Key:
    """The name of a secret that an ExternalSecret asks for, as one overlay builds it."""

    place: Point
    overlay: str
    text: str
    reader: str
    """The service account that asks; "" for one that is not known."""
    environments: tuple[str, ...]
    """The environments of Terraform that it may be made in."""

    @property
    def where(self) -> str:
        """How a message names what is applied."""
        return self.environments[0] if len(self.environments) == 1 and self.environments[0] else self.overlay


@shared
def keys(sources: Sources) -> dict[str, list[Key]]:
    """The keys that can be held to Terraform, by the file of their ExternalSecret."""
    found: dict[str, list[Key]] = {}
    for group in applied(sources) if environments(sources) else ():
        for one in group.of_kind("ExternalSecret"):
            if one.manifest.name not in _scripts(sources):
                for path, key in _keys(sources, group.path, one):
                    found.setdefault(path, []).append(key)
    return found


def _keys(sources: Sources, path: str, one: Built) -> Iterator[tuple[str, Key]]:
    reader = _reader(sources, one.manifest.node)
    if reader is None:
        return
    overlay = folder(path) if kubernetes.is_kustomization(path) else path
    stems = tuple(stem for stem in (name(overlay), "") if stem in environments(sources))
    of = stems if name(overlay) in stems else tuple(environments(sources))
    for field, inner in _WAYS:
        for entry in one.manifest.node.at("spec", field).items:
            key = entry.at(inner, "key")
            if key.text not in ("", UNKNOWN):
                yield one.file_of(key), Key(Point(key.line, key.column), overlay, _name(key.text), reader, of)


def _name(key: str) -> str:
    """The name in a key, which may be an ARN: that ends in six letters of AWS."""
    arn = re.fullmatch(r"arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:(.+?)(-\w{6})?", key)
    return arn[1] if arn else key


def _reader(sources: Sources, node: Node) -> str | None:
    """The service account by which the store of an ExternalSecret reads; None where it is not AWS' secret store."""
    wanted = node.at("spec", "secretStoreRef")
    kind = wanted.at("kind").text or "SecretStore"
    stores = [one.node for one in kubernetes.of_kind(sources, kind) if one.name == wanted.at("name").text]
    aws = stores[0].at("spec", "provider", "aws") if stores else ABSENT
    if aws.at("service").text != "SecretsManager":
        return None
    account = aws.at("auth", "jwt", "serviceAccountRef", "name").text
    return account or ("" if aws.at("auth") else OPERATOR)


@shared
def _scripts(sources: Sources) -> frozenset[str]:
    """The ExternalSecrets whose keys a script sets when it applies them."""
    pattern = re.compile(r"kind: ExternalSecret, name: ([\w.-]+)")
    return frozenset(found for path in sources.ending(".sh") for found in pattern.findall(text(sources, path)))


def resolved(sources: Sources, key: Key) -> tuple[str, ...] | None:
    """The environments that make a key's secret, none where it is missed; None where the tree does not say.

    It says nothing where its Terraform makes no secret for any cluster, or where a name has holes that fit.
    """
    names = {name for environment in key.environments for name in made(sources, environment)}
    exact = key.text in names
    if not in_charge(sources, key.reader) or (not exact and any(fits(pattern, key.text) for pattern in names)):
        return None
    return tuple(one for one in key.environments if key.text in made(sources, one))


@shared
def in_charge(sources: Sources, reader: str) -> bool:
    """Whether Terraform of the tree makes secrets, or gives the reader a role: then what is missing is missing."""
    return any(made(sources, one) or readable(sources, one, reader) is not None for one in environments(sources))


def fits(pattern: str, wanted: str) -> bool:
    """Whether a text with holes may be another."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split(HOLE))), wanted) is not None


@shared
def made(sources: Sources, environment: str) -> frozenset[str]:
    """The names of the secrets that Terraform makes, or looks up as made by others, in an environment."""
    found: set[str] = set()
    for scope in _scopes(sources, environment):
        for kind in ("resource", "data"):
            found |= {one.secret for one in scope.objects(kind, "aws_secretsmanager_secret")}
        # A module from elsewhere may make any.
        sourced = (call.body.get("source") for call in scope.module.modules.values())
        found |= {HOLE for one in sourced if one and "secret" in (one.literal or "") and not _is_local(one.literal)}
    return frozenset(found)


def _is_local(source: str | None) -> bool:
    return (source or "").startswith(("./", "../"))


def _scopes(sources: Sources, environment: str) -> Iterator[Scope]:
    for root in environments(sources).get(environment, ()):
        yield from root.all()


@shared
def readable(sources: Sources, environment: str, reader: str) -> tuple[str, ...] | None:
    """The ARNs that a service account may read, as texts with holes; None where no role is known to be its own."""
    roles = {role for scope in _scopes(sources, environment) for role in _roles(scope, reader)}
    policies = [policy for scope in _scopes(sources, environment) for policy in _policies(scope, roles)]
    return tuple(arn for policy in policies for arn in _granted(policy)) if roles and policies else None


def _roles(scope: Scope, reader: str) -> Iterator[str]:
    for one in scope.objects("resource", "aws_eks_pod_identity_association"):
        account, namespace, role = (one.argument(key) for key in ("service_account", "namespace", "role_arn"))
        own = account == reader or (reader == OPERATOR and namespace == OPERATOR)
        if own and isinstance(role, str):
            yield role


def _policies(scope: Scope, roles: set[str]) -> Iterator[Any]:
    for one in scope.objects("resource", "aws_iam_role_policy"):
        if _is_one(one.argument("role"), roles):
            yield one.argument("policy")
    for one in scope.objects("resource", "aws_iam_role_policy_attachment"):
        if _is_one(one.argument("role"), roles):
            arn = one.argument("policy_arn")
            found = [p for p in scope.objects("resource", "aws_iam_policy") if p.mark == arn]
            yield found[0].argument("policy") if found else None


def _is_one(given: Any, roles: set[str]) -> bool:
    """Whether a value, which may be a whole object, names one of the roles."""
    return isinstance(given, str) and given in roles


def _granted(policy: Any) -> Iterator[str]:
    """The ARNs that a policy lets be read; a part of it that is not known may allow any."""
    for one in _statements(policy):
        if not isinstance(one, dict):
            yield ANY
        elif one.get("Effect", "Allow") == "Allow" and any(_reads(action) for action in _list(one.get("Action"))):
            for arn in _list(one.get("Resource")):
                if arn is not OTHER:
                    yield arn if isinstance(arn, str) else ANY


def _statements(policy: Any) -> list[Any]:
    if isinstance(policy, Instance):
        return [_statement(policy, block.body) for block in policy.body.of("statement")]
    return _list(policy.get("Statement") if isinstance(policy, dict) else None)


def _statement(policy: Instance, body: Body) -> dict[str, Any]:
    words = {"Effect": "effect", "Action": "actions", "Resource": "resources"}
    given = {key: policy.scope.value(body, argument, policy.bound) for key, argument in words.items()}
    return {key: value for key, value in given.items() if value is not None}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _reads(action: Any) -> bool:
    return isinstance(action, Unknown) or (isinstance(action, str) and fits(action.replace("*", HOLE), READ))


def allowed(pattern: str, secret: str) -> bool:
    """Whether an ARN of a policy, with holes and `*`, may be that of a secret: it ends in six letters of AWS."""
    _, found, named = pattern.partition(":secret:")
    return fits((named if found else pattern).replace("*", HOLE), f"{secret}-??????")
