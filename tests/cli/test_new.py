"""`agency-scaffold new` without a terminal: in empty and existing repositories, with good and bad input."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from generator import blocks, places, record
from generator.tree import Tree
from tests.support import generated
from tests.tools.run import need

ROOT = generated.TESTS.parent
EXAMPLE = str(generated.CASES / "example.yml")
BIN = Path(sys.executable).parent


def scaffold(*arguments: str, cwd: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "agency-scaffold"), *arguments],
        cwd=cwd, env={**os.environ, **env}, input=stdin, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def new(*arguments: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    return scaffold("new", ".", "--no-check", *arguments, cwd=cwd, **more)


def state(root: Path) -> dict[str, tuple[str, bytes, int]]:
    return {
        p.relative_to(root).as_posix(): (str(p.readlink()), b"", 0) if p.is_symlink() else ("", p.read_bytes() if p.is_file() else b"", p.stat().st_mode)
        for p in root.rglob("*")
    }  # fmt: skip


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(done.stdout)
    schema = json.loads((ROOT / "docs/report.schema.json").read_text())
    assert [e.message for e in jsonschema_rs.validator_for(schema).iter_errors(data)] == []
    return data


def test_the_list_of_paths_is_the_one_beside_the_case(tmp_path: Path) -> None:
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    listed = (generated.CASES / "example.paths").read_text().splitlines()
    assert sorted(Tree.read(tmp_path)) == listed


def test_the_record_holds_every_file(tmp_path: Path) -> None:
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    lock = record.load((tmp_path / places.LOCK).read_text())
    made = Tree.read(tmp_path)
    assert set(lock.entries) == set(made) - {places.LOCK}
    for path, entry in lock.entries.items():
        content = entry.content.decode()
        if entry.kind == "block":
            assert made[path].text.endswith(blocks.wrap(path, content)), path
        else:
            assert made[path].text.strip("\n") == content.strip("\n"), path
        assert (entry.kind == "exec") == made[path].executable or entry.kind not in {"file", "exec"}


@pytest.mark.parametrize("ci", ["", "true"])
def test_never_prompts_without_a_terminal(tmp_path: Path, ci: str) -> None:
    done = new("--set", "cloud.provider=amazon", cwd=tmp_path, CI=ci)
    assert done.returncode == 3
    assert "project.name: is missing and has no default" in done.stderr
    assert "--set project.name=VALUE" in done.stderr
    assert "did you mean: aws" in done.stderr
    assert state(tmp_path) == {}


def test_defaults_name_what_is_not_served_yet(tmp_path: Path) -> None:
    done = new("--defaults", "--set", "project.name=shop", "--format", "json", cwd=tmp_path)
    data = report(done)
    assert done.returncode == 0
    assert {"key": "monitoring.dashboards", "default": "true", "taken": "false", "reason": "not served yet"} in data[
        "fallbacks"
    ]
    assert "dashboards: false" in (tmp_path / places.ANSWERS_FILE).read_text()


def test_answers_from_standard_input_as_json(tmp_path: Path) -> None:
    done = new("--answers", "-", cwd=tmp_path, stdin='{"project": {"name": "piped"}}')
    assert done.returncode == 0, done.stderr
    assert "name: piped" in (tmp_path / places.ANSWERS_FILE).read_text()


def test_errors_as_json(tmp_path: Path) -> None:
    done = new("--set", "project.name=Bad Name", "--set", "x=1", "--format", "json", cwd=tmp_path)
    assert done.returncode == 3
    data = report(done)
    assert [p["key"] for p in data["problems"]] == ["x", "project.name"]
    done = new("--set", "project.name=Bad Name", "--set", "scaling.max=0", "--format=json", cwd=tmp_path)
    assert {p["key"] for p in report(done)["problems"]} == {"project.name", "scaling.max"}


@pytest.mark.parametrize(
    "arguments", [("new", "--nope"), ("new", "--set"), ("nwe",), ("new", "--format", "xml"), ("new", "a", "b")]
)
def test_a_wrong_command_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = scaffold(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    command = "agency-scaffold new" if arguments[0] == "new" else "agency-scaffold"
    assert f"See `{command} --help`." in done.stderr
    assert "Traceback" not in done.stderr


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    done = scaffold(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.startswith("Usage: agency-scaffold [OPTIONS] COMMAND")


def test_the_reference_is_what_the_commands_print(tmp_path: Path) -> None:
    page = (ROOT / "docs/reference/cli.md").read_text()
    told = dict(re.findall(r"(?s)## agency-scaffold ?(\w*)\n\n```\n(.*?)\n```", page))
    assert len(told) > 5
    for name, text in told.items():
        done = scaffold(*name.split(), "--help", cwd=tmp_path, COLUMNS="80")
        assert done.stdout.rstrip("\n") == text


def test_dry_run_writes_nothing_and_shows_a_tree_and_a_diff(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    before = state(tmp_path)
    done = new("--answers", EXAMPLE, "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert state(tmp_path) == before
    assert ".gitignore  (a region in your file)" in done.stdout
    assert "+++ b/agency-scaffold.yml" in done.stdout
    assert " mine\n" in done.stdout
    closing = done.stdout[done.stdout.index("Would write to") :]
    assert not re.search(r"files made|make todo|make verify|git init", closing)


def test_a_generated_repository_is_refused_and_the_command_for_it_named(tmp_path: Path) -> None:
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    before = state(tmp_path)
    done = new("--answers", EXAMPLE, cwd=tmp_path)
    assert done.returncode == 3
    assert "was generated already" in done.stderr
    assert "run agency-scaffold update" in done.stderr
    assert state(tmp_path) == before


def test_the_files_follow_an_answer_as_agents_md_says(tmp_path: Path) -> None:
    root, fresh = tmp_path / "shop", tmp_path / "fresh"
    root.mkdir()
    fresh.mkdir()
    assert new("--answers", EXAMPLE, "--no-check", cwd=root).returncode == 0
    git("init", "-q", cwd=root)
    with (root / "scripts/deploy.sh").open("a") as script:
        script.write("# ours\n")
    git("add", "--all", cwd=root)
    git("commit", "-q", "--message", "all", cwd=root)
    answers = (root / "agency-scaffold.yml").read_text()
    changed = re.sub(r"(?m)^(  domain:) \S+", r"\1 other.example.net", answers)
    (root / "agency-scaffold.yml").write_text(changed)
    block = (root / "AGENTS.md").read_text().partition("### When an answer changes\n")[2]
    commands = block.partition("```bash\n")[2].partition("```")[0].replace("update", "update --no-check")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (tmp_path / "changed.yml").write_text(changed)
    assert new("--answers", "../changed.yml", "--no-check", cwd=fresh).returncode == 0
    is_, wanted = Tree.read(root), Tree.read(fresh)
    assert {p for p in {*is_, *wanted} if is_.get(p) != wanted.get(p)} == {
        places.LOCK, places.ANSWERS_FILE, "scripts/deploy.sh",
    }  # fmt: skip
    assert is_["scripts/deploy.sh"].text.endswith("# ours\n")
    assert "other.example.net" in is_["README.md"].text


def test_an_existing_repository_keeps_all_that_is_there(tmp_path: Path) -> None:
    mine = {
        "README.md": "# Mine\n", "Makefile": "all:\n\techo mine\n", "scripts/deploy.sh": "#!/bin/sh\n",
        "SECURITY.md": "mine\n", ".env.example": "A=1\n", ".github/workflows/ci.yml": "on: push\n", "src/app.py": "pass\n",
    }  # fmt: skip
    for path, text in mine.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / ".gitignore").symlink_to("src/app.py")
    (tmp_path / "monitoring").symlink_to("src")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    data = report(done)
    for path, text in mine.items():
        now = (tmp_path / path).read_text()
        assert now.startswith(text), path
        assert now == text or "BEGIN agency-scaffold" in now
    assert (tmp_path / ".gitignore").is_symlink()
    assert sorted(p.name for p in (tmp_path / "src").iterdir()) == ["app.py"], "nothing is written through a link"
    actions = {f["path"]: f for f in data["files"]}
    for path in ("scripts/deploy.sh", ".github/workflows/ci.yml", ".gitignore", "monitoring/prometheus/prometheus.yml"):
        assert actions[path]["action"] == "propose"
        assert (tmp_path / actions[path]["proposal"]).is_file()
    assert actions["README.md"]["action"] == "block"
    assert actions["SECURITY.md"]["action"] == "keep"
    assert "Traceback" not in done.stderr


def git(*arguments: str, cwd: Path) -> str:
    line = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    return subprocess.run(line, cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", ["Makefile", "makefile", "GNUmakefile"])
def test_make_targets_of_the_user_stay_his(tmp_path: Path, name: str) -> None:
    text = "all: build\nbuild: ; @echo mine\ninclude more.mk\n"
    (tmp_path / name).write_text(text)
    (tmp_path / "more.mk").write_text("verify: ; @echo mine, too\n")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    data = report(done)
    assert [(c["path"], c["message"], c["fix"]) for c in data["collisions"]] == [
        (name, f"make build stays yours ({name}:2)", "Ours is: make infra-build"),
        (name, "make verify stays yours (more.mk:1)", "Ours is: make infra-verify"),
    ]
    assert data["next"][-1] == "make infra-verify"
    assert [f["path"] for f in data["files"] if f["path"].lower().endswith("makefile")] == [name]

    def make(*arguments: str) -> str:
        line = [need("make"), *arguments]
        return subprocess.run(line, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert make() == make("build") == "mine\n"
    assert make("verify") == "mine, too\n"
    assert "scripts/verify.sh" in make("-n", "infra-verify")
    assert "scripts/check-todo.sh" in make("-n", "todo")


def test_makefiles_that_a_pattern_includes_are_looked_at_and_others_are_named(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(
        "include $(wildcard mk/*.mk)\n-include $(shell ls *.mk) ../common.mk mk/link.mk\n"
    )
    (tmp_path / "mk").mkdir()
    (tmp_path / "mk/a.mk").write_text("verify: ; @echo mine\n")
    (tmp_path / "mk/link.mk").symlink_to("a.mk")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    unknown = "$(shell ls *.mk) ../common.mk mk/link.mk"
    assert [(c["kind"], c["path"], c["message"]) for c in report(done)["collisions"]] == [
        ("make-target", "Makefile", "make verify stays yours (mk/a.mk:1)"),
        ("unasked", "Makefile", "the targets of what Makefile:1 includes are not known: mk/link.mk"),
        ("unasked", "Makefile", f"the targets of what Makefile:2 includes are not known: {unknown}"),
        ("unasked", "Makefile", "the targets of what Makefile:2 includes are not known: ../common.mk"),
    ]
    assert report(done)["next"][-1] == "make infra-verify"


def test_usual_ignore_files_keep_nothing_of_ours_out_of_git(tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    (tmp_path / ".gitignore").write_text("lib/\n*.tfvars\n__pycache__/\n")
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    git("add", "--all", cwd=tmp_path)
    assert set(git("ls-files", cwd=tmp_path).split()) == set(Tree.read(tmp_path))


@pytest.mark.parametrize("broken", ["", "#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 128\n"], ids=["none", "one", "fatal"])
def test_where_git_cannot_be_asked_nothing_is_said_to_be_well(tmp_path: Path, broken: str) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if broken:
        (tools / "git").write_text(broken)
        (tools / "git").chmod(0o755)
    root = tmp_path / "shop"
    assert scaffold("new", "alone", "--answers", EXAMPLE, "--no-check", cwd=tmp_path, PATH=str(tools)).returncode == 0
    root.mkdir()
    (root / ".gitignore").write_text("docs/\n")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=root, PATH=str(tools))
    assert done.returncode == 1
    assert [(c["kind"], c["path"]) for c in report(done)["collisions"]] == [("unasked", ".gitignore")]


def test_an_ignore_file_that_the_repository_names_is_found_from_its_root(tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    git("config", "core.excludesFile", ".ign", cwd=tmp_path)
    (tmp_path / ".ign").write_text("monitoring/\n")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert done.returncode == 1
    assert "monitoring/prometheus/prometheus.yml" in {c["path"] for c in report(done)["collisions"]}


@pytest.mark.parametrize("blind", ["true", "false", ""])
def test_a_repository_that_ignores_case_does_so_in_its_ignore_files(tmp_path: Path, blind: str) -> None:
    git("init", "-q", cwd=tmp_path)
    with (tmp_path / ".git/config").open("a") as config:
        config.write(f"[core]\nignoreCase{f' = {blind}' if blind else ''}\n")
    (tmp_path / ".gitignore").write_text("DOCS/\n")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    told = {c["path"] for c in report(done)["collisions"]}
    git("add", "--all", cwd=tmp_path)
    assert told == set(Tree.read(tmp_path)) - set(git("ls-files", cwd=tmp_path).split())
    assert bool(told) == (blind != "false")


@pytest.mark.parametrize("repository", [True, False])
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_what_git_would_leave_out_is_told(tmp_path: Path, repository: bool, arguments: tuple[str, ...]) -> None:
    (tmp_path / ".gitignore").write_text("docs/\n")
    (tmp_path / "security").mkdir()
    (tmp_path / "security/.gitignore").write_text("*.tf\n")
    if repository:
        git("init", "-q", cwd=tmp_path)
        (tmp_path / ".git/info/exclude").write_text("prometheus.yml\n")
    (tmp_path / "home").write_text("[core]\nexcludesFile = ~/everywhere\n")
    (tmp_path / "everywhere").write_text("*.tftest.hcl\n")
    home = {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": str(tmp_path / "home")}
    done = new("--answers", EXAMPLE, "--format", "json", *arguments, cwd=tmp_path, **home)
    assert done.returncode == 1
    told = {c["path"]: c["message"] for c in report(done)["collisions"]}
    assert told["docs/runbooks/alerts.md"] == "git leaves it out (.gitignore:1: docs/)"
    assert told["security/iam/roles.tf"] == "git leaves it out (security/.gitignore:1: *.tf)"
    assert ("monitoring/prometheus/prometheus.yml" in told) == repository
    assert f"{tmp_path}/everywhere:1: *.tftest.hcl" in told["infrastructure/terraform/tests/network.tftest.hcl"]
    if repository and not arguments:
        git("add", "--all", cwd=tmp_path)
        ours = {f["path"] for f in report(done)["files"]} | {places.LOCK}
        assert ours - set(
            git("-c", f"core.excludesFile={tmp_path}/everywhere", "ls-files", cwd=tmp_path).split()
        ) <= set(told)


@pytest.mark.parametrize("pattern", [".github/", ".github", "/.github/", ".git*/"])
def test_what_is_said_of_a_folder_that_is_left_out_takes_it_in(tmp_path: Path, pattern: str) -> None:
    git("init", "-q", cwd=tmp_path)
    (tmp_path / ".gitignore").write_text(f"{pattern}\n")
    done = new("--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    lines = done.stdout.splitlines()
    row = next(index for index, line in enumerate(lines) if line.startswith(f"  .gitignore:1 `{pattern}` leaves out "))
    assert re.search(r"leaves out \d\d files: \.github/\S+, \.github/\S+, \.github/\S+ and \d\d more$", lines[row])
    folder, _, below = lines[row + 1].partition("so write ")[2].partition(" in its place, and below that: ")
    assert (folder, below.split()[0]) == ("/.github/*", "!/.github/actions/")
    kept = (tmp_path / ".gitignore").read_text().removeprefix(f"{pattern}\n")
    (tmp_path / ".github/own").write_text("")
    (tmp_path / ".gitignore").write_text("\n".join([folder, *below.split(), kept]))
    git("add", "--all", cwd=tmp_path)
    # What else lies there stays out, as was wanted.
    assert set(Tree.read(tmp_path)) - set(git("ls-files", cwd=tmp_path).split()) == {".github/own"}


@pytest.mark.slow
def test_a_gate_that_the_user_s_workflow_does_not_have_blocks(tmp_path: Path) -> None:
    """Until their file has it, no pull request can be merged."""
    theirs = tmp_path / ".github/workflows/ci.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("on: [push, pull_request]\njobs:\n  test:\n    steps: []\n")
    done = new("--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    lines = done.stdout.splitlines()
    row = lines.index("    ours: .agency/scaffold/proposed/.github/workflows/ci.yml")
    assert lines[row + 1].startswith("    blocking: Take our ci.yml, or give yours")
    assert "GATE_SECURITY" not in done.stdout
    items = [line for line in lines if line.startswith("  GATE_")]
    assert len(items) == 1

    def blocking() -> set[str]:
        told = subprocess.run(
            ["bash", "scripts/check-todo.sh", "--list", "--format", "json"],
            cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return {
            i["id"] for i in json.loads(told.stdout)["items"] if i["id"].startswith("GATE_") and i["state"] != "done"
        }

    assert blocking() == {"GATE_CI"}
    theirs.write_text(theirs.read_text() + "  ci:\n    if: always()\n    needs: test\n")
    assert blocking() == set()


def test_a_proposal_says_how_to_settle_it(tmp_path: Path) -> None:
    runbook = "docs/runbooks/deployment.md"
    for path in (runbook, "scripts/deploy.sh"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("mine\n")
    (tmp_path / ".yamllint.yml").mkdir()
    done = new("--answers", EXAMPLE, cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    first = lines[lines.index("Next") + 1].strip()
    assert first == f"diff -u {runbook} .agency/scaffold/proposed/{runbook}"
    # Theirs says nothing of our first release.
    assert f".agency/scaffold/proposed/{runbook} goes on from there" in " ".join(done.stdout.split())
    assert subprocess.run(["bash", "-c", first], cwd=tmp_path, capture_output=True, check=False).returncode == 1
    assert "To settle one" in done.stdout


def test_without_our_make_targets_the_scripts_are_named(tmp_path: Path) -> None:
    (tmp_path / "scaffold.mk").write_text("mine:\n")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=tmp_path)
    assert report(done)["next"][-2:] == ["scripts/check-todo.sh --list", "scripts/verify.sh"]


@pytest.mark.parametrize("kind", ["repository", "work tree", "generated"])
def test_a_folder_inside_of_a_repository_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "repository":
        git("init", "-q", cwd=tmp_path)
    elif kind == "work tree":
        (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    else:
        assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    before = state(tmp_path)
    done = scaffold("new", "a/b", "--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    assert done.returncode == 3
    assert f"{tmp_path}/a/b lies inside " in done.stderr
    assert str(tmp_path) in done.stderr.partition("lies inside")[2]
    assert state(tmp_path) == before


def test_a_folder_that_is_no_part_of_the_repository_around_it(tmp_path: Path) -> None:
    git("init", "-q", cwd=tmp_path)
    (tmp_path / ".gitignore").write_text("/demo/\n")
    for name in ("own", "demo"):
        (tmp_path / name).mkdir()
    git("init", "-q", cwd=tmp_path / "own")
    (tmp_path / "junk/.git").mkdir(parents=True)
    (tmp_path / "demo").rmdir()
    for name, first in (("own", "git status"), ("demo", "git init --initial-branch main && git add --all")):
        done = scaffold("new", name, "--answers", EXAMPLE, "--no-check", "--format", "json", cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        assert report(done)["next"][0] == f"cd {tmp_path / name} && {first}"
    assert scaffold("new", "junk", "--answers", EXAMPLE, "--no-check", cwd=tmp_path).returncode == 3


@pytest.mark.parametrize("kind", ["repository", "submodule", "not checked out"])
def test_nothing_is_written_into_a_repository_below(tmp_path: Path, kind: str) -> None:
    other, root = tmp_path / "other", tmp_path / "shop"
    for folder in (other, root):
        folder.mkdir()
        git("init", "-q", cwd=folder)
    (other / "mine.md").write_text("mine\n")
    git("add", "--all", cwd=other)
    git("commit", "-q", "-m", "x", cwd=other)
    if kind == "repository":
        git("clone", "-q", str(other), "docs", cwd=root)
    else:
        git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "docs", cwd=root)
    if kind == "not checked out":
        git("submodule", "deinit", "-q", "--force", "docs", cwd=root)
    before = state(root / "docs")
    done = new("--answers", EXAMPLE, "--format", "json", cwd=root)
    assert done.returncode == 1
    assert state(root / "docs") == before
    waiting = [f for f in report(done)["files"] if f["action"] == "propose"]
    assert {f["path"].partition("/")[0] for f in waiting} == {"docs"}
    assert {f["reason"] for f in waiting} == {"docs is a git repository of its own"}
    assert all((root / f["proposal"]).is_file() for f in waiting)
    git("add", "--all", cwd=root)


def test_our_own_folder_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".agency").mkdir()
    git("init", "-q", cwd=tmp_path / ".agency")
    before = state(tmp_path)
    done = new("--answers", EXAMPLE, cwd=tmp_path)
    assert done.returncode == 3
    assert ".agency is a git repository of its own" in done.stderr
    assert state(tmp_path) == before


@pytest.mark.parametrize("there", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ""])
def test_code_owners_stand_where_they_are_read(tmp_path: Path, there: str) -> None:
    if there:
        (tmp_path / there).parent.mkdir(exist_ok=True)
        (tmp_path / there).write_text("* @me\n")
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    found = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("CODEOWNERS")]
    assert found == [there or "CODEOWNERS"]
    assert "@acme/platform" in (tmp_path / found[0]).read_text()
    assert record.load((tmp_path / places.LOCK).read_text()).entries[found[0]].kind == "block"


def owner(owners: Path, path: str) -> str:
    """Who owns a path: the last line that fits says it."""
    found = ""
    for line in owners.read_text().splitlines():
        pattern, _, names = line.partition(" ")
        if path.startswith(pattern.removeprefix("/")) if pattern.startswith("/") else fnmatch.fnmatch(path, pattern):
            found = names
    return found


def test_the_code_owners_of_the_user_stay_what_they_are(tmp_path: Path) -> None:
    """Also where a line of theirs is about a folder that we fill."""
    owners = tmp_path / "CODEOWNERS"
    theirs = "*.go @gophers\n/scripts/ @tools @ops\n"
    owners.write_text(theirs)
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    assert owners.read_text().endswith(f"\n{theirs}")
    paths = (
        "web/main.go",
        "scripts/deploy.sh",
        "infrastructure/terraform/main.tf",
        "infrastructure/tool.go",
        "web/x.js",
    )
    assert [owner(owners, path) for path in paths] == [
        "@gophers", "@tools @ops", "@acme/platform", "@gophers", "",
    ]  # fmt: skip
    owners.write_text(owners.read_text() + "* @everyone\n")
    assert {owner(owners, path) for path in paths} == {"@everyone"}


def test_a_star_of_the_user_goes_before_all_of_ours(tmp_path: Path) -> None:
    owners = tmp_path / "CODEOWNERS"
    owners.write_text("* @everyone\n/scripts/ @tools\n")
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    for path, name in (("infrastructure/terraform/main.tf", "@everyone"), ("scripts/deploy.sh", "@tools")):
        assert owner(owners, path) == name, path


def test_a_readme_of_ours_begins_with_a_title(tmp_path: Path) -> None:
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    for name, title in (("README.md", "# shop\n"), ("AGENTS.md", "# Working in this repository\n")):
        assert (tmp_path / name).read_text().startswith(f"{title}\n<!-- BEGIN agency-scaffold")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_says_whether_anything_was_written(tmp_path: Path, when: str) -> None:
    """Ctrl-C at a terminal: to the whole group, while we render or while a tool runs."""
    waits = tmp_path / "waits"
    tool = tmp_path / "bin/actionlint"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\n: >{waits}\nexec sleep 60\n")
    tool.chmod(0o755)
    hook = (
        ""
        if when == "after"
        else f"""
