"""ExternalSecrets ask for secrets that Terraform makes

An ExternalSecret whose key names no secret never makes its Secret, and the pods that need it do not start. Each
key, as every overlay builds it, must be the name of an `aws_secretsmanager_secret` in that environment's Terraform.
Make the secret, or correct the key. Keys that a script sets, and names that the text does not give, are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import secrets
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    for path, keys in secrets.keys(sources).items():
        if any(secrets.resolved(sources, key) is not None for key in keys):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for key in secrets.keys(sources)[path]:
        if secrets.resolved(sources, key) == ():
            names = {name for one in key.environments for name in secrets.made(sources, one) if HOLE not in name}
            message = f"{key.where}: Terraform makes no secret {key.text}{did_you_mean(key.text, names)}"
            yield at(key.place, message, "Make it where the other secrets are made, or correct the key.")
