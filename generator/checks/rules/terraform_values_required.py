"""Values files of Terraform give every variable that has no default

Terraform asks for a variable that nobody gives, and in CI there is nobody to answer. A variable without a default
must stand in the `.tfvars` file of each environment, unless a file that Terraform reads by itself, `TF_VAR_<name>` or
`-var` gives it. Add the value, or give the variable a default.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models.environments import places
from generator.checks.models.terraform import Module
from generator.checks.models.terraform_values import alike, always, files, given_elsewhere, is_root, names, root_of
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, folder

__all__ = ["FORMAT", "check", "files"]

FORMAT = Format.TERRAFORM


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = root_of(sources, path)
    if root is None or folder(path) == root.folder or not is_root(sources, root):
        return
    for name in _missing(sources, path, root):
        message = f"no value for the variable {name} of {root.title}, which has no default"
        yield Flaw(0, message, f"Add `{name} = ...` to it, or give the variable a default.")


def _missing(sources: Sources, path: str, root: Module) -> list[str]:
    needed = {name for name, one in root.variables.items() if one.body.get("default") is None}
    missing = needed - names(sources, path)
    others = [names(sources, one) for one in alike(sources, path)] if missing else []
    if others:
        missing &= frozenset.intersection(*others)
    elif path not in {one for by in places(sources).values() for one in by.values()}:
        return []
    elsewhere = always(sources, root.folder) if missing else None
    return sorted(missing - elsewhere - given_elsewhere(sources)) if elsewhere is not None else []