import pathlib, time
from generator import generation
def render(plan):
    pathlib.Path({str(waits)!r}).touch()
    time.sleep(60)
generation.render = render
"""
    )
    # Whoever runs this in the background has told it to ignore Ctrl-C.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"import sys{hook}\n{heard}\nfrom generator.cli.main import run\nsys.argv[1:] = ['new', 'made', '--answers', {EXAMPLE!r}]\nrun()"
    running = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, text=True, start_new_session=True,
        env=os.environ | {"PATH": f"{tool.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 120
    while not waits.exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    if when == "before":
        assert (running.returncode, out) == (130, "")
        assert "interrupted: nothing was written" in err
        assert not (tmp_path / "made").exists()
    else:
        assert running.returncode == 1, err
        assert "interrupted: all is written, but the checks of other programs were not finished" in out
        assert (tmp_path / "made" / places.LOCK).is_file()
    assert "Traceback" not in err


def test_an_interrupt_while_the_program_is_still_imported_is_quiet(tmp_path: Path) -> None:
    waits = tmp_path / "waits"
    (tmp_path / "sitecustomize.py").write_text(f"""
import signal, sys, pathlib, time
signal.signal(signal.SIGINT, signal.default_int_handler)
class Slow:
    def find_spec(self, name, *_):
        if name == "typer":
            pathlib.Path({str(waits)!r}).touch()
            time.sleep(60)
