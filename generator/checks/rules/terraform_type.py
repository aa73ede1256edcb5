"""Terraform resource, data source and block types exist

Terraform refuses a type that its provider does not have, and a top-level block, a backend or a
provisioner that the language does not have. The types come from recorded schemas of the providers;
those of other providers are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import TESTS, judged, module_of, modules
from generator.checks.models.terraform_editions import Judges, chosen, strange, weighed
from generator.checks.models.terraform_language import LABELS, LANGUAGE, NEWER, OFFICIAL, TEST_LANGUAGE
from generator.checks.models.terraform_schema import of_type, types
from generator.checks.models.terraform_spots import SECTIONS, judges_of
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared
from generator.spelling import Guess

FORMAT = Format.TERRAFORM


files = judged


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = module_of(sources, path)
    required = set(module.providers if module else ()) or everywhere(sources)
    known = {*TEST_LANGUAGE, "provider"} if path.endswith(TESTS) else {*LANGUAGE, *SECTIONS, *NEWER, "provider"}
    for block in hcl.parse(sources, path).body.blocks:
        if block.type not in known:
            yield at(block, f"unknown block {block.type}", f"Take {block.type} out.", did_you_mean(block.type, known))
        for one in block.body.of("data") if block.type == "check" else (block,):
            if one.type in SECTIONS:
                run_on = _without_its_sign(sources, path, one, required)
                yield from (run_on,) if run_on else _object(one, required, judges_of(sources, path, chosen(one)))
        yield from _labels(block)


def _without_its_sign(sources: Sources, path: str, block: Block, required: set[str]) -> Flaw | None:
    """A type that runs on from the name of its provider, as `awslb` for `aws_lb`."""
    kind = block.labels[0] if len(block.labels) == 2 else ""
    own = kind.partition("_")[0]
    for name in sorted(required - {own}) if own not in OFFICIAL else ():
        meant = f"{name}_{kind.removeprefix(name)}"
        editions = judges_of(sources, path, name).editions if own.startswith(name) else ()
        if editions and of_type(editions[0], SECTIONS[block.type], meant):
            message = f"{kind} belongs to no provider that required_providers names"
            return at(block, message, near=Guess(meant))
    return None


def _labels(block: Block) -> Iterator[Flaw]:
    for inner in block.body.blocks:
        labels = LABELS.get((block.type, inner.type))
        if labels and inner.name not in labels:
            yield at(inner, f"there is no {inner.type} {inner.name}", one_of(labels), did_you_mean(inner.name, labels))


@shared
def everywhere(sources: Sources) -> set[str]:
    """The providers that some module requires: a module that names none gets those of its caller."""
    return {name for module in modules(sources).values() for name in module.providers}


def _object(block: Block, required: set[str], judges: Judges) -> Iterator[Flaw]:
    if len(block.labels) != 2:
        fix = f'Write `{block.type} "<type>" "<name>" {{`.'
        yield at(block, f"{block.type} needs a type and a name", fix)
        return
    kind, section = block.labels[0], SECTIONS[block.type]
    own = kind.partition("_")[0]
    if judges.editions:
        having = [edition for edition in judges.editions if of_type(edition, section, kind)]
        if judges.first not in having and own != "terraform":
            known = () if having else types(judges.first, section)
            fix = f"Require a version of {judges.first.name} that has it, or remove it."
            flaw = at(block, f"{judges.first.name} has no {block.type} type {kind}", fix, did_you_mean(kind, known))
            yield weighed(flaw, judges, having, strange=not having and _new(section, kind, judges))
    elif not block.body.get("provider") and own not in {*required, *OFFICIAL}:
        near = did_you_mean(own, {*required, *OFFICIAL})
        if near and required:
            fix = f"Write {near.name}{kind.removeprefix(own)}."
            yield at(block, f"{kind} belongs to no provider that required_providers names{near}", fix)


def _new(section: str, kind: str, judges: Judges) -> bool:
    """Whether a type may be one that came later: none is spelt like it, and no older version had it."""
    known = [one.partition("_")[2] for one in types(judges.first, section)]
    return strange(kind.partition("_")[2], known) and not any(of_type(one, section, kind) for one in judges.before)
