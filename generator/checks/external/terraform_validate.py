"""`terraform validate` of every root, where its providers are at hand: nothing is ever downloaded."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.tool import Skip, Tool, Work
from generator.checks.models.terraform import modules
from generator.checks.source import Sources
from generator.finding import Finding


def roots(sources: Sources) -> list[str]:
    """The folders that are applied: those with values for environments, or with tests."""
    beside = ("environments/", "tests/")
    return [
        one for one in modules(sources) if any(p.startswith(tuple(f"{one}/{b}" for b in beside)) for p in sources.tree)
    ]


def files(sources: Sources) -> Iterator[str]:
    """The files of the roots."""
    for root in roots(sources):
        yield from modules(sources)[root].files


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
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "tree"
        ignored = shutil.ignore_patterns(".git", ".terraform", "node_modules")
        shutil.copytree(work.root, copy, ignore=ignored, symlinks=True)
        for root in roots(work.sources):
            place = copy / root
            output = work.run("init", "-backend=false", "-input=false", "-no-color", cwd=place)
            if output.code != 0:
                raise Skip(f"{root}: terraform init failed: {output.text.splitlines()[-1] if output.text else ''}")
            yield from judge(work, place, root)


def _validate(work: Work, place: Path, root: str) -> Iterator[Finding]:
    output = work.run("validate", "-json", cwd=place)
    for item in json.loads(output.out)["diagnostics"]:
        where = item.get("range") or {"filename": "", "start": {"line": 0}}
        message = f"{item['summary']}: {item.get('detail', '')}".strip(": ").replace("\n", " ")
        yield work.finding(f"{root}/{where['filename']}", where["start"]["line"], message, severity=item["severity"])


def _run(work: Work) -> Iterator[Finding]:
    return in_copy(work, _validate)


TOOL: Final = Tool("terraform", "https://developer.hashicorp.com/terraform/install", files, _run, slow=True)
