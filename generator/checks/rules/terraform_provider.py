"""Terraform providers are required where they are used, and used where they are required

A provider that `required_providers` does not name has no version: the newest one is taken, whatever it
changed. A name there that nothing uses is often a misspelt one. A configuration that `provider` or `providers`
names needs a `provider` block with that alias, or an entry in `configuration_aliases`, and what a call hands
over in `providers` is named by the module that it calls. Modules without `required_providers` take what their
caller has and are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import hcl
from generator.checks.models.terraform import Module, called, configurations, modules
from generator.checks.models.terraform_language import OFFICIAL
from generator.checks.models.terraform_providers import Providers, Use, handed_in, needed, providers
from generator.checks.models.terraform_schema import editions
from generator.checks.rule import Flaw, Format, Point, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, folder
from generator.finding import Severity

FORMAT = Format.TERRAFORM


files = configurations


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources)[folder(path)]
    found = providers(sources, folder(path))
    if module.broken:
        return
    yield from _configurations(path, found)
    yield from _handed_over(sources, path, module)
    if found.listed:
        yield from _unused(sources, path, module, found)
        yield from _without_entry(path, module, found)


def _configurations(path: str, found: Providers) -> Iterator[Flaw]:
    for name, (where, entry) in found.entries.items():
        for handed in handed_in(entry) if where == path else ():
            if handed.names[0] != name:
                yield at(handed, f"{handed} is no configuration of {name}", f"Write `{name}.<alias>`.")
    for use in found.uses:
        if use.path == path and use.configuration and use.configuration not in found.configurations:
            near = did_you_mean(use.configuration, found.configurations)
            fix = f'Add `provider "{use.name}"` with `alias = "{use.configuration.rpartition(".")[2]}"`.'
            yield at(use, f"no provider is configured as {use.configuration}", fix, near)


def _handed_over(sources: Sources, path: str, module: Module) -> Iterator[Flaw]:
    for block in hcl.parse(sources, path).body.of("module"):
        inner = called(sources, module, block.name)
        given = block.body.get("providers")
        taken = providers(sources, inner.folder) if inner else Providers()
        names = {*taken.entries, *taken.configurations}
        for _, key, _ in hcl.entries(given.value) if given and taken.entries else ():
            name = hcl.word(key)
            if name not in names:
                message = f"module {block.name} takes no provider {name}"
                yield at(Point(*hcl.place(key)), message, one_of(names), did_you_mean(name, names))


def _unused(sources: Sources, path: str, module: Module, found: Providers) -> Iterator[Flaw]:
    used = needed(sources, module)
    for name, (where, entry) in found.entries.items():
        if where == path and used is not None and name not in used:
            missing = used - set(found.entries)
            message = f"nothing uses the provider {name}"
            yield at(entry, message, f"Remove {name}.", did_you_mean(name, missing), severity=Severity.WARNING)


def _without_entry(path: str, module: Module, found: Providers) -> Iterator[Flaw]:
    """Of a provider that we know the first use; of any other, which may be misspelt, each place that names it."""
    first: dict[str, Use] = {}
    idle = set(found.entries) - {use.name for use in found.uses}
    for use in found.uses:
        known = editions(module.source(use.name))
        shown = first.setdefault(use.name, use) is use if known else not use.by_type
        if shown and use.path == path and use.name not in found.entries:
            near = did_you_mean(use.name, idle - OFFICIAL if use.name in OFFICIAL else found.entries)
            message = f"required_providers does not name the provider {use.name}{near}"
            fix = f"Add {use.name} with its source and version to `required_providers`."
            fix = f"Rename {near.name} to {use.name} in `required_providers`." if near and use.name in OFFICIAL else fix
            fix = fix if use.name in OFFICIAL else instead(near, fix)
            yield at(use, message, fix, severity=Severity.ERROR if near else Severity.WARNING)
