"""Terraform variables and locals are used

A variable or local that nothing refers to misleads: setting it changes nothing. Use it or remove it. Files that several
folders have alike, as links or copies, are for all of them and are not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.models.terraform import configurations, modules, used
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder, shared
from generator.finding import Severity

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    if module.broken or path in repeated(sources):
        return
    names = used(sources, folder(path))
    body = hcl.parse(sources, path).body
    declared = [("var", one.name, one.line, one.column) for one in body.of("variable")]
    declared += [
        ("local", one.name, one.line, one.column) for block in body.of("locals") for one in block.body.arguments
    ]
    for root, name, line, column in declared:
        # `provides` is read by the check for custom kinds, not by Terraform.
        if (root, name) not in names and (root, name) != ("local", "provides"):
            word = "variable" if root == "var" else "local"
            message = f"{word} {name} is never used"
            yield Flaw(line, message, "Use it or remove it.", column, Severity.WARNING)


@shared
def repeated(sources: Sources) -> frozenset[str]:
    """The files whose content another one has, too."""
    contents = Counter(sources.tree[path].content for path in configurations(sources))
    return frozenset(path for path in configurations(sources) if contents[sources.tree[path].content] > 1)
