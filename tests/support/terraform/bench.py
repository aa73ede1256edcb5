"""Runs single Terraform tests of a case with one thing taken out of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.tree import Tree
from tests.support import generated
from tests.support.removals import Judge, Removal
from tests.support.terraform import stubs
from tests.tools import commands, run


@dataclass(frozen=True)
class Failure:
    """One failed run of a test, or an error outside any run (`run` is "")."""

    run: str
    summary: str
    text: str
    """Everything that terraform says about it: message, code, values."""


@dataclass
class Bench:
    """The Terraform of a case, initialised once; each removal gets a copy."""

    work: Path
    tree: Tree
    """What the case makes, all components together."""
    environment: dict[str, str] = field(default_factory=dict)
    passed: dict[Judge, bool] = field(default_factory=dict)
    servers: ExitStack = field(default_factory=ExitStack)
    """What the bench has started; to be closed."""

    def __post_init__(self) -> None:
        self.original = generated.write(self.tree, self.work / "original")
        self.environment = self.servers.enter_context(stubs.serving(self.original, self.work / "stubs"))
        for versions in sorted(self.original.rglob("tests/*.tftest.hcl")):
            root = versions.parent.parent
            if not (root / ".terraform").exists():
                done = run.run(commands.TERRAFORM[0], root, self.environment)
                assert done.returncode == 0, done.stdout

    def passes(self, test: Judge) -> bool:
        """Whether the test passes while nothing is removed; runs once per file, or per run of it."""
        if test not in self.passed:
            with self.copied() as folder:
                self.passed[test] = not self.failures(folder, test)
        return self.passed[test]

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A copy of the original for one try."""
        folder = Path(shutil.copytree(self.original, self.work / "edited", symlinks=True))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def tried(self, removal: Removal, test: Judge) -> list[Failure]:
        """What the test says after the removal."""
        with self.copied() as folder:
            (folder / removal.file).write_bytes(removal.apply(self.tree)[removal.file].content)
            return self.failures(folder, test)

    def failures(self, folder: Path, test: Judge) -> list[Failure]:
        """Runs the test over a copy of the repository."""
        path = folder / test.name
        assert path.is_file(), f"the case has no {test.name}"
        if test.run:
            path.write_text(_only(path.read_text(encoding="utf-8"), test.run), encoding="utf-8")
        line = (*commands.TERRAFORM[2], "-json", f"-filter=tests/{path.name}")
        done = run.run(line, path.parent.parent, self.environment, limit=300)
        found = list(_failures(done.stdout))
        assert bool(found) == bool(done.returncode), done.stdout
        return found


def _only(text: str, name: str) -> str:
    """A test file without its other runs, which take their time: each only plans, so none needs another."""
    assert f'\nrun "{name}" {{\n' in text, f"no run {name}"
    assert "= apply" not in text
    assert "= run." not in text
    return re.sub(rf'^run "(?!{name}")\w+" {{\n.*?^}}\n', "", text, flags=re.MULTILINE | re.DOTALL)


def _failures(output: str) -> Iterator[Failure]:
    runs = 0
    for text in output.splitlines():
        line: dict[str, Any] = json.loads(text)
        runs += line.get("type") == "test_run"
        said = line.get("diagnostic", {})
        if said.get("severity") == "error":
            yield Failure(line.get("@testrun", ""), said["summary"], json.dumps(said))
    assert runs or "diagnostic" in output, f"no test ran:\n{output}"
