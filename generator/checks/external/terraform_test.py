"""`terraform test` of every root that has tests, where its providers are at hand: nothing is ever downloaded.

A test may apply. One that leaves a provider unmocked would do that with whatever credentials are at hand, so it is
not run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Final

from generator.checks.external.terraform import TERRAFORM, TOFU, folders, in_copy, of_diagnostic, of_tofu
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block, Body
from generator.checks.models.terraform import Module, called, modules
from generator.checks.rule import Format
from generator.checks.source import Sources, folder, name
from generator.finding import Finding

HARMLESS: Final = {"null", "random", "terraform", "time", "tls"}
"""Providers that reach nothing outside of themselves."""


def _files(sources: Sources) -> list[str]:
    tests = list(sources.ending(".tftest.hcl", ".tofutest.hcl"))
    for path in [*tests, *sources.ending(".tf", ".tofu")]:
        hcl.parse(sources, path)  # here, where nothing else is parsed at the same time
    return tests


def _run(work: Work) -> Iterator[Finding]:
    places = {path: _root(work.sources, path) for path in work.files}
    lost = [path for path, root in places.items() if root is None]
    unmocked = {p: real for p, root in places.items() if root is not None and (real := _real(work.sources, p, root))}
    runs = {path: root for path, root in places.items() if root is not None and path not in unmocked}
    if runs:
        yield from in_copy(work, lambda work, place, root: _test(work, place, root, runs))
    if unmocked:
        path, real = min(unmocked.items())
        raise Skip(f"{path} does not mock {', '.join(sorted(real))}, and a test may apply")
    if lost:
        raise Skip(f"{min(lost)} is not where terraform test looks: beside a configuration, or in its tests")


def _root(sources: Sources, path: str) -> str | None:
    """The folder in which a test is run: the configuration is there, and the test beside it or in its `tests`."""
    here, known = folder(path), folders(sources)
    if name(here) == "tests" and folder(here) in known:
        return folder(here)
    return here if here in known else None


def _test(work: Work, place: Path, root: str, runs: Mapping[str, str]) -> Iterator[Finding]:
    tests = [path[len(root) :].removeprefix("/") for path, its in runs.items() if its == root]
    if not tests:
        return
    output = work.run("test", "-json", *(f"-filter={path}" for path in tests), cwd=place)
    items = [json.loads(line) for line in output.out.splitlines() if line.startswith("{")]
    for item in items:
        if item.get("type") == "diagnostic" and item["diagnostic"]["severity"] == "error":
            yield of_diagnostic(work, root, item["diagnostic"])
    if output.code == 0 and not any(item.get("type") == "test_summary" for item in items):
        raise Unreadable


def _real(sources: Sources, path: str, root: str) -> set[str]:
    """The providers that a test would really ask."""
    test = hcl.parse(sources, path).body
    mocked = set(_named(test, "mock_provider"))
    module = modules(sources).get(root)
    used = {(one, "") for one in _providers(sources, module, set())} if module else set()
    for other in sources.ending(".tf", ".tofu"):
        if folder(other) == root:
            used |= {one for one in _named(hcl.parse(sources, other).body, "provider") if one[1]}
    asked = {f"{one}.{alias}" if alias else one for one, alias in used - mocked if one not in HARMLESS}
    asked |= {one for one, _ in _named(test, "provider")} - HARMLESS
    if any(list(run.body.of("module")) for run in test.of("run")):
        asked.add("the module of a run")
    return asked | _of_tofu(sources, root, {one for one, _ in mocked})


def _named(body: Body, kind: str) -> Iterator[tuple[str, str]]:
    """The providers that such blocks are about, each with its alias; "" for none."""
    for block in body.of(kind):
        alias = block.body.get("alias")
        yield block.name, (alias.literal or "" if alias else "")


def _of_tofu(sources: Sources, root: str, mocked: Set[str]) -> set[str]:
    """What only OpenTofu sees to be asked."""
    parsed = (hcl.parse(sources, path) for path in sources.ending(".tofu") if folder(path) == root)
    return {_prefix(block) for one in parsed for block in one.body.blocks} - mocked - HARMLESS - {""}


def _prefix(block: Block) -> str:
    """The provider of an object that only OpenTofu reads; a call of a module may lead to any."""
    if block.type == "module":
        return "what its modules use"
    is_object = block.type in ("resource", "data", "ephemeral") and block.labels
    return block.labels[0].partition("_")[0] if is_object else ""


def _providers(sources: Sources, module: Module, seen: set[str]) -> set[str]:
    seen.add(module.folder)
    found = module.providers | {type_.partition("_")[0] for _, type_, _ in module.objects}
    if any(list(one.body.of("provisioner")) for one in module.objects.values()):
        found.add("a provisioner")
    for one in module.modules:
        inner = called(sources, module, one)
        if inner and inner.folder not in seen:
            found |= _providers(sources, inner, seen)
    return found


TOOL: Final = Tool(
    TERRAFORM,
    Format.TERRAFORM,
    "the tests of each root, as far as they mock their providers",
    _files,
    _run,
    slow=True,
    instead=TOFU,
    written_for_other=of_tofu,
)
