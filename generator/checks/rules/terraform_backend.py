"""Settings of Terraform's backend are known to it and complete

The backend keeps the state. Terraform refuses a setting that the backend does not have, in its block and in the file
that `-backend-config` names, and asks for one that it must have: in CI there is nobody to answer. Correct the name, or
add the setting, to the block or to the file of each environment.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.environments import places
from generator.checks.models.terraform import configurations
from generator.checks.models.terraform_backends import BACKENDS, block_of
from generator.checks.models.terraform_backends import files as settings
from generator.checks.models.terraform_values import alike, given_elsewhere, names
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    yield from configurations(sources)
    yield from settings(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    body = hcl.parse(sources, path).body
    if path.endswith((".tf", ".tofu")):
        for inner in (inner for outer in body.of("terraform") for inner in outer.body.of("backend")):
            yield from _unknown(inner.name, inner.body.arguments)
        return
    block = block_of(sources, path)
    known = BACKENDS.get(block.name) if block else None
    if block and known:
        yield from _unknown(block.name, body.arguments)
        given = {argument.name for argument in block.body.arguments} | names(sources, path)
        for name in sorted(_missing(sources, path, known.required - given)):
            yield Flaw(
                0,
                f"the backend {block.name} needs {name}",
                f"Add `{name} = ...` here, or to the block for all environments.",
            )


def _unknown(kind: str, given: list[Argument]) -> Iterator[Flaw]:
    known = BACKENDS.get(kind)
    for argument in given if known else ():
        if known and argument.name not in known.known:
            message = f"the backend {kind} has no setting {argument.name}"
            yield at(argument, message, f"Remove {argument.name}.", did_you_mean(argument.name, known.known))


def _missing(sources: Sources, path: str, wanted: frozenset[str]) -> set[str]:
    """Of what this file does not give, that which the files of the other environments do, or nothing else does."""
    if not wanted or not hcl.parse(sources, path).readable:
        return set()
    others = [names(sources, one) for one in alike(sources, path)]
    if others:
        return set(wanted & frozenset.intersection(*others)) - given_elsewhere(sources)
    alone = path in {one for by in places(sources).values() for one in by.values()}
    return set(wanted - given_elsewhere(sources)) if alone else set()
