"""ExternalSecrets ask for secrets that Terraform makes

An ExternalSecret whose key names no secret never makes its Secret, and the pods that need it do not start. Each
key, as every overlay builds it, must be the name of an `aws_secretsmanager_secret` in that environment's Terraform.
Make the secret, or correct the key. Keys that a script sets, and names that the text does not give, are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import secrets
from generator.checks.models.secrets import Key
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.spelling import closest

FORMAT = Format.KUBERNETES


def files(sources: Sources) -> Iterator[str]:
    for path, keys in secrets.keys(sources).items():
        if any(secrets.resolved(sources, key) is not None for key in keys):
            yield path


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for key in secrets.keys(sources)[path]:
        if secrets.resolved(sources, key) == ():
            names = {name for one in key.environments for name in secrets.made(sources, one) if HOLE not in name}
            near = did_you_mean(key.text, [name for name in names if _may_be_meant(key, name)])
            fix = f"Make {key.text} where the other secrets are made, or correct the key."
            yield at(key.place, f"{key.where}: Terraform makes no secret {key.text}", fix, near)


def _may_be_meant(key: Key, name: str) -> bool:
    """Whether a secret may be the one that a key names: that of another service or environment is somebody else's."""
    mine, theirs = key.text.split("/"), name.split("/")
    apart = [(own, other) for own, other in zip(mine, theirs, strict=False) if own != other]
    # The first of three and more is the project: all the rest says whose the secret is.
    if len(mine) != len(theirs) or (len(mine) > 2 and len(apart) == 1 and mine[0] != theirs[0]):
        return len(mine) == len(theirs)
    return all(
        (other in key.environments and own not in key.environments) or closest(own, [other]) for own, other in apart
    )
