"""Whatever people do to a generated repository and to its answers: an update loses none of it, and says what it did."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from generator import makefile, places, record
from generator.merge import has_markers
from tests.support import matrix
from tests.update import projects

ROWS = len(matrix.paths())
OPERATIONS = (
    "insert", "insert", "insert", "replace", "append", "cut", "crlf", "delete", "delete", "collide", "collide", "link",
    "become_folder", "binary", "mode", "rename", "empty", "proposal", "own",
)  # fmt: skip


@dataclass(frozen=True)
class Edit:
    """One thing that somebody does: to which file (a share of all), at which line (a share of all)."""

    what: str
    file: float
    line: float


SHARE = st.floats(0, 0.999)
EDITS = st.lists(st.builds(Edit, st.sampled_from(OPERATIONS), SHARE, SHARE), min_size=1, max_size=12)
STEP = st.tuples(EDITS, st.integers(-1, ROWS - 1), st.sampled_from(("markers", "markers", "mine", "new")))
"""Edits, then the answers of a row (-1 = the same answers), and what becomes of conflicts."""
PROJECT = st.tuples(st.integers(0, ROWS - 1), st.lists(STEP, min_size=3, max_size=3))


class Project:
    """A folder and those who work in it."""

    def __init__(self, folder: Path, row: int) -> None:
        self.root = folder / "shop"
        self.folder = folder
        self.count = 0
        self.deleted: set[str] = set()
        projects.new(self.root, projects.answers_of(row))

    def token(self) -> bytes:
        self.count += 1
        return b"# user-token-%d-%d" % (self.count, self.count * 7)

    def record(self) -> record.Record:
        return record.load((self.root / places.LOCK).read_text())

    def paths(self) -> set[str]:
        """What the record knows."""
        return {*self.record().entries, *self.record().proposals}

    def do(self, edit: Edit, coming: list[str]) -> None:
        """Carries out one edit; one that makes no sense here does nothing."""
        paths = [p for p in sorted(self.record().entries) if p != places.ANSWERS_FILE]
        path = self.root / paths[int(edit.file * len(paths))]
        if edit.what == "collide":
            absent = [p for p in coming if not (self.root / p).exists() and not (self.root / p).is_symlink()]
            if absent:
                self.write(self.root / absent[int(edit.file * len(absent))], self.token() + b"\n")
        elif edit.what == "own":
            self.write(path.parent / f"own-{self.count}.txt", self.token())
        elif edit.what == "proposal":
            waiting = [p for p in (self.root / places.STATE).rglob("*") if p.is_file() and p.suffix != ".patch"]
            waiting = [p for p in waiting if p.is_relative_to(self.root / places.PROPOSED)]
            if waiting:
                waiting[0].write_bytes(waiting[0].read_bytes() + self.token())
        elif path.is_file() and not path.is_symlink():
            getattr(self, edit.what)(path, edit)

    def write(self, path: Path, content: bytes) -> None:
        if not any(above.exists() and not above.is_dir() for above in path.parents) and not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_symlink():
                path.write_bytes(content)
                self.deleted.discard(path.relative_to(self.root).as_posix())

    def insert(self, path: Path, edit: Edit) -> None:
        lines = path.read_bytes().split(b"\n")
        lines.insert(int(edit.line * (len(lines))), self.token())
        path.write_bytes(b"\n".join(lines))

    def replace(self, path: Path, edit: Edit) -> None:
        lines = path.read_bytes().split(b"\n")
        lines[int(edit.line * len(lines))] = self.token()
        path.write_bytes(b"\n".join(lines))

    def append(self, path: Path, _: Edit) -> None:
        path.write_bytes(path.read_bytes() + self.token())

    def cut(self, path: Path, edit: Edit) -> None:
        lines = path.read_bytes().split(b"\n")
        start = int(edit.line * len(lines))
        path.write_bytes(b"\n".join([*lines[:start], *lines[start + 5 :]]))

    def crlf(self, path: Path, edit: Edit) -> None:
        self.insert(path, edit)
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def delete(self, path: Path, _: Edit) -> None:
        path.unlink()
        self.deleted.add(path.relative_to(self.root).as_posix())

    def link(self, path: Path, _: Edit) -> None:
        outside = self.folder / f"outside-{self.count}"
        outside.write_bytes(self.token())
        path.unlink()
        path.symlink_to(outside)

    def become_folder(self, path: Path, _: Edit) -> None:
        path.unlink()
        path.mkdir()
        (path / "inside").write_bytes(self.token())

    def binary(self, path: Path, _: Edit) -> None:
        path.write_bytes(b"\0" + self.token())

    def mode(self, path: Path, _: Edit) -> None:
        path.chmod(path.stat().st_mode ^ 0o111)

    def rename(self, path: Path, edit: Edit) -> None:
        self.insert(path, edit)
        self.deleted.add(path.relative_to(self.root).as_posix())
        path.rename(path.with_name(f"renamed-{self.count}-{path.name}"))

    def empty(self, path: Path, _: Edit) -> None:
        path.write_bytes(b"")

    def answers(self, row: int) -> None:
        """Writes other answers, by hand: what people noted in the file stays in it."""
        file = self.root / places.ANSWERS_FILE
        noted = [b"# " + token for token in projects.TOKEN.findall(file.read_bytes())]
        file.write_bytes(b"\n".join([projects.answers_of(row).encode(), self.token(), *noted, b""]))


def holds(project: Project, choice: str, second: Path) -> None:
    """One update, and all that is promised of it."""
    before, written = projects.disk(project.root), projects.tokens(project.folder)
    projects.copy(project.root, second)
    code, report = projects.update(project.root, "--on-conflict", choice)
    after = projects.disk(project.root)
    assert code in {0, 1}, report
    assert written <= projects.tokens(project.folder), f"lost: {written - projects.tokens(project.folder)}"
    assert {line["path"]: line["change"] for line in report["disk"]} == projects.changed(before, after)
    assert sum(report["totals"].values()) == len(project.paths() | {line["path"] for line in report["files"]})
    told = Counter(line["action"] for line in report["files"])
    assert {**told, "keep": report["totals"]["keep"]} == report["totals"]
    assert len({line["path"] for line in report["files"]}) == len(report["files"])
    for name, total in report["hunks"].items():
        assert total == sum(line["hunks"][name] for line in report["files"])
    assert report["hunks"]["settled"] == sum(len(line["settled"]) for line in report["files"])
    assert not [path for path in project.deleted if path in after], "what was deleted came back"
    waits = {"conflict", "propose", "orphan"} & set(report["totals"])
    assert code == int(bool(waits) or in_the_way(report)), "exit code"
    for line in report["files"]:
        if line["action"] == "conflict":
            assert has_markers(after[line["path"]][1])
        if line["action"] == "propose":
            assert line["proposal"] in after
    again, nothing = projects.update(project.root)
    assert nothing["disk"] == []
    assert projects.disk(project.root) == after, "a second run changes nothing"
    assert again == int(bool({"conflict", "propose", "orphan"} & set(nothing["totals"])) or in_the_way(nothing))
    projects.update(second, "--on-conflict", choice)
    assert projects.disk(second) == after, "another copy gets the same bytes"


def in_the_way(report: dict[str, Any]) -> bool:
    """Whether something of the user's must be mended; make targets of his win, and that is as it should be."""
    return any(line["path"] not in makefile.NAMES for line in report["collisions"])


def lives(case: tuple[int, list[tuple[list[Edit], int, str]]]) -> None:
    """A project through its updates."""
    first, steps = case
    with projects.remembered(), tempfile.TemporaryDirectory() as name:
        project = Project(Path(name), first)
        row = first
        for number, (edits, following, choice) in enumerate(steps):
            row = following if following >= 0 else row
            coming = list(projects.paths_of(row))
            for edit in edits:
                project.do(edit, coming)
            if following >= 0:
                project.answers(row)
            holds(project, choice, Path(name) / f"copy-{number}")


@settings(max_examples=2, phases=[Phase.generate])
@given(PROJECT)
def test_no_edit_is_lost(case: Any) -> None:
    lives(case)


@pytest.mark.slow
@settings(max_examples=300, phases=[Phase.generate])
@given(PROJECT)
def test_no_edit_is_lost_in_many_projects(case: Any) -> None:
    lives(case)
