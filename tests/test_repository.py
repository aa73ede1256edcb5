"""What of a folder is read, in bounded time and memory, and what is only told."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from generator import repository
from generator.finding import Remark, Severity
from generator.repository import LARGEST, read


def put(root: Path, *paths: str, text: str = "x\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=root, check=True, capture_output=True
    )


def test_in_a_repository_it_is_what_git_has_and_would_take(tmp_path: Path) -> None:
    put(tmp_path, "tracked.yml", "ignored/tracked.yml", "gone.yml", "ünicode name.md")
    put(tmp_path, ".gitignore", text="ignored/\n*.log\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "--force", ".")
    put(tmp_path, "new.yml", "a.log", "ignored/b.yml", "sub/new.yml")
    (tmp_path / "gone.yml").unlink()
    expected = [".gitignore", "ignored/tracked.yml", "new.yml", "sub/new.yml", "tracked.yml", "ünicode name.md"]
    assert list(read(tmp_path).tree) == expected
    assert list(read(tmp_path / "sub").tree) == ["new.yml"], "a folder of it by itself"


def test_without_git_all_but_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.yml", ".github/b.yml", ".terraform/c.json", "web/node_modules/d.json", ".venv/e.py", ".git/HEAD")
    monkeypatch.setattr(repository.git, "listed", lambda _: None)
    assert list(read(tmp_path).tree) == [".github/b.yml", "a.yml"]


def test_nothing_is_said_of_what_others_wrote(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "third_party/b.yml", "x/vendor/c.yml", "vendor")
    git(tmp_path, "init", "-q")
    there = read(tmp_path)
    assert list(there.tree) == ["a.yml", "third_party/b.yml", "vendor", "x/vendor/c.yml"]
    assert there.quiet == {"third_party/b.yml", "x/vendor/c.yml"}


def test_nothing_is_said_of_what_tests_read(tmp_path: Path) -> None:
    put(tmp_path, "cmd/testdata/b.yml", "lua/test/fixtures/key.pem", "test-fixtures/main.tf", "testdata.yml")
    assert read(tmp_path).quiet == {"cmd/testdata/b.yml", "lua/test/fixtures/key.pem", "test-fixtures/main.tf"}


def test_examples_of_a_provider_of_terraform_are_parts_of_its_pages(tmp_path: Path) -> None:
    put(tmp_path, "examples/resources/pod/example_1.tf", "examples/example_2.tf", "a/examples/main.tf")
    assert not read(tmp_path).quiet, "elsewhere they are whole"
    put(tmp_path, "terraform-registry-manifest.json", text="{}")
    assert read(tmp_path).quiet == {"examples/resources/pod/example_1.tf", "examples/example_2.tf"}


def test_a_link_is_the_file_that_it_leads_to_inside_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root, "a/base.tf", "b/main.tf")
    put(tmp_path, "secret")
    (root / "b/base.tf").symlink_to("../a/base.tf")
    (root / "outside").symlink_to("../secret")
    (root / "nothing").symlink_to("nowhere")
    there = read(root)
    assert list(there.tree) == ["a/base.tf", "b/base.tf", "b/main.tf"]
    assert not there.quiet
    assert not there.unread


def test_what_a_linked_folder_holds_is_there_and_judged_once(tmp_path: Path) -> None:
    put(tmp_path, "modules/net/main.tf", "prod/main.tf")
    (tmp_path / "prod/modules").symlink_to("../modules")
    there = read(tmp_path)
    assert list(there.tree) == ["modules/net/main.tf", "prod/main.tf", "prod/modules/net/main.tf"]
    assert there.quiet == {"prod/modules/net/main.tf"}


@pytest.mark.parametrize("versioned", [True, False])
def test_loops_of_links_end(tmp_path: Path, versioned: bool) -> None:
    put(tmp_path, "a/b/c.yml")
    (tmp_path / "a/b/up").symlink_to("..")
    (tmp_path / "top").symlink_to(".")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    if versioned:
        git(tmp_path, "init", "-q")
    there = read(tmp_path)
    assert [path for path in there.tree if path not in there.unread] == ["a/b/c.yml"]
    assert set(there.unread) == {"one", "two"}


def test_what_is_too_large_is_named_and_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(LARGEST + 1)
    put(tmp_path, "b.json")
    there = read(tmp_path)
    assert there.unread == {"a.json": Remark("5 MB: it is larger than what is judged", severity=Severity.NOTE)}
    assert there.tree["a.json"].content == b""
    assert there.tree["b.json"].content == b"x\n"


def test_what_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        put(root, "a.yml", "closed/b.yml")
        root.chmod(0o755)
        (root / "a.yml").chmod(0)
        (root / "closed").chmod(0)
        me = os.geteuid()
        try:
            if me == 0:  # root may read everything
                os.seteuid(65534)
            unread = read(root).unread
        finally:
            os.seteuid(me)
            (root / "closed").chmod(0o700)
    assert unread == {
        "a.yml": Remark("it cannot be read: Permission denied", severity=Severity.WARNING),
        "closed": Remark("it cannot be listed: Permission denied", severity=Severity.WARNING),
    }


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yml")
    put(tmp_path, "a.yml")
    assert list(read(tmp_path).tree) == ["a.yml"]


def test_of_a_file_without_text_one_byte_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\0" * 100_000)
    (tmp_path / "a.yml").write_bytes("a: 1\n".encode("utf-16"))
    there = read(tmp_path)
    assert there.tree["a.bin"].content == b"\0"
    assert len(there.tree["a.yml"].content) == 12, "a text in another encoding is judged"


def test_the_mode_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.sh", "b.sh")
    (tmp_path / "a.sh").chmod(0o755)
    there = read(tmp_path)
    assert (there.tree["a.sh"].executable, there.tree["b.sh"].executable) == (True, False)
