"""`terraform test` of every root that has tests, where its providers are at hand: nothing is ever downloaded.

A test may apply. One that leaves a provider unmocked would do that with whatever credentials are at hand, so it is
not run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.terraform import TERRAFORM, TOFU, in_copy, of_diagnostic, of_tofu
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import Module, called, modules
from generator.checks.rule import Format
from generator.checks.source import Sources, folder, join
from generator.finding import Finding

HARMLESS: Final = {"null", "random", "terraform", "time", "tls"}
"""Providers that reach nothing outside of themselves."""


def _files(sources: Sources) -> list[str]:
    tests = list(sources.ending(".tftest.hcl", ".tofutest.hcl"))
    for path in [*tests, *sources.ending(".tofu")]:
        hcl.parse(sources, path)  # here, where nothing else is parsed at the same time
    return tests


def _run(work: Work) -> Iterator[Finding]:
    unmocked = {path: real for path in work.files if (real := _real(work.sources, path))}
    if len(unmocked) < len(work.files):
        yield from in_copy(work, lambda work, place, root: _test(work, place, root, set(unmocked)))
    if unmocked:
        path, real = min(unmocked.items())
        raise Skip(f"{path} does not mock {', '.join(sorted(real))}, and a test may apply")


def _test(work: Work, place: Path, root: str, left: set[str]) -> Iterator[Finding]:
    below = join(root, "tests") + "/"
    tests = [p.removeprefix(f"{root}/") for p in work.files if p.startswith(below) and p not in left]
    if not tests:
        return
    output = work.run("test", "-json", *(f"-filter={path}" for path in tests), cwd=place)
    items = [json.loads(line) for line in output.out.splitlines() if line.startswith("{")]
    for item in items:
        if item.get("type") == "diagnostic" and item["diagnostic"]["severity"] == "error":
            yield of_diagnostic(work, root, item["diagnostic"])
    if output.code == 0 and not any(item.get("type") == "test_summary" for item in items):
        raise Unreadable


def _real(sources: Sources, path: str) -> set[str]:
    """The providers that a test would really ask."""
    mocked = {block.name for block in hcl.parse(sources, path).body.of("mock_provider")}
    place = path.rpartition("tests/")[0].rstrip("/")
    module = modules(sources).get(place)
    used = _providers(sources, module, set()) if module else set()
    if any(list(run.body.of("module")) for run in hcl.parse(sources, path).body.of("run")):
        used.add("the module of a run")
    for other in sources.ending(".tofu"):
        if folder(other) == place:
            used |= {_prefix(block) for block in hcl.parse(sources, other).body.blocks}
    return used - mocked - HARMLESS - {""}


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
    for name in module.modules:
        inner = called(sources, module, name)
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
