"""What the commands of Terraform and of OpenTofu share: which of the two judges a tree, and the roots that it has."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Work
from generator.checks.models.terraform import modules
from generator.checks.source import Sources, folder, join
from generator.finding import Finding

TERRAFORM: Final = Program("terraform", "https://developer.hashicorp.com/terraform/install")
TOFU: Final = Program("tofu", "https://opentofu.org/docs/intro/install/")
LOCK: Final = ".terraform.lock.hcl"
_BESIDE: Final = ("environments", "tests")
_TESTS: Final = (".tftest.hcl", ".tofutest.hcl")
_ONLY_TOFU: Final = (".tofu", ".tofu.json", ".tofutest.hcl")


def of_tofu(sources: Sources) -> bool:
    """Whether files stand in the tree that Terraform would not read."""
    return any(sources.ending(*_ONLY_TOFU))


def folders(sources: Sources) -> set[str]:
    """The folders with a configuration."""
    return {*modules(sources), *(folder(path) for path in sources.ending(".tofu"))}


def roots(sources: Sources) -> list[str]:
    """The folders that are applied: those with a lock file, values for environments, or tests."""
    marks = {folder(path) for path in sources.ending(LOCK, *_TESTS)}
    for path in sources.tree:
        parts = path.split("/")[:-1]
        marks |= {"/".join(parts[:i]) for i, part in enumerate(parts) if part in _BESIDE}
    return sorted(folders(sources) & marks)


def files(sources: Sources) -> Iterator[str]:
    """The files of the roots."""
    applied = set(roots(sources))
    return (path for path in sources.ending(".tf", ".tofu") if folder(path) in applied)


def offline() -> bool:
    """Whether Terraform's configuration names a mirror on disk and nothing that would be downloaded."""
    path = os.environ.get("TF_CLI_CONFIG_FILE", "")
    if not path or not Path(path).is_file():
        return False
    content = Path(path).read_text(encoding="utf-8")
    return "filesystem_mirror" in content and "direct" not in content


def in_copy(work: Work, judge: Callable[[Work, Path, str], Iterator[Finding]]) -> Iterator[Finding]:
    """Initialises each root in a copy of the tree and judges it there: the tree itself gets no `.terraform`."""
    if not offline():
        raise Skip("no provider mirror on disk: TF_CLI_CONFIG_FILE must name a filesystem_mirror and nothing else")
    left = []
    with tempfile.TemporaryDirectory() as temporary:
        copy = work.copy(Path(temporary) / "tree")
        judged = {folder(path) for path in work.files}
        for root in roots(work.sources):
            if judged.isdisjoint({root, join(root, "tests")}):
                continue
            place = copy / root
            output = work.run("init", "-backend=false", "-input=false", "-no-color", cwd=place)
            if output.code != 0:
                work.ask_again()
                left.append(f"{root or '.'}: init failed: {output.text.splitlines()[-1] if output.text else ''}")
                continue
            yield from judge(work, place, root)
    if left:
        raise Skip("; ".join(left))


def of_diagnostic(work: Work, root: str, item: dict[str, Any]) -> Finding:
    """The finding that a diagnostic of `-json` is, told of a root."""
    where = item.get("range") or {"filename": "", "start": {"line": 0}}
    message = f"{item['summary']}: {item.get('detail', '')}".strip(": ").replace("\n", " ")
    path = join(root, where["filename"])
    start = where["start"]
    return work.finding(path, start["line"], message, column=start.get("column", 0), severity=item["severity"])
