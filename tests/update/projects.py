"""Generated folders that people work on: what tests of updates do to them, and see of them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from generator import generation, places
from generator.answers import Answers
from generator.answers.write import dump
from generator.cli.main import main
from generator.generation import Rendered
from generator.origin import Rendering
from generator.tree import File, Tree
from tests.support import generated, matrix

ROOT = Path(__file__).parent.parent.parent
TOKEN = re.compile(rb"user-token-[0-9]+-[0-9]+")


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """Renders each set of answers once: rendering is pure, and a property test needs the same ones often."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("generator.new.make", "generator.update.make"):
            patch.setattr(module, _remembering)
        yield


@cache
def _by_answers(answers: bytes) -> Rendered:
    return generation.make(msgspec.json.decode(answers, type=Answers), b"")


def _remembering(answers: Any, text: bytes) -> Rendered:
    made = _by_answers(msgspec.json.encode(answers))
    tree = Tree({**made.rendering.tree, places.ANSWERS_FILE: File(text)})
    return Rendered(Rendering(tree, made.rendering.origins), made.todo, made.targets)


@cache
def answers_of(row: int) -> str:
    """The answers file of a row of the covering array."""
    return dump(generated.answers(matrix.paths()[row]))


@cache
def paths_of(row: int) -> tuple[str, ...]:
    """What the answers of a row make."""
    return tuple(generated.tree(matrix.paths()[row]))


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """A command of ours in this process, its exit code and what it says as JSON."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main([*arguments, "--format", "json"])
    said = json.loads(out.getvalue())
    _validator().validate(said)
    return code, said


@cache
def _validator() -> Any:
    """What every report is held to."""
    return jsonschema_rs.validator_for(json.loads((ROOT / "docs/report.schema.json").read_text()))


def new(root: Path, answers: str) -> None:
    """Generates into a folder."""
    root.mkdir(exist_ok=True)
    (root / places.ANSWERS_FILE).write_text(answers)
    code, report = run("new", str(root), "--no-check")
    assert code == 0, report


def update(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Updates a folder; neither checks nor asks."""
    return run("update", str(root), "--no-check", *arguments)


def disk(root: Path) -> dict[str, tuple[str, bytes, int]]:
    """Everything below a folder: kind, content, right to execute."""
    found: dict[str, tuple[str, bytes, int]] = {}
    for folder, folders, files in os.walk(root):
        for name in [*files, *folders]:
            path = Path(folder, name)
            inside = path.relative_to(root).as_posix()
            if path.is_symlink():
                found[inside] = ("link", os.fsencode(path.readlink()), 0)
            elif path.is_file():
                found[inside] = ("file", path.read_bytes(), path.stat().st_mode & 0o777)
    return found


def tokens(root: Path) -> set[bytes]:
    """What users wrote, wherever it lies now; the record, which holds what we wrote, does not count."""
    return {
        token
        for path, (kind, content, _) in disk(root).items()
        if kind == "file" and path != places.LOCK
        for token in TOKEN.findall(content)
    }


def copy(root: Path, target: Path) -> Path:
    """Another copy of a folder."""
    shutil.copytree(root, target, symlinks=True)
    return target


def changed(before: dict[str, tuple[str, bytes, int]], after: dict[str, tuple[str, bytes, int]]) -> dict[str, str]:
    """What is different, path by path, in the words of the report."""
    return {
        path: "created" if path not in before else "removed" if path not in after else "changed"
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def unprivileged_update(root: Path, *, judged: bool = False) -> tuple[int, dict[str, Any]]:
    """An update by somebody who may not write and read everything, as root may; the folder is his.

    The child of a process that has updated once, so that all it needs is loaded.
    """
    arguments = (
        ("update", str(root), "--set", "deployment.max_p95_ms=450") if judged else ("update", str(root), "--no-check")
    )
    if os.geteuid() != 0:
        return run(*arguments)
    for path in [root, *root.rglob("*")]:
        os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
            os.write(writes, json.dumps(run(*arguments)).encode())
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    code, report = json.loads(said)
    return code, report


_NOBODY = 65534
