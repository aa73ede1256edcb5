"""What is looked at, what is not, and what no file can do to who looks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from generator.assess import folder as module
from generator.assess.folder import Folder
from generator.assess.xml import elements
from generator.errors import ScaffoldError
from tests.assess.looking import tree


def test_what_others_wrote_and_what_a_build_leaves_is_not_looked_at(tmp_path: Path) -> None:
    tree(tmp_path, {
        "app.py": "", ".circleci/config.yml": "", ".github/workflows/ci.yml": "", "node_modules/x/package.json": "", "web/node_modules/y.js": "",
        "vendor/z.go": "", ".venv/lib/a.py": "", ".git/config": "", ".idea/x.xml": "", "target/b.rs": "", "dist/c.js": "",
    })  # fmt: skip
    assert Folder(tmp_path).files == (".circleci/config.yml", ".github/workflows/ci.yml", "app.py")


def test_what_git_would_not_hold_is_not_looked_at(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "/generated/\n*.log.py\n", "generated/a.py": "", "b.log.py": "", "c.py": ""})
    tree(tmp_path, {"sub/.gitignore": "d.py\n", "sub/d.py": "", "sub/e.py": ""})
    assert Folder(tmp_path).files == (".gitignore", "c.py", "sub/.gitignore", "sub/e.py")


def test_another_repository_below_is_not_looked_at(tmp_path: Path) -> None:
    tree(tmp_path, {"a.py": "", "other/.git/HEAD": "", "other/b.py": "", "module/.git": "gitdir: x", "module/c.py": ""})
    looked = Folder(tmp_path)
    assert (looked.files, looked.notes) == (("a.py",), ["repositories of their own were not looked at: module, other"])
    tree(tmp_path, {f"m{n}/.git": "" for n in range(10)})
    assert Folder(tmp_path).notes[0].endswith(": m0, m1, m2, m3, m4, m5, m6, m7, m8, m9 and 2 more")


def test_what_lies_in_a_folder_is_not_what_lies_beside_it(tmp_path: Path) -> None:
    looked = Folder(tree(tmp_path, dict.fromkeys(("a", "b/x", "b-c/x", "b.c/x", "b/d/x", "b0/x", "bb", "c/b/x"), "")))
    assert list(looked.below("b")) == ["b/d/x", "b/x"]
    assert list(looked.below("b/d")) == ["b/d/x"]
    assert list(looked.below("")) == list(looked.below("x")) == list(looked.below("a")) == []
    assert len(list(looked.below("."))) == 8


def test_no_link_is_followed(tmp_path: Path) -> None:
    outside = tree(tmp_path / "outside", {"secret.py": "TOKEN"})
    root = tree(tmp_path / "root", {"a.py": ""})
    (root / "link.py").symlink_to(outside / "secret.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    assert Folder(root).files == ("a.py",)


def test_what_becomes_a_link_or_a_pipe_after_it_was_listed_is_not_read(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", {"a.json": "{}", "b.json": "{}"})
    secret = tree(tmp_path, {"secret.json": '{"name": "x"}'}) / "secret.json"
    looked = Folder(root)
    (root / "a.json").unlink()
    (root / "a.json").symlink_to(secret)
    (root / "b.json").unlink()
    os.mkfifo(root / "b.json")
    assert looked.data("a.json") == looked.data("b.json") == {}


def test_a_pipe_and_a_socket_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    assert Folder(tmp_path).files == ()


@pytest.mark.parametrize("name", ["a\nb.py", "a\x1b[2Jb.py", "a\u202eb.py"])
def test_a_name_that_would_steer_a_terminal_is_left_out_and_told(tmp_path: Path, name: str) -> None:
    tree(tmp_path, {name: "", "c.py": ""})
    looked = Folder(tmp_path)
    assert looked.files == ("c.py",)
    assert looked.notes == ["1 in the root have a name that is no plain text: left out"]


def test_a_name_that_is_no_text_is_left_out(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("")
    looked = Folder(tmp_path)
    assert (looked.files, len(looked.notes)) == ((), 1)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfa\r\nb", "a\nb"),
        (b"\xff\xfea\0\r\0\n\0b\0", "a\nb"),
        (b"\xfe\xff\0a", "a"),
        (b"\xff\xfea\0b", "a\ufffd"),
        (b"\xff\xfe\0\0a\0", ""),
        (b"\xffa", "\ufffda"),
        (b"PK\0\1", ""),
        (b"", ""),
    ],
)
def test_text_is_read_as_it_is_meant(tmp_path: Path, content: bytes, text: str) -> None:
    tree(tmp_path, {"a.txt": content})
    assert Folder(tmp_path).text("a.txt") == text


def test_a_path_that_was_not_listed_is_nothing(tmp_path: Path) -> None:
    looked = Folder(tree(tmp_path / "root", {"a.py": "x"}))
    tree(tmp_path, {"b.py": "x"})
    assert looked.text("../b.py") == looked.text("nothing") == ""
    assert looked.data("nothing.json") == {}


def test_a_large_file_is_told_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE", 10)
    looked = Folder(tree(tmp_path, {"a.py": "x" * 11, "b.py": "x" * 10}))
    assert (looked.text("a.py"), looked.text("b.py")) == ("", "x" * 10)
    assert looked.notes == ["a.py was not read: it is too large"]


def test_all_that_is_read_together_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 15)
    looked = Folder(tree(tmp_path, {"a.py": "x" * 10, "b.py": "x" * 10}))
    assert (looked.text("a.py"), looked.text("b.py")) == ("x" * 10, "")


def test_the_number_of_files_and_the_depth_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    monkeypatch.setattr(module, "MAX_DEPTH", 1)
    looked = Folder(tree(tmp_path, {"a/b/c.py": "", "a/d/e.py": ""}))
    assert looked.files == ()
    assert looked.notes == ["folders more than 12 deep were not looked at"]
    monkeypatch.undo()
    monkeypatch.setattr(module, "MAX_FILES", 3)
    looked = Folder(tree(tmp_path, {f"{n}.py": "" for n in range(5)}))
    assert len(looked.files) == 3
    assert looked.notes == ["only the first 3 files were looked at"]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"a.py": "", "closed/b.py": ""})
    scan = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("generator.assess.folder.os.scandir", refuse)
    looked = Folder(tmp_path)
    assert (looked.files, looked.notes) == (("a.py",), ["closed/ cannot be read: Permission denied"])
    with pytest.raises(ScaffoldError, match="closed cannot be read: Permission denied"):
        Folder(tmp_path / "closed")


BOMB = "a: &a [x, x]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefghijkl", "bcdefghijklm", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("a.json", "{", "a.json is no valid JSON: nothing was read from it"),
        ("a.json", "[" * 100_000, "a.json is no valid JSON: nothing was read from it"),
        ("a.toml", "a = [", "a.toml is no valid TOML: nothing was read from it"),
        ("a.toml", "a = " + "[" * 100_000, "a.toml is no valid TOML: nothing was read from it"),
        ("a.toml", "a." * 100_000 + "a = 1", "a.toml is no valid TOML: nothing was read from it"),
        ("a.toml", "x = {" + "a." * 100_000 + "a = 1}", "a.toml is no valid TOML: nothing was read from it"),
        ("a.toml", "a = 0x" + "f" * 9_000, "a.toml is no valid TOML: nothing was read from it"),
        ("a.yml", "a: 0x" + "f" * 9_000, "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "a: 1:" + "59:" * 5_000 + "0.5", "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "a: !!bool maybe", "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "a: !!int ''", "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "a: !!timestamp x", "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "a: [", "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "- " * 100_000, "a.yml is no valid YAML: nothing was read from it"),
        ("a.yml", "? {a: b}\n: c\n", "a.yml is no valid YAML: nothing was read from it"),
        (
            "a.yml",
            "a: !!python/object/apply:os.system [touch /tmp/x]",
            "a.yml is no valid YAML: nothing was read from it",
        ),
        ("a.yml", BOMB, "a.yml was not read: its aliases make it too large"),
        ("a.yml", "a: &a [*a]\n", "a.yml was not read: its aliases make it too large"),
    ],
    ids=str,
)
def test_what_cannot_be_parsed_or_must_not_grow_is_told(tmp_path: Path, name: str, content: str, note: str) -> None:
    looked = Folder(tree(tmp_path, {name: content}))
    assert looked.data(name) == {}
    assert looked.data(name) == {}
    assert looked.notes == [note]


def test_what_holds_no_map_is_nothing(tmp_path: Path) -> None:
    looked = Folder(tree(tmp_path, {"a.json": "[1]", "b.yml": "- 1", "c.yml": ""}))
    assert [looked.data(name) for name in ("a.json", "b.yml", "c.yml")] == [{}, {}, {}]
    assert looked.notes == []


def test_elements_of_xml_have_their_way_and_line() -> None:
    found = elements('<project>\n  <a x="1"> text </a>\n</project>')
    assert [(e.way, e.attributes, e.text, e.line) for e in found] == [
        (("project",), {}, "", 1),
        (("project", "a"), {"x": "1"}, "text", 2),
    ]


@pytest.mark.parametrize(
    "text",
    ['<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>&x;</p>', "<!DOCTYPE p><p/>"],
)
def test_xml_that_declares_something_is_not_read(text: str) -> None:
    assert elements(text) == []


def test_xml_that_breaks_off_gives_what_stood_before() -> None:
    assert [e.name for e in elements("<a><b>x</b><c")] == ["a", "b"]
    assert len(elements("<a>" * 10_000)) < 100


def test_nothing_of_the_repository_is_run(tmp_path: Path) -> None:
    """Neither by git, which may be told so by the repository that it is asked about, nor otherwise."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    with (tmp_path / ".git/config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {trap}\n\tsshCommand = {trap}\n\thooksPath = {tmp_path}\n\tpager = {trap}\n"
        )
    tree(tmp_path, {".gitignore": "x\n", "x": "", "y.py": "", "setup.py": f"open('{tmp_path}/sprung', 'w')"})
    assert "x" not in Folder(tmp_path).files
    assert not (tmp_path / "sprung").exists()
