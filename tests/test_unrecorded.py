"""What a first generation does to a folder that holds files of the user."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from generator import blocks, unrecorded
from generator.change import Action, Change
from generator.origin import Origin, Rendering
from generator.tree import File, Tree


def rendering(**owners: str) -> Rendering:
    files = {"a/x.yml": b"x: 1\n", "run.sh": b"#!/bin/sh\n", ".gitignore": b"demo/\n", "SECURITY.md": b"# Security\n"}
    tree = Tree({path: File(content, path == "run.sh") for path, content in files.items()})
    kinds = {".gitignore": "block", "SECURITY.md": "once"} | owners
    return Rendering(tree, {p: Origin("c", f"c:{p}", kinds.get(p, "managed")) for p in tree})  # type: ignore[arg-type]


def after(change: Change) -> str:
    (write,) = change.writes
    assert write.file
    return write.file.text


def actions(root: Path) -> dict[str, tuple[Action, str]]:
    return {c.path: (c.action, c.reason) for c in unrecorded.changes(root, rendering())}


def test_an_empty_folder(tmp_path: Path) -> None:
    changes = unrecorded.changes(tmp_path, rendering())
    assert {c.action for c in changes} == {Action.CREATE}
    block = next(c for c in changes if c.path == ".gitignore")
    assert after(block) == blocks.wrap(".gitignore", "demo/\n")


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.yml").write_text("x: 2\n")
    (tmp_path / "SECURITY.md").write_text("# Mine\n")
    (tmp_path / ".gitignore").write_text("mine/\n")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    changes = {c.path: c for c in unrecorded.changes(tmp_path, rendering())}
    assert changes["a/x.yml"].action is Action.PROPOSE
    assert changes["a/x.yml"].proposal == ".agency/scaffold/proposed/a/x.yml"
    assert changes["SECURITY.md"].action is Action.KEEP
    assert changes[".gitignore"].action is Action.BLOCK
    assert after(changes[".gitignore"]).startswith("mine/\n\n# BEGIN agency-scaffold")
    assert changes["run.sh"].action is Action.PROPOSE, "the same bytes, but not executable"


PLACES = ("GNUmakefile", "makefile", "Makefile")


def block(path: str, searched: tuple[str, ...] = (), opening: str = "") -> Rendering:
    return Rendering(Tree({path: File(b"ours\n")}), {path: Origin("c", "c:x", "block", searched, opening)})


@pytest.mark.parametrize(
    ("there", "place"),
    [
        ([], "Makefile"),
        (["makefile"], "makefile"),
        (["Makefile", "makefile"], "makefile"),
        (["Makefile", "GNUmakefile"], "GNUmakefile"),
        (["MAKEFILE"], "Makefile"),
    ],
)
def test_a_block_goes_where_its_reader_looks_first(tmp_path: Path, there: list[str], place: str) -> None:
    for name in there:
        (tmp_path / name).write_text("mine\n")
    new = unrecorded.placed(tmp_path, block("Makefile", PLACES))
    assert (list(new.tree), list(new.origins)) == ([place], [place])
    (change,) = unrecorded.changes(tmp_path, new)
    assert change.action is (Action.BLOCK if place in there else Action.CREATE)


def test_a_place_that_cannot_be_one_is_none(tmp_path: Path) -> None:
    (tmp_path / "docs").write_text("a file\n")
    assert list(unrecorded.placed(tmp_path, block("OWNERS", (".github/OWNERS", "OWNERS", "docs/OWNERS"))).tree) == [
        "OWNERS"
    ]


@pytest.mark.parametrize(
    ("there", "start"), [(None, "# shop\n\n<!--"), ("\n", "# shop\n\n<!--"), ("mine\n", "mine\n\n<!--")]
)
def test_a_file_that_says_nothing_yet_gets_an_opening(tmp_path: Path, there: str | None, start: str) -> None:
    if there is not None:
        (tmp_path / "README.md").write_text(there)
    (change,) = unrecorded.changes(tmp_path, block("README.md", opening="# shop"))
    assert after(change).startswith(start)
    assert after(change).endswith(blocks.wrap("README.md", "ours\n"))


def test_a_block_goes_to_the_top_where_its_component_says_so(tmp_path: Path) -> None:
    new = block("OWNERS", opening="# Owners")
    new.origins["OWNERS"] = replace(new.origins["OWNERS"], position="top")
    (made,) = unrecorded.changes(tmp_path, new)
    assert after(made) == "# Owners\n\n" + blocks.wrap("OWNERS", "ours\n")
    (tmp_path / "OWNERS").write_text("mine\n")
    (added,) = unrecorded.changes(tmp_path, new)
    assert after(added) == blocks.wrap("OWNERS", "ours\n") + "\nmine\n"


def test_the_same_file_is_adopted(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    assert actions(tmp_path)["run.sh"] == (Action.ADOPT, "")


@pytest.mark.parametrize(
    "kind", ["link", "dangling", "folder", "fifo", "parent link", "parent file", "binary block", "broken block"]
)
def test_what_cannot_be_written_through_becomes_a_proposal(tmp_path: Path, kind: str) -> None:
    victim = tmp_path.parent / f"{tmp_path.name}-victim"
    victim.mkdir()
    (victim / "x.yml").write_text("precious")
    path = "a/x.yml" if kind.startswith("parent") else ".gitignore" if kind.endswith("block") else "run.sh"
    match kind:
        case "link":
            (tmp_path / path).symlink_to(victim / "x.yml")
        case "dangling":
            (tmp_path / path).symlink_to("nowhere")
        case "folder":
            (tmp_path / path).mkdir()
        case "fifo":
            os.mkfifo(tmp_path / path)
        case "parent link":
            (tmp_path / "a").symlink_to(victim)
        case "parent file":
            (tmp_path / "a").write_text("a file")
        case "binary block":
            (tmp_path / path).write_bytes(b"\xff\xfe")
        case "broken block":
            (tmp_path / path).write_text("# END agency-scaffold\n")
    action, reason = actions(tmp_path)[path]
    assert action is Action.PROPOSE
    assert reason
    assert (victim / "x.yml").read_text() == "precious"
