"""Calls of the repository's own Terraform modules fit their variables

Terraform refuses a call that gives an argument which the module has no variable for, or leaves out
one without a default. Only modules with a relative source are judged; a relative source that does
not exist is refused too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import Declared, Module, configurations, modules, partial, target
from generator.checks.models.terraform_language import MODULE
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, folder
from generator.finding import Severity

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    for block in hcl.parse(sources, path).body.of("module"):
        source = block.body.get("source")
        inner = target(sources, module, source)
        if inner is not None:
            yield from _fits(block, inner, module.modules.get(block.name))
        elif source is None:
            yield from _nearly(block)
        elif (source.literal or "").startswith("."):
            severity = Severity.WARNING if partial(path) else Severity.ERROR
            message = f"module {block.name}: {source.literal} has no .tf files"
            fix = "Write the path of a folder with .tf files, as seen from this one."
            yield at(source, message, fix, severity=severity)


def _nearly(block: Block) -> Iterator[Flaw]:
    """Without a source nothing is known of the other arguments, but one of them is it."""
    for argument in block.body.arguments:
        near = did_you_mean(argument.name, ["source"])
        if near and argument.name not in MODULE.arguments:
            yield at(argument, f"module {block.name} has no source", near=near)


def _fits(block: Block, inner: Module, whole: Declared | None) -> Iterator[Flaw]:
    """`whole` is the call with what other files add to it."""
    bodies = (block.body, whole.body) if whole else (block.body,)
    given = {argument.name for body in bodies for argument in body.arguments}
    for argument in block.body.arguments:
        if argument.name not in inner.variables and argument.name not in MODULE.arguments and not inner.broken:
            near = did_you_mean(argument.name, inner.variables)
            message = f"module {block.name}: {inner.title} has no variable {argument.name}"
            yield at(argument, message, f"Remove it, or declare variable {argument.name} in {inner.title}.", near)
    for name, variable in inner.variables.items():
        if variable.body.get("default") is None and name not in given:
            yield at(block, f"module {block.name} needs the argument {name}", f"Add `{name} = ...`.")
