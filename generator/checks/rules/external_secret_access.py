"""The cluster may read the secrets that its ExternalSecrets ask for

A secret that exists but that the operator's role may not read looks like one that is not there: the Secret is
never made. The role is that of the EKS pod identity of the service account by which the store reads
(`external-secrets`, unless the store names another); one of its policies must allow
`secretsmanager:GetSecretValue` on each secret. Add the secret's ARN there. Roles and policies that the
repository's Terraform does not show are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import secrets
from generator.checks.models.secrets import Key
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    for path, keys in secrets.keys(sources).items():
        if any(True for key in keys for _ in _judged(sources, key)):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for key in secrets.keys(sources)[path]:
        for arns in _judged(sources, key):
            if not any(secrets.allowed(arn, key.text) for arn in arns):
                message = f"{key.where}: the role of {key.reader} may not read the secret {key.text}"
                yield at(key.place, message, f"Let a policy of the role allow {secrets.READ} on its ARN.")


def _judged(sources: Sources, key: Key) -> Iterator[tuple[str, ...]]:
    """The ARNs that may be read, for each environment that makes the secret and says what may be."""
    for environment in secrets.resolved(sources, key) or ():
        arns = secrets.readable(sources, environment, key.reader)
        if arns is not None and secrets.ANY not in arns:
            yield arns
