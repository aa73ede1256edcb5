"""Terraform tests refer to what the tested module declares

An assertion about an object, output, variable or earlier run that does not exist makes the test
fail for the wrong reason. Correct the name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import TESTS, Module, module_of, plain, references_of, target
from generator.checks.models.terraform_references import Undeclared, undeclared, unknown_attribute
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
        wrong = _wrong(sources, module, plain(reference.names), runs)
        fix = wrong.fix(plain(reference.names)) if wrong else ""
        flaw = at(reference, str(wrong), fix) if wrong else unknown_attribute(sources, module, reference)
        if flaw:
            yield flaw


def _wrong(sources: Sources, module: Module, names: tuple[str, ...], runs: list[str]) -> Undeclared | None:
    root, name = (*names, "")[:2]
    declared: dict[str, Collection[str]] = {"run": runs, "output": module.outputs}
    known = declared.get(root) if name else None
    if known is None:
        return undeclared(sources, module, names)
    message = f"no run {name} stands before this one" if root == "run" else f"{module.title} has no output {name}"
    return None if name in known else Undeclared(message, did_you_mean(name, known), f"{root}.")
