"""Variables that workflows read are declared

`vars.X` is an empty text when nobody sets `X`. Each must come from an output `ci_variables` of a
Terraform root, or be named in the to-do list, the documents or the settings script as the user's. The
names that `.github/repository-settings.json` sets for the repository come from such an output, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl, yaml
from generator.checks.models import github, todo
from generator.checks.models.terraform import Module, modules
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, shared, text
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.GITHUB

_SETTINGS: Final = ".github/repository-settings.json"
_ALIKE: Final = 0.8


def files(sources: Sources) -> Iterator[str]:
    if not outputs(sources):
        return
    yield from github.paths(sources)
    if _SETTINGS in sources.tree:
        yield _SETTINGS


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == _SETTINGS:
        yield from _settings(sources)
        return
    for expression in github.expressions(sources, path):
        if expression.names[0] == "vars" and len(expression.names) > 1:
            name = expression.names[1]
            if name not in outputs(sources) and name not in documented(sources):
                near = did_you_mean(name, outputs(sources))
                message = f"nothing sets the variable {name}"
                severity = Severity.ERROR if near else Severity.WARNING
                fix = "Add it to an output `ci_variables`, or name it in the to-do list or the documents."
                yield at(expression, message, fix, near, severity=severity)
            elif name not in outputs(sources) and _unread(sources, name):
                message = f"nothing sets the variable {name}: the output ci_variables has {_unread(sources, name)}"
                yield at(expression, message, f"Write {_unread(sources, name)}.")


def _settings(sources: Sources) -> Iterator[Flaw]:
    """Names that are set for the repository, and that no output has."""
    variables = yaml.root(sources, _SETTINGS).at("variables")
    for node in (node for key in ("repository", "by_suffix") for node in variables.at(key).items):
        if node.text and node.text not in outputs(sources):
            fix = f"Add {node.text} to the output `ci_variables`, or take it out."
            yield at(node, f"no output ci_variables has {node.text}", fix, did_you_mean(node.text, outputs(sources)))


@shared
def _unread(sources: Sources, name: str) -> str:
    """A variable of an output that no workflow reads, and that is named like this one; "" for none."""
    read = {
        one.names[1] for path in github.paths(sources) for one in github.expressions(sources, path) if _is_read(one)
    }
    return closest(name, sorted(outputs(sources) - read), _ALIKE)


def _is_read(expression: github.Expression) -> bool:
    return expression.names[0] == "vars" and len(expression.names) > 1


@shared
def outputs(sources: Sources) -> frozenset[str]:
    """The names in the outputs `ci_variables` of all Terraform roots: every upper-case word of their expressions."""
    found: set[str] = set()
    for module in modules(sources).values():
        output = module.outputs.get("ci_variables")
        value = output.body.get("value") if output else None
        texts = _reached(module, hcl.word(value.value), set()) if value else ()
        found |= {word for each in texts for word in re.findall(r"[A-Z][A-Z0-9_]{2,}", each)}
    return frozenset(found)


def _reached(module: Module, expression: str, seen: set[str]) -> Iterator[str]:
    """An expression and those of the locals that it names: the map may be merged from locals."""
    yield expression
    for name in set(re.findall(r"\blocal\.(\w+)", expression)) - seen:
        seen.add(name)
        if name in module.locals:
            yield from _reached(module, hcl.word(module.locals[name].body.arguments[0].value), seen)


@shared
def documented(sources: Sources) -> frozenset[str]:
    """The names in capitals that the documents and the to-do list speak of."""
    pages = [p for p in sources.ending(".md") if p.startswith(("docs/", "README", "AGENTS", ".agency/"))]
    words = (word for page in pages for word in re.findall(r"[A-Z0-9_]+", text(sources, page)))
    return frozenset(words) | todo.names(sources)
