"""Each root and environment has a state of its own, encrypted and locked

Terraform's state says what there is, with every password in clear. Two roots that write one state delete what the
other made; an environment that is initialised with the state of another would be planned, and destroyed, as that one.
So `bucket` and `key` differ for each root and environment, `encrypt` is true, and `use_lockfile` (or a table of locks)
keeps two applies apart. Judged are `backend "s3"` blocks and files of their settings (`*.backend.hcl`, `*.tfbackend`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Body
from generator.checks.models.habits import habit
from generator.checks.models.terraform import module_of
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, name, shared

FORMAT = Format.TERRAFORM

_SUFFIX: Final = re.compile(r"\.(?:s3\.)?(?:backend\.hcl|tfbackend)$")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a state."""

    path: str
    body: Body

    @property
    def environment(self) -> str:
        return _SUFFIX.sub("", name(self.path))

    def text(self, argument: str) -> str:
        given = self.body.get(argument)
        return (given.literal if given else None) or ""


def files(sources: Sources) -> Iterator[str]:
    yield from _files(sources)
    yield from _blocks(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for body in _blocks(sources).get(path, ()):
        yield from _unsafe(body)
    settings = _files(sources).get(path)
    if settings:
        yield from _unsafe(settings.body)
        yield from _mixed_up(sources, settings)


@shared
def _files(sources: Sources) -> Mapping[str, Settings]:
    """The files of settings, those of the outermost root first."""
    found = sorted((p for p in sources.tree if _SUFFIX.search(p)), key=lambda path: (path.count("/"), path))
    bodies = ((path, hcl.parse(sources, path).body) for path in found if path.endswith(hcl.SUFFIXES))
    return {path: Settings(path, body) for path, body in bodies if body.get("bucket") and body.get("key")}


@shared
def _alike(sources: Sources, bucket: str) -> tuple[Settings, ...]:
    """The files that name a bucket."""
    return tuple(one for one in _files(sources).values() if one.text("bucket") == bucket)


@shared
def _beside(sources: Sources, place: str) -> frozenset[str]:
    """The environments that have a file in a folder."""
    return frozenset(one.environment for path, one in _files(sources).items() if folder(path) == place)


@shared
def _blocks(sources: Sources) -> Mapping[str, list[Body]]:
    found: dict[str, list[Body]] = {}
    for path in sources.ending(".tf"):
        for terraform in hcl.parse(sources, path).body.of("terraform"):
            for backend in terraform.body.of("backend"):
                if backend.labels == ("s3",):
                    found.setdefault(path, []).append(backend.body)
    return found


def _unsafe(body: Body) -> Iterator[Flaw]:
    encrypt, lock = body.get("encrypt"), body.get("use_lockfile")
    if encrypt and encrypt.literal == "false":
        yield _warn(encrypt, "encrypt = false: whoever reads the bucket reads every secret of the state", "true")
    if lock and lock.literal == "false" and not body.get("dynamodb_table"):
        yield _warn(lock, "use_lockfile = false: two applies at once leave the state of neither", "true")


def _warn(argument: Argument, message: str, right: str) -> Flaw:
    return habit(at(argument, message, f"Set {argument.name} = {right}."))


def _mixed_up(sources: Sources, one: Settings) -> Iterator[Flaw]:
    alike = list(_alike(sources, one.text("bucket")))
    before = alike[: alike.index(one)]
    for other in (other for other in before if other.text("key") == one.text("key")):
        argument = one.body.get("bucket" if _root(sources, one) == _root(sources, other) else "key")
        if argument and _root(sources, one) is not None:
            message = f"{other.path} names the same state: what the one made, the other deletes"
            yield at(argument, message, f"Give it a {argument.name} of its own.")
            return
    yield from _of_another(sources, one)
    yield from _region(sources, one, [other for other in alike if other.path != one.path])


def _root(sources: Sources, one: Settings) -> str | None:
    module = module_of(sources, one.path)
    return module.folder if module else None


def _of_another(sources: Sources, one: Settings) -> Iterator[Flaw]:
    """A state that has the name of another environment, and not its own."""
    bucket = one.body.get("bucket")
    state = re.sub(r"CHANGEME\w*", "", f"{one.text('bucket')}/{one.text('key')}").lower()
    if bucket is None or _names(state, one.environment):
        return
    others = _beside(sources, folder(one.path)) - {one.environment}
    for environment in sorted(each for each in others if _names(state, each))[:1]:
        message = f"{one.environment} is planned against the state of {environment}: bucket {one.text('bucket')}"
        yield at(bucket, message, "Name its own bucket.")


def _names(state: str, environment: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(environment.lower())}(?![a-z0-9])", state) is not None


def _region(sources: Sources, one: Settings, others: list[Settings]) -> Iterator[Flaw]:
    """A bucket is in one region, and other roots name another."""
    region = one.body.get("region")
    given = {other.path: other.text("region") for other in others if other.text("region")}
    if not region or not given or one.text("region") in given.values():
        return
    right = sorted(set(given.values()))[0]
    if len(given) > 1 or right == _environment_region(sources, one):
        message = f"the bucket {one.text('bucket')} is in {right} for {min(given)}, and in {region.literal} here"
        yield at(region, message, f'Set region = "{right}".')


def _environment_region(sources: Sources, one: Settings) -> str:
    """The region that the variables of the same environment name; "" for none."""
    variables = f"{folder(one.path)}/{one.environment}.tfvars".lstrip("/")
    given = hcl.parse(sources, variables).body.get("region") if variables in sources.tree else None
    return (given.literal if given else None) or ""
