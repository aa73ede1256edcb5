"""Terraform resource, data source and block types exist

Terraform refuses a type that its provider does not have, and a top-level block, a backend or a
provisioner that the language does not have. The types come from recorded schemas of the providers;
those of other providers are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import TESTS, module_of, modules
from generator.checks.models.terraform_language import LABELS, LANGUAGE, TEST_LANGUAGE
from generator.checks.models.terraform_schema import of_type, provider_of, types
from generator.checks.models.terraform_spots import SECTIONS
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf", TESTS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = module_of(sources, path)
    required = (module.sources if module else {}) or everywhere(sources)
    known = {*TEST_LANGUAGE, "provider"} if path.endswith(TESTS) else {*LANGUAGE, *SECTIONS, "provider"}
    for block in hcl.parse(sources, path).body.blocks:
        if block.type not in known:
            message = f"unknown block {block.type}{did_you_mean(block.type, known)}"
            yield at(block, message)
        for one in block.body.of("data") if block.type == "check" else (block,):
            if one.type in SECTIONS:
                yield from _object(one, required)
        yield from _labels(block)


def _labels(block: Block) -> Iterator[Flaw]:
    for inner in block.body.blocks:
        labels = LABELS.get((block.type, inner.type))
        if labels and inner.name not in labels:
            yield at(inner, f"there is no {inner.type} {inner.name}{did_you_mean(inner.name, labels)}")


@shared
def everywhere(sources: Sources) -> dict[str, str]:
    """The providers that some module requires: a module that names none gets those of its caller."""
    return {name: source for module in modules(sources).values() for name, source in module.sources.items()}


def _object(block: Block, required: dict[str, str]) -> Iterator[Flaw]:
    if len(block.labels) != 2:
        yield at(block, f"{block.type} needs a type and a name")
        return
    kind, section = block.labels[0], SECTIONS[block.type]
    provider = provider_of(kind, required)
    if provider and of_type(provider, section, kind) is None:
        near = did_you_mean(kind, types(provider, section))
        yield at(block, f"{provider} has no {block.type} type {kind}{near}")
    elif not provider and required and kind.partition("_")[0] not in {*required, "terraform"}:
        near = did_you_mean(kind, (t for name in required for t in _types(name, section)))
        message = f"{kind} belongs to no provider that required_providers names{near}"
        yield at(block, message)


def _types(name: str, section: str) -> tuple[str, ...]:
    return types(name, section) if provider_of(name, {}) else ()
