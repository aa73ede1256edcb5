"""A generated folder with what tests do in it: small words for editing, answering, updating and looking."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator import places, record
from generator.answers.write import dump
from generator.cli.main import main
from tests.conftest import CASES
from tests.support import generated
from tests.update import projects

ANSWERS = dump(generated.answers(CASES / "example.yml"))


@dataclass
class Shop:
    """The folder, and what its last update reported."""

    root: Path
    code: int = 0
    report: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def generated(cls, root: Path, answers: str = ANSWERS) -> Shop:
        projects.new(root, answers)
        return cls(root)

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str) -> str:
        return self.path(name).read_text()

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces a text that is there."""
        content = self.path(name).read_bytes()
        assert old.encode() in content, f"{name} has no {old!r}"
        self.path(name).write_bytes(content.replace(old.encode(), new.encode()))

    def append(self, name: str, text: str) -> None:
        self.path(name).write_bytes(self.path(name).read_bytes() + text.encode())

    def answer(self, old: str, new: str) -> None:
        """Edits the answers file by hand."""
        self.edit(places.ANSWERS_FILE, old, new)

    def update(self, *arguments: str) -> Shop:
        self.code, self.report = projects.update(self.root, *arguments)
        return self

    def run(self, *arguments: str) -> int:
        """A command of ours with the folder as the present one."""
        import contextlib

        with contextlib.chdir(self.root):
            return main(list(arguments))

    def line(self, name: str) -> dict[str, Any]:
        """What the last update reported of a path."""
        found: list[dict[str, Any]] = [line for line in self.report["files"] if line["path"] == name]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def action(self, name: str) -> str:
        return str(self.line(name)["action"])

    def proposed(self, name: str) -> Path:
        return self.root / places.PROPOSED / name

    def record(self) -> record.Record:
        return record.load(self.read(places.LOCK))

    def unchanged(self) -> bool:
        """Whether one more update writes nothing and touches nothing."""
        before = {path: path.lstat().st_mtime_ns for path in self.root.rglob("*") if ".git" not in path.parts}
        _, report = projects.update(self.root)
        after = {path: path.lstat().st_mtime_ns for path in self.root.rglob("*") if ".git" not in path.parts}
        return report["disk"] == [] and before == after