sys.meta_path.insert(0, Slow())
""")
    running = subprocess.Popen(
        [str(BIN / "agency-scaffold"), "--version"], text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not waits.exists() and time.monotonic() < until:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "interrupted\n")


def test_answers_that_lie_there_already_are_used_and_kept(tmp_path: Path) -> None:
    text = "# my notes\nproject: {name: mine}\n"
    (tmp_path / places.ANSWERS_FILE).write_text(text)
    done = new(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / places.ANSWERS_FILE).read_text() == text
    assert "mine" in (tmp_path / "infrastructure/terraform/environments/prod.tfvars").read_text()


@pytest.mark.parametrize("arguments", [("--set", "project.name=x"), ("--answers", EXAMPLE)])
def test_answers_that_lie_there_already_are_not_contradicted(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / places.ANSWERS_FILE).write_text("project: {name: mine}\n")
    before = state(tmp_path)
    done = new(*arguments, cwd=tmp_path)
    assert done.returncode == 3
    assert "is there already" in done.stderr
    assert state(tmp_path) == before


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for target in ("file", "file/below"):
        done = scaffold("new", target, "--answers", EXAMPLE, "--no-check", cwd=tmp_path)
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
    assert state(tmp_path).keys() == {"file"}


def test_a_state_folder_without_a_lock_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / places.STATE).mkdir(parents=True)
    (tmp_path / places.STATE / "todo.yml").write_text("items: []\n")
    done = new("--answers", EXAMPLE, cwd=tmp_path)
    assert done.returncode == 3
    assert "holds files, but no lock" in done.stderr


def cut(root: Path, after: str) -> None:
    """Kills a `new` of the example right after `after` has been moved to its place."""
    code = f"""
