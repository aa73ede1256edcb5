"""What of a folder is read, in bounded time and memory, and what is only told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import repository
from generator.checks import RULES
from generator.checks.run import run
from generator.checks.source import Sources
from generator.finding import Remark, Severity
from generator.reader import LARGEST, LINKED
from generator.repository import read
from generator.tree import File, Tree


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
    there = read(tmp_path)
    assert (list(there.tree), there.root, there.inside) == (expected, tmp_path, "")
    assert not there.remarks


def test_without_git_all_but_what_is_installed(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", ".github/b.yml", ".terraform/c.json", "web/node_modules/d.json", ".venv/e.py")
    there = read(tmp_path)
    assert list(there.tree) == [".github/b.yml", "a.yml"]
    assert not there.remarks


def test_a_folder_of_a_work_tree_is_judged_by_all_of_it(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "sub/b.yml", "sub/c/d.yml", "subway.yml", "vendor/acme/e.yml", "ignored/f.yml")
    put(tmp_path, ".gitignore", text="/ignored/\n")
    git(tmp_path, "init", "-q")
    there = read(tmp_path / "sub")
    assert (there.root, there.inside, there.prefix) == (tmp_path, "sub/", "sub/")
    assert list(there.tree) == [".gitignore", "a.yml", "sub/b.yml", "sub/c/d.yml", "subway.yml", "vendor/acme/e.yml"]
    assert set(there.tree) - there.quiet == {"sub/b.yml", "sub/c/d.yml"}
    assert not there.remarks


def test_of_a_very_large_work_tree_the_folder_alone_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.yml", "b.yml", "sub/c.yml")
    git(tmp_path, "init", "-q")
    monkeypatch.setattr(repository, "AROUND", 2)
    there = read(tmp_path / "sub")
    assert (list(there.tree), there.inside, there.prefix) == (["c.yml"], "", "sub/")
    assert [one.message for one in there.remarks[""]] == [
        "the repository has 3 files, more than 2: what lies around this folder is not known"
    ]
    assert not read(tmp_path).remarks
    monkeypatch.setattr(repository, "AROUND", 3)
    assert not read(tmp_path / "sub").remarks


@pytest.mark.parametrize("mark", ["agency-scaffold.yml", ".agency/scaffold/lock"])
def test_what_we_generated_is_the_top_of_what_lies_below(mark: str, tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "demo/b.yml", f"demo/{mark}", "demo/c/d.yml")
    git(tmp_path, "init", "-q")
    for folder, inside in (("demo", ""), ("demo/c", "c/")):
        there = read(tmp_path / folder)
        assert (there.root, there.inside, there.prefix) == (tmp_path / "demo", inside, f"{folder}/")
        assert list(there.tree) == sorted(["b.yml", mark, "c/d.yml"])


def test_what_others_wrote_is_judged_where_it_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "vendor/acme/b.yml")
    git(tmp_path, "init", "-q")
    there = read(tmp_path / "vendor/acme")
    assert (list(there.tree), there.quiet, there.prefix) == (["b.yml"], frozenset(), "vendor/acme/")


def test_a_folder_that_is_ignored_is_walked(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "out/b.yml", "out/c/d.yml")
    put(tmp_path, ".gitignore", text="out/\n")
    git(tmp_path, "init", "-q")
    for folder, expected in (("out", ["b.yml", "c/d.yml"]), ("out/c", ["d.yml"])):
        there = read(tmp_path / folder)
        assert list(there.tree) == expected
        assert [one.message for one in there.remarks[""]] == [
            "the git repository around this folder ignores it: all of its files are judged, and nothing around it"
        ]
    git(tmp_path, "add", "--force", "out/c/d.yml")
    assert set(read(tmp_path / "out").tree) == {".gitignore", "a.yml", "out/c/d.yml"}, "git has it"


@pytest.mark.parametrize("versioned", [True, False])
def test_where_nothing_is_judged_that_is_said(tmp_path: Path, versioned: bool) -> None:
    put(tmp_path, "vendor/a.yml", "b/c.yml")
    (tmp_path / "empty").mkdir()
    if versioned:
        git(tmp_path, "init", "-q")
    (one,) = read(tmp_path / "empty").remarks[""]
    assert one.message.startswith("nothing was judged: here is no file")
    assert one.severity == "error"
    (tmp_path / "b/c.yml").unlink()
    assert len(read(tmp_path).remarks[""]) == 1, "all that is left, others wrote"


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


def test_links_that_lead_out_of_the_folder_are_followed_in_the_work_tree(tmp_path: Path) -> None:
    put(tmp_path / "top", "modules/net/main.tf", "base.tf", "prod/main.tf")
    put(tmp_path, "secret")
    (tmp_path / "top/prod/base.tf").symlink_to("../base.tf")
    (tmp_path / "top/prod/modules").symlink_to("../modules")
    (tmp_path / "top/prod/secret.tf").symlink_to("../../secret")
    (tmp_path / "top/prod/config").symlink_to("../.git/config")
    git(tmp_path / "top", "init", "-q")
    there = read(tmp_path / "top/prod")
    below = [path for path in there.tree if path.startswith("prod/")]
    assert below == ["prod/base.tf", "prod/main.tf", "prod/modules/net/main.tf"]
    assert set(below) & there.quiet == {"prod/modules/net/main.tf"}


def test_a_tracked_folder_that_became_a_link_is_not_read_through_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root, "a/b.yml", "a/c/d.yml", "e.yml")
    git(root, "init", "-q")
    git(root, "add", ".")
    put(tmp_path, "outside/b.yml", "outside/c/d.yml", text="secret\n")
    shutil.rmtree(root / "a")
    (root / "a").symlink_to("../outside")
    assert list(read(root).tree) == ["e.yml"]


def test_a_list_of_files_that_somebody_forged_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "secret.yml", "root/a.yml")
    git(tmp_path / "root", "init", "-q")
    forged = repository.git.Listed(["../secret.yml", ".git/config", "a.yml"], [], [], {})
    monkeypatch.setattr(repository.git, "listed", lambda _: forged)
    assert list(read(tmp_path / "root").tree) == ["a.yml"]


def test_many_links_to_a_large_folder_take_bounded_time_and_memory(tmp_path: Path) -> None:
    many, links = 2000, 200
    put(tmp_path, *(f"large/{number}.yml" for number in range(many)), "small/a.yml")
    for number in range(links):
        (tmp_path / f"link-{number:03}").symlink_to("large")
    (tmp_path / "to-small").symlink_to("small")
    there = read(tmp_path)
    assert len(there.tree) <= many + 1 + LINKED
    assert "link-000/0.yml" in there.tree
    assert "to-small/a.yml" in there.tree
    (one,) = there.remarks[""]
    assert one.message.startswith(
        f"links to folders are not followed: with what they lead to, more than {LINKED} files"
    )
    assert one.message.endswith(" more")


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


def with_submodules(tmp_path: Path) -> Path:
    """A repository with a submodule that is here, with one of its own, and one that is not."""
    for name in ("inner", "outer", "absent"):
        put(tmp_path / name, f"{name}.yml")
        git(tmp_path / name, "init", "-q")
        git(tmp_path / name, "add", ".")
        git(tmp_path / name, "commit", "-q", "-m", "x")
    root = tmp_path / "root"
    put(root, "a.yml")
    git(root, "init", "-q")
    local = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    git(tmp_path / "outer", *local, "../inner", "libs/inner")
    git(tmp_path / "outer", "commit", "-q", "-m", "y")
    git(root, *local, "../outer", "libs/outer")
    git(root, *local, "../absent", "libs/absent")
    git(root, "submodule", "deinit", "--force", "libs/absent")
    git(
        root,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "update",
        "--init",
        "--recursive",
        "libs/outer",
    )
    return root


def test_submodules_are_known_and_named_and_nothing_else_is_said_of_them(tmp_path: Path) -> None:
    root = with_submodules(tmp_path)
    there = read(root)
    theirs = {"libs/outer/.gitmodules", "libs/outer/libs/inner/inner.yml", "libs/outer/outer.yml"}
    assert set(there.tree) == {".gitmodules", "a.yml"} | theirs
    assert there.quiet == theirs
    assert [one.message for one in there.remarks[".gitmodules"]] == [
        "submodules are known and not judged, as what others wrote: libs/outer, libs/outer/libs/inner",
        "a submodule is not here, and what lies in it is not known: libs/absent",
    ]
    put(root, "libs/b.yml")
    told = [one.message for one in read(root / "libs").remarks[""]]
    assert told[0].endswith(": outer, outer/libs/inner")
    assert told[1].endswith(": absent")
    own = read(root / "libs/outer")
    assert (own.root, own.inside) == (root / "libs/outer", "")
    assert set(own.tree) - own.quiet == {".gitmodules", "outer.yml"}


def test_a_repository_that_only_lies_there_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.yml", "clone/b.yml")
    git(tmp_path, "init", "-q")
    git(tmp_path / "clone", "init", "-q")
    there = read(tmp_path)
    assert list(there.tree) == ["a.yml"]
    assert [one.message for one in there.remarks[""]] == ["a repository of its own is not judged: clone"]


def test_what_is_not_checked_out_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a/b.yml", "c/d.yml", "c/e f.yml", "g.yml")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "x")
    git(tmp_path, "sparse-checkout", "set", "a")
    for folder in ("", "a"):
        there = read(tmp_path / folder)
        assert list(there.tree) == ["a/b.yml", "g.yml"]
        assert [one.message for one in there.remarks[""]] == [
            "2 files that git has are not checked out: of what names them nothing is said"
        ]
        assert there.remarks[""][0].fix == "git sparse-checkout disable"
        assert there.absent == {"c/d.yml", "c/e f.yml"}


def test_of_what_names_what_is_not_checked_out_nothing_is_said() -> None:
    page = "[a](../c/d.md) [b](../far/c) [c](../lib/x.md) [d](../other/d.md) [e](e.md)\n"
    sources = Sources(Tree({"docs/a.md": File(page.encode())}), absent=frozenset({"c/d.md", "far/c/e.md", "lib"}))
    found = run(sources, {"markdown-link": RULES["markdown-link"]}).findings
    assert [one.message.split()[3].strip(";") for one in found] == ["other/d.md", "docs/e.md"]


def test_a_file_that_became_a_folder_is_no_submodule(tmp_path: Path) -> None:
    put(tmp_path, "a")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    (tmp_path / "a").unlink()
    put(tmp_path, "a/b.yml")
    there = read(tmp_path)
    assert (list(there.tree), there.remarks) == (["a/b.yml"], {})


def broken_index(root: Path) -> None:
    (root / ".git/index").write_bytes(b"no index")


def of_somebody_else(root: Path) -> None:
    for path in (root, root / ".git"):
        os.chown(path, 65534, 65534)


def without_head(root: Path) -> None:
    (root / ".git/HEAD").unlink()


def bare(root: Path) -> None:
    git(root, "config", "core.bare", "true")


@pytest.mark.parametrize(
    ("spoilt", "said", "fix"),
    [
        (broken_index, "index file", "Mend what git says"),
        (
            of_somebody_else,
            "detected dubious ownership in repository at '",
            "git config --global --add safe.directory /",
        ),
        (without_head, "not a git repository", "Mend what git says"),
        (bare, "this operation must be run in a work tree", "Mend what git says"),
    ],
)
def test_where_git_refuses_the_folder_is_walked_and_that_is_said(
    spoilt: Callable[[Path], None], said: str, fix: str, tmp_path: Path
) -> None:
    if spoilt is of_somebody_else and os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    put(tmp_path, "a.yml", "sub/b.yml", "ignored.yml")
    put(tmp_path, ".gitignore", text="ignored.yml\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    spoilt(tmp_path)
    there = read(tmp_path)
    assert list(there.tree) == [".gitignore", "a.yml", "ignored.yml", "sub/b.yml"]
    (one,) = there.remarks[""]
    assert one.severity == "warning"
    assert one.message.startswith("git does not say which files belong to the repository (")
    assert said in one.message
    assert fix in one.fix
    if spoilt is not without_head:
        below = read(tmp_path / "sub")
        assert list(below.tree) == ["b.yml"]
        assert below.prefix == "sub/"
        assert said in below.remarks[""][0].message


@pytest.mark.parametrize("versioned", [True, False])
def test_without_git_installed_that_is_said_in_a_repository(
    versioned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "sub/a.yml")
    if versioned:
        git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))
    for folder, path in (("sub", "a.yml"), ("", "sub/a.yml")):
        there = read(tmp_path / folder)
        assert list(there.tree) == [path]
        assert ["git is not installed" in one.message for one in there.remarks.get("", ())] == [True] * versioned
        assert [one.fix for one in there.remarks.get("", ())] == ["Install git, and run this again."] * versioned


def test_settings_of_a_repository_do_not_lead_out_of_it(tmp_path: Path) -> None:
    put(tmp_path, "secret.yml", "root/a.yml", "root/b/c.yml")
    git(tmp_path / "root", "init", "-q")
    git(tmp_path / "root", "config", "core.worktree", str(tmp_path))
    for folder, expected in (("root", ["a.yml", "b/c.yml"]), ("root/b", ["c.yml"])):
        assert list(read(tmp_path / folder).tree) == expected
    git(tmp_path / "root", "config", "core.worktree", str(tmp_path / "root/b"))
    assert "nothing was judged" in read(tmp_path / "root").remarks[""][0].message
    (tmp_path / "root/d").mkdir()
    assert "the work tree of this repository is" in read(tmp_path / "root/d").remarks[""][0].message


def test_what_git_cannot_look_into_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        put(root, "a.yml", "closed/b.yml")
        git(root, "init", "-q")
        me = os.geteuid()
        try:
            if me == 0:  # root may read everything
                for path in (root, *root.rglob("*")):
                    os.chown(path, 65534, 65534)
            (root / "closed").chmod(0)
            there = read_as(65534 if me == 0 else me, root)
        finally:
            (root / "closed").chmod(0o700)
    assert there == {"closed": "it cannot be listed: Permission denied"}


def read_as(user: int, root: Path) -> dict[str, str]:
    """What a user cannot read; git is another program, which has the rights of the process that starts it."""
    script = (
        "import json, os, sys; from pathlib import Path; from generator.repository import read\n"
        "os.setuid(int(sys.argv[1])) if os.geteuid() == 0 else None\n"
        "unread = read(Path(sys.argv[2]).resolve()).unread\n"
        "print(json.dumps({path: remark.message for path, remark in unread.items()}))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(user), str(root)], capture_output=True, check=True)
    return dict(json.loads(done.stdout))


HOSTILE = """
[core]
	fsmonitor = {program}
	sshCommand = {program}
	hooksPath = {hooks}
	pager = {program}
	untrackedCache = true
	sparseCheckout = true
