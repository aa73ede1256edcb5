"""`terraform test` of every root that has tests, where its providers are at hand: nothing is ever downloaded.

A test may apply. One that leaves a provider unmocked would do that with whatever credentials are at hand, so it is
not run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from generator.checks.external.terraform import TERRAFORM, TOFU, folders, in_copy, of_diagnostic, of_tofu
from generator.checks.external.terraform_reach import UnknownError, asked
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.formats import hcl
from generator.checks.rule import Format
from generator.checks.source import Sources, folder, name
from generator.finding import Finding


def _files(sources: Sources) -> list[str]:
    tests = list(sources.ending(".tftest.hcl", ".tofutest.hcl"))
    for path in [*tests, *sources.ending(".tf", ".tofu")]:
        hcl.parse(sources, path)  # here, where nothing else is parsed at the same time
    return tests


def _run(work: Work) -> Iterator[Finding]:
    places = {path: _root(work.sources, path) for path in work.files}
    lost = [path for path, root in places.items() if root is None]
    runs, refused = dict[str, str](), dict[str, str]()
    for path, root in places.items():
        if root is not None and (why := _refused(work.sources, path, root)):
            refused[path] = why
        elif root is not None:
            runs[path] = root
    if runs:
        yield from in_copy(work, lambda work, place, root: _test(work, place, root, runs))
    if refused:
        raise Skip(f"{min(refused.items())[1]}, and a test may apply")
    if lost:
        raise Skip(f"{min(lost)} is not where terraform test looks: beside a configuration, or in its tests")


def _refused(sources: Sources, path: str, root: str) -> str:
    """Why a test is not run; "" where it asks nothing that is outside of it."""
    try:
        real = asked(sources, path, root)
    except UnknownError as unknown:
        return f"{path} is not run: {unknown}"
    return f"{path} does not mock {', '.join(sorted(real))}" if real else ""


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
