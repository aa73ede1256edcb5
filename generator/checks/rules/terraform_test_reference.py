"""Terraform tests refer to what the tested module declares

An assertion about an object, output, variable or earlier run that does not exist makes the test
fail for the wrong reason. Correct the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Reference
from generator.checks.models.terraform import TESTS, Module, module_of, plain, references_of, target
from generator.checks.models.terraform_references import declared_instead, undeclared, unknown_attribute
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM


def files(sources: Sources) -> Iterator[str]:
    return sources.ending(TESTS)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = module_of(sources, path)
    if module is None or module.broken:
        return
    runs: list[str] = []
    for block in hcl.parse(sources, path).body.blocks:
        if block.type == "run":
            own = next((target(sources, module, m.body.get("source")) for m in block.body.of("module")), module)
            yield from _run(sources, own, block, runs) if own else ()
            runs.append(block.name)
        elif block.type.startswith("override_"):
            yield from _run(sources, module, block, runs)


def _run(sources: Sources, module: Module, block: Block, runs: list[str]) -> Iterator[Flaw]:
    for reference in references_of(block.body, block=block.type):
        message = _wrong(sources, module, reference, runs)
        fix = declared_instead(message, plain(reference.names))
        flaw = at(reference, message, fix) if message else unknown_attribute(sources, module, reference)
        if flaw:
            yield flaw


def _wrong(sources: Sources, module: Module, reference: Reference, runs: list[str]) -> str:
    names = plain(reference.names)
    if names[0] == "run" and len(names) > 1:
        return "" if names[1] in runs else f"no run {names[1]} stands before this one{did_you_mean(names[1], runs)}"
    if names[0] == "output" and len(names) > 1:
        known = module.outputs
        return "" if names[1] in known else f"{module.title} has no output {names[1]}{did_you_mean(names[1], known)}"
    return undeclared(sources, module, names)