[filter "x"]
	clean = {program}
	smudge = {program}
	process = {program}
	required = true
[extensions]
	partialClone = far
[remote "far"]
	url = ext::{program}
	promisor = true
	partialclonefilter = blob:none
[protocol]
	allow = always
[protocol "ext"]
	allow = always
[diff]
	external = {program}
[alias]
	ls-files = !{program}
	rev-parse = !{program}
"""


@pytest.mark.parametrize(("folder", "known"), [("", "a.yml"), ("sub", "a.yml"), ("out", "b.yml")])
def test_git_runs_and_fetches_nothing_that_a_repository_names(folder: str, known: str, tmp_path: Path) -> None:
    root, program, ran = tmp_path / "root", tmp_path / "program", tmp_path / "ran"
    put(root, "a.yml", "sub/b.yml", "sparse/.gitignore", "out/b.yml")
    put(root, ".gitignore", text="/out/\n")
    put(root, ".gitattributes", text="* filter=x diff=x\n")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    put(root, ".git/info/sparse-checkout", text="/*\n!/sparse/\n")
    git(root, "-c", "core.sparseCheckout=true", "read-tree", "-mu", "HEAD")
    put(root, "sparse/c.yml")
    for path in (root / ".git/objects").rglob("*"):  # git has to ask for them where it wants to see one
        if path.is_file():
            path.unlink()
    (root / "a.yml").write_text("x: 2\n")
    program.write_text(f"#!/bin/sh\necho $0 $@ >>{ran}\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "fsmonitor-watchman", "pre-auto-gc", "reference-transaction"):
        (hooks / name).symlink_to(program)
        (root / ".git/hooks" / name).unlink(missing_ok=True)
        (root / ".git/hooks" / name).symlink_to(program)
    with (root / ".git/config").open("a") as config:
        config.write(HOSTILE.format(program=program, hooks=hooks))
    there = read(root / folder)
    assert known in there.tree
    assert not ran.exists(), ran.read_text()


def test_without_git_what_others_wrote_is_known_and_what_was_built_is_not(tmp_path: Path) -> None:
    put(tmp_path, "vendor/bin/lint.sh", "target/a.yaml", "crate/Cargo.toml", "crate/target/a.yaml", "node_modules/a.js")
    there = read(tmp_path)
    assert set(there.tree) == {"vendor/bin/lint.sh", "target/a.yaml", "crate/Cargo.toml"}
    assert there.quiet == {"vendor/bin/lint.sh"}


def test_what_was_generated_for_a_service_is_judged_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, "base/vendor/a.yaml", "base/vendor/mine.yaml", "vendor/a.yaml", "base/fixtures/a.yaml")
    put(tmp_path, ".agency/scaffold/lock", text="# a lock\nfile k8s 0 x base/vendor/a.yaml\n")
    assert read(tmp_path).quiet == {"vendor/a.yaml", "base/fixtures/a.yaml"}