import os, signal, sys
from generator import moves
real = moves.move
def move(root, stage, name, step):
    done = real(root, stage, name, step)
    if step["path"] == {after!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
moves.move = move
from generator.cli.main import main
main(["new", {str(root)!r}, "--answers", {EXAMPLE!r}, "--no-check"])
"""
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == -9


def test_an_interrupted_run_is_finished_and_reported(tmp_path: Path) -> None:
    root = tmp_path / "made"
    root.mkdir()
    (root / "scaffold.mk").write_text("# mine\n")
    cut(root, "README.md")
    assert not (root / places.LOCK).exists()
    done = scaffold("new", "made", "--dry-run", "--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    assert done.returncode == 3
    assert "an interrupted run waits" in done.stderr
    done = scaffold("new", "made", "--answers", EXAMPLE, "--no-check", "--format", "json", cwd=tmp_path)
    assert done.returncode == 1, "a proposal waits"
    data = report(done)
    assert places.LOCK in data["recovered"]
    assert [f["path"] for f in data["files"] if f["action"] == "propose"] == ["scaffold.mk"]
    other = tmp_path / "whole"
    other.mkdir()
    (other / "scaffold.mk").write_text("# mine\n")
    assert scaffold("new", "whole", "--answers", EXAMPLE, "--no-check", cwd=tmp_path).returncode == 1
    assert dict(Tree.read(root)) == dict(Tree.read(other))
    done = scaffold("new", "made", "--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    assert "was generated already" in done.stderr


def test_the_report_of_a_recovery_says_what_is_there_now(tmp_path: Path) -> None:
    texts = {
        ".gitignore": "docs/\n",
        "Makefile": "verify: ; @echo mine\n",
        ".yamllint.yml": "rules: {}\n",
        "SECURITY.md": "mine\n",
    }
    for name in ("made", "whole"):
        (tmp_path / name).mkdir()
        for path, text in texts.items():
            (tmp_path / name / path).write_text(text)
    root = tmp_path / "made"
    cut(root, "README.md")
    (root / "CODEOWNERS").write_text("* @me\n")
    (root / ".trivyignore.yaml").unlink()
    (root / places.PROPOSED / ".yamllint.yml").unlink()
    arguments = ("--answers", EXAMPLE, "--no-check", "--format", "json")
    done, whole = (scaffold("new", name, *arguments, cwd=tmp_path) for name in ("made", "whole"))
    assert done.returncode == whole.returncode == 1
    now, usual = ({f["path"]: f for f in report(d)["files"]} for d in (done, whole))
    changed = {path: (f["action"], f["reason"]) for path, f in now.items() if f != usual[path]}
    assert changed == {
        ".trivyignore.yaml": ("keep", "it is gone"),
        ".yamllint.yml": ("keep", "the proposal is gone"),
    }
    assert now.keys() == usual.keys()
    assert report(done)["collisions"] == report(whole)["collisions"]
    assert {c["kind"] for c in report(done)["collisions"]} == {"make-target", "ignored"}
    assert report(done)["next"][-1] == "make infra-verify"
    assert (root / "CODEOWNERS").read_text() == "* @me\n"


@pytest.mark.parametrize("kind", ["outside", "absolute", "elsewhere", "damaged", "empty", "folders", "link"])
def test_a_stage_from_elsewhere_makes_us_write_nothing(tmp_path: Path, kind: str) -> None:
    from generator import apply

    root, victim = tmp_path / "cloned", tmp_path / "victim"
    root.mkdir()
    victim.mkdir()
    (victim / "keys").write_text("precious")
    stage = root / places.TRANSACTION
    path = {"outside": "../victim/keys", "absolute": str(victim / "keys")}.get(kind, "README.md")
    journal = [{"path": path, "before": None, "after": "x"}]
    if kind == "link":
        (victim / "txn").mkdir()
        (victim / "txn/precious").write_text("x")
        stage.parent.mkdir(parents=True)
        stage.symlink_to(victim / "txn")
    else:
        stage.mkdir(parents=True)
        (stage / "0").write_text("evil")
        (stage / apply._MARK).touch()
        other = tmp_path / places.TRANSACTION
        other.mkdir(parents=True)
        (other / apply._MARK).touch()
        content = apply._dump(tmp_path if kind == "elsewhere" else root, journal)
        if kind == "folders":
            (stage / "folders").write_bytes(apply._dump(root, ["../victim"]))
        else:
            (stage / "journal").write_bytes({"damaged": b'{"root": ', "empty": b""}.get(kind, content))
    before = state(victim)
    done = scaffold("new", "cloned", "--answers", EXAMPLE, "--no-check", cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert ("Move it away" if kind == "link" else f"rm -r {stage}") in done.stderr
    assert state(victim) == before
    assert not (root / "README.md").exists()


def test_a_file_that_gets_our_region_keeps_its_mode(tmp_path: Path) -> None:
    for name, mode in (("README.md", 0o600), ("Makefile", 0o755)):
        (tmp_path / name).write_text("# mine\n")
        (tmp_path / name).chmod(mode)
    assert new("--answers", EXAMPLE, cwd=tmp_path).returncode == 0
    assert [(tmp_path / n).stat().st_mode & 0o777 for n in ("README.md", "Makefile")] == [0o600, 0o755]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x" * 300,), "cannot be used"),
        (("loop",), "cannot be used"),
        ((".", "--answers", "list.yml", "--set", "project.name=x"), "a map of keys is expected"),
        ((".", "--answers", "flow.yml"), "anchors and aliases are not read"),
        ((".", "--answers", "null.yml", "--set", "services[0].port=1"), "a number of at least 1024"),
    ],
)
def test_odd_surroundings_are_errors_that_can_be_mended(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "list.yml").write_text("- a\n")
    (tmp_path / "flow.yml").write_text("project: {name: x}\nservices: [&a [*a]]\n")
    (tmp_path / "null.yml").write_text("project: {name: x}\nservices:\n")
    done = scaffold("new", *arguments, "--no-check", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_names_and_outputs_reach_no_terminal_as_orders(tmp_path: Path) -> None:
    orders = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
    name = "a\x1b[2Jb\x9b31m"
    (tmp_path / name).mkdir()
    (tmp_path / name / ".gitignore").write_text("d[o\x1b]cs/\n")
    (tmp_path / name / "Makefile").write_text("# \x1b[31m\n")
    arguments = (name, "--answers", EXAMPLE, "--no-check")
    for more in (("--dry-run",), ("--nope\x1b[31m",), ("--set", "\x1b[31m=1"), ("--answers", "\x1b[31m"), ()):
        done = scaffold("new", *arguments, *more, cwd=tmp_path)
        assert not orders.search(done.stdout + done.stderr), more
    assert r".gitignore:1 `d[o\x1b]cs/` leaves out" in done.stdout
    assert r"/a\x1b[2Jb\x9b31m: " in done.stdout
    (tmp_path / name / places.LOCK).write_text("")
    done = scaffold("new", *arguments, "--format", "json", cwd=tmp_path)
    assert "is not a lock" in report(done)["error"]
    other = scaffold("new", f"c{name}", "--answers", EXAMPLE, "--no-check", "--format", "json", cwd=tmp_path)
    assert report(other)["directory"] == str(tmp_path / f"c{name}")


def test_output_that_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    line = f"{BIN / 'agency-scaffold'} new . --answers {EXAMPLE} --dry-run --no-check | head -1"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_components_and_schema(tmp_path: Path) -> None:
    listed = json.loads(scaffold("components", "--format", "json", cwd=tmp_path).stdout)
    assert {"docker", "terraform-aws", "k8s-rolling"} <= {c["id"] for c in listed}
    rolling = next(c for c in listed if c["id"] == "k8s-rolling")
    assert rolling["serves"] == {"deployment.strategy": ["rolling"]}
    assert "k8s-rolling" in scaffold("components", cwd=tmp_path).stdout
    assert json.loads(scaffold("schema", cwd=tmp_path).stdout)["title"].startswith("Answers")


def test_a_fake_binary_turns_a_skipped_check_into_a_run_one(tmp_path: Path) -> None:
    # A Python without tools beside it, and a PATH without any: what runs is what is put there.
    fake, alone = tmp_path / "bin", tmp_path / "alone"
    fake.mkdir()
    alone.mkdir()
    (alone / "python3").symlink_to(Path(sys.executable).resolve())
    env = {**os.environ, "PATH": str(fake), "PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}"}
    command = [str(alone / "python3"), "-c", "from generator.cli import run; run()", "new", "--answers", EXAMPLE]

    def checks(folder: str) -> dict[str, dict[str, Any]]:
        done = subprocess.run([*command, folder, "--format", "json"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)  # fmt: skip
        return {c["name"]: c for c in report(done)["checks"] if c["kind"] == "external"}

    before = checks("one")
    assert {c["status"] for c in before.values()} == {"skipped"}
    assert all(c["reason"] for c in before.values())
    (fake / "actionlint").write_text("#!/bin/sh\necho '[]'\n")
    (fake / "actionlint").chmod(0o755)
    assert [name for name, c in checks("two").items() if c["status"] == "passed"] == ["actionlint"]


def test_a_reader_that_has_seen_enough_ends_the_run_quietly(tmp_path: Path) -> None:
    command = [str(BIN / "agency-scaffold"), "new", ".", "--answers", EXAMPLE, "--no-check", "--dry-run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141
