"""Runs single Terraform tests of the example with one thing taken out of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import catalog, places, render
from generator.answers import Answers
from generator.plan import plan
from generator.tree import File, Tree
from tests.support import generated
from tests.support.removals import Edit
from tests.support.terraform import stubs
from tests.tools import commands, run


@dataclass(frozen=True)
class Failure:
    """One failed run of a test, or an error outside any run (`run` is "")."""

    run: str
    summary: str
    file: str
    """Where the condition or the argument stands, from the root."""
    text: str
    """Everything that terraform says about it: message, code, values."""


def words(text: str) -> frozenset[str]:
    """The names in a text: what is long enough to mean something."""
    return frozenset(re.findall(r"[A-Za-z][\w-]{4,}", text))


@contextmanager
def templates_of(folder: Path) -> Iterator[None]:
    """Lets the generator read its components from `folder`."""
    original = places.templates
    caches = (catalog.components, catalog._load, render.environment)
    places.templates = lambda: folder
    try:
        for cached in caches:
            cached.cache_clear()
        yield
    finally:
        places.templates = original
        for cached in caches:
            cached.cache_clear()


@dataclass
class Bench:
    """The Terraform of a case, initialised once; each removal gets a copy."""

    work: Path
    answers: Answers
    components: tuple[str, ...]
    """Whose files make the Terraform of the case."""
    environment: dict[str, str] = field(default_factory=dict)
    passed: dict[tuple[str, str], bool] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)

    def __post_init__(self) -> None:
        self.templates = Path(shutil.copytree(generated.TEMPLATES, self.work / "templates"))
        self.tree = self.render()
        self.original = generated.write(self.tree, self.work / "original")
        self.environment = stubs.environment(self.original, self.work / "stubs")
        for versions in sorted(self.original.rglob("tests/*.tftest.hcl")):
            root = versions.parent.parent
            if not (root / ".terraform").exists():
                done = run.run(commands.TERRAFORM[0], root, self.environment)
                assert done.returncode == 0, done.stdout

    def render(self) -> Tree:
        """The Terraform of the case, by the bench's own copy of the templates."""
        with templates_of(self.templates):
            return render.render(plan(self.answers, self.components)).tree

    def edited(self, edit: Edit) -> Tree:
        """The example after the removal."""
        if not edit.template:
            file = self.tree[edit.file]
            return Tree({**self.tree, edit.file: File(edit.apply(file.text).encode(), file.executable)})
        path = self.templates / edit.component / edit.file
        text = path.read_text(encoding="utf-8")
        path.write_text(edit.apply(text), encoding="utf-8")
        try:
            changed = self.render()
        finally:
            path.write_text(text, encoding="utf-8")
        assert changed != self.tree, f"{edit.file}: the example does not show the change"
        return changed

    def names(self, edit: Edit) -> frozenset[str]:
        """The names in the lines that the removal changes."""
        path = self.templates / edit.component / edit.file if edit.template else self.original / edit.file
        text = path.read_text(encoding="utf-8")
        start = text.rfind("\n", 0, text.index(edit.find)) + 1
        end = text.index(edit.find) + len(edit.find)
        return words(text[start:end])

    def passes(self, edit: Edit) -> bool:
        """Whether the test passes while nothing is removed; runs once per file, or per run of it."""
        test = (edit.noticed_by, edit.run)
        if test not in self.passed:
            with self.copied() as folder:
                self.passed[test] = not self.failures(folder, edit)
        return self.passed[test]

    @contextmanager
    def copied(self) -> Iterator[Path]:
        """A copy of the original for one try."""
        folder = Path(shutil.copytree(self.original, self.work / "edited", symlinks=True))
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def tried(self, edit: Edit) -> list[Failure]:
        """What the named test says after the removal."""
        with self.copied() as folder:
            # Only what differs: a rendering is the same but for the removal.
            for path, file in self.edited(edit).items():
                if file != self.tree[path]:
                    (folder / path).write_bytes(file.content)
            return self.failures(folder, edit)

    def failures(self, folder: Path, edit: Edit) -> list[Failure]:
        """Runs the edit's test over a copy of the repository."""
        path = folder / edit.noticed_by
        assert path.is_file(), f"the example has no {edit.noticed_by}"
        if edit.run:
            path.write_text(_only(path.read_text(encoding="utf-8"), edit.run), encoding="utf-8")
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
            file = said.get("range", {}).get("filename", "")
            yield Failure(line.get("@testrun", ""), said["summary"], file, json.dumps(said))
    assert runs or "diagnostic" in output, f"no test ran:\n{output}"
