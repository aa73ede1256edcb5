"""What the commands of Terraform and of OpenTofu share: which of the two judges a tree, and the roots that it has."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Work
from generator.checks.formats import hcl
from generator.checks.models.terraform import modules
from generator.checks.source import Sources, folder, join
from generator.finding import Finding

TERRAFORM: Final = Program("terraform", "https://developer.hashicorp.com/terraform/install")
TOFU: Final = Program("tofu", "https://opentofu.org/docs/intro/install/")
LOCK: Final = ".terraform.lock.hcl"
_BESIDE: Final = ("environments", "tests")
_TESTS: Final = (".tftest.hcl", ".tofutest.hcl")
_ANY: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")
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
        copy = work.copy(Path(temporary) / "tree", _not_installed)
        judged = {folder(path) for path in work.files}
        for root in roots(work.sources):
            if judged.isdisjoint({root, join(root, "tests")}):
                continue
            if _runs_commands(work, root):
                left.append(f"{root or '.'}: tofu may run programs for its encryption")
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


def _not_installed(path: str) -> bool:
    """Whether a file is none of those that `init` takes for what it downloaded once: providers are programs."""
    return not {".terraform", "terraform.d"}.intersection(path.split("/")[:-1])


def _runs_commands(work: Work, root: str) -> bool:
    """Whether OpenTofu might run a program for a key of its encryption as soon as it reads the root."""
    if not work.binary.endswith("tofu"):
        return False
    here = [path for path in work.sources.ending(*_ANY) if folder(path) == root]
    parsed = [hcl.parse(work.sources, path) for path in here if not path.endswith(".json")]
    settings = [block for one in parsed for block in one.body.of("terraform")]
    return (
        len(parsed) < len(here)
        or not all(one.readable and not one.error for one in parsed)
        or any(True for block in settings for _ in block.body.of("encryption"))
    )


def of_diagnostic(work: Work, root: str, item: dict[str, Any]) -> Finding:
    """The finding that a diagnostic of `-json` is, told of a root."""
    where = item.get("range") or {"filename": "", "start": {"line": 0}}
    message = f"{item['summary']}: {item.get('detail', '')}".strip(": ").replace("\n", " ")
    path = join(root, where["filename"])
    start = where["start"]
    return work.finding(path, start["line"], message, column=start.get("column", 0), severity=item["severity"])
