"""Variables that workflows read are declared

`vars.X` is an empty text when nobody sets `X`. Each must come from an output `ci_variables` of a
Terraform root, or be named in the to-do list, the documents or the settings script as the user's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.models import github, todo
from generator.checks.models.terraform import modules
from generator.checks.rule import Flaw, Format, did_you_mean
from generator.checks.source import Sources, shared, text

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if outputs(sources):
        yield from github.paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for expression in github.expressions(sources, path):
        if expression.names[0] == "vars" and len(expression.names) > 1:
            name = expression.names[1]
            if name not in outputs(sources) and name not in documented(sources):
                message = f"nothing sets the variable {name}{did_you_mean(name, outputs(sources))}"
                fix = "Add it to an output `ci_variables`, or name it in the to-do list or the documents."
                yield Flaw(expression.line, message, fix, expression.column)


@shared
def outputs(sources: Sources) -> frozenset[str]:
    """The names in the outputs `ci_variables` of all Terraform roots: every upper-case word of their expressions."""
    found: set[str] = set()
    for module in modules(sources).values():
        output = module.outputs.get("ci_variables")
        value = output.body.get("value") if output else None
        if value is None:
            continue
        # The map may be merged from locals, so the whole module's upper-case object keys count.
        for path in module.files:
            found |= set(re.findall(r"^\s*\"?([A-Z][A-Z0-9_]+)\"?\s*=", text(sources, path), re.MULTILINE))
        found |= set(re.findall(r"[A-Z][A-Z0-9_]{2,}", hcl.word(value.value)))
    return frozenset(found)


@shared
def documented(sources: Sources) -> frozenset[str]:
    """The names in capitals that the documents and the to-do list speak of."""
    pages = [p for p in sources.ending(".md") if p.startswith(("docs/", "README", "AGENTS", ".agency/"))]
    words = (word for page in pages for word in re.findall(r"[A-Z0-9_]+", text(sources, page)))
    return frozenset(words) | todo.names(sources)
