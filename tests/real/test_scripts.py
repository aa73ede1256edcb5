"""verify, the to-do check, image pinning and the registry command, run as a person runs them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from generator.places import LOCK
from generator.record import Entry, dump
from tests.real.conftest import REGISTRY_ACCOUNT, Stage, digest
from tests.support import generated
from tests.tools.run import need

TODO = ".agency/scaffold/todo.yml"


def write(stage: Stage, path: str, text: str) -> Path:
    target = stage.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def only(stage: Stage, checks: str) -> None:
    """Replaces the checks of verify.sh."""
    script = stage.root / "scripts/verify.sh"
    head, _, rest = script.read_text().partition("<<'END_OF_CHECKS'\n")
    script.write_text(head + "<<'END_OF_CHECKS'\n" + checks + rest[rest.index("END_OF_CHECKS\n") :])


def test_verify_tells_passed_failed_and_skipped_apart(stage: Stage) -> None:
    only(
        stage,
        'good\nbash\ntrue\n\nbad\n\necho "it\'s $HOME \\"wrong\\""; exit 7\n\nmissing\nno-such-tool\ntrue\nbuy one\n',
    )
    done = stage.script("scripts/verify.sh")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].split()[0] == "passed"
    assert "no-such-tool is not installed: buy one" in done.stdout
    assert "1 passed, 1 failed, 1 skipped" in done.stdout
    told = json.loads(stage.script("scripts/verify.sh", "--format", "json").stdout)
    assert [(c["name"], c["status"]) for c in told["checks"]] == [
        ("good", "passed"),
        ("bad", "failed"),
        ("missing", "skipped"),
    ]
    assert '"wrong"' in told["checks"][1]["note"]


def test_a_check_whose_tool_cannot_judge_is_skipped_with_its_reason(stage: Stage) -> None:
    only(stage, "old\nbash\necho noise; echo this bash is too old; exit 77\n\n")
    done = stage.script("scripts/verify.sh")
    assert (done.returncode, "0 passed, 0 failed, 1 skipped" in done.stdout) == (0, True)
    assert "this bash is too old" in done.stdout
    assert "noise" not in done.stdout
    assert stage.script("scripts/verify.sh", "--require").returncode == 4


def test_verify_refuses_a_skip_only_when_asked(stage: Stage) -> None:
    only(stage, "missing\nno-such-tool\ntrue\n\n")
    assert stage.script("scripts/verify.sh").returncode == 0
    assert stage.script("scripts/verify.sh", "--require").returncode == 4
    assert stage.script("scripts/verify.sh", "--only", "nothing").returncode == 2
    assert stage.script("scripts/verify.sh", "--format", "xml").returncode == 2


def test_verify_ends_a_check_that_hangs(stage: Stage) -> None:
    only(stage, "hangs\n\nsleep 60\n\n")
    done = stage.script("scripts/verify.sh", VERIFY_SECONDS="1")
    assert done.returncode == 1
    assert "exit 124" in done.stdout


def record(stage: Stage, *entries: Entry) -> None:
    """What the repository says was generated, in the middle of a merge."""
    ours = dump("0" * 64, entries)
    write(stage, LOCK, f"<<<<<<< ours\n{ours}=======\n>>>>>>> theirs\n")


def test_a_generated_file_that_was_emptied_is_named(stage: Stage) -> None:
    rules, script = "monitoring/rules of a name.yml", "scripts/own.sh"
    record(
        stage,
        Entry(rules, "file", "a:b", b"groups: []\n"),
        Entry(script, "exec", "a:b", b"#!/bin/sh\n"),
        Entry("made/empty", "file", "a:b", b""),
        Entry("made/gone", "file", "a:b", b"1\n"),
        Entry("yours/once", "once", "a:b", b"1\n"),
        Entry("yours/block", "block", "a:b", b"1\n"),
        Entry("yours/first", "file", "a:b", b"1\n", "proposed"),
        Entry("yours/refused", "file", "a:b", b"1\n", "declined"),
        Entry("yours/left", "exec", "a:b", b"1\n", "orphaned"),
    )
    yours = [f"yours/{name}" for name in ("once", "block", "first", "refused", "left")]
    for path in ("made/empty", *yours):
        write(stage, path, "")
    verify = ("scripts/verify.sh", "--only", "emptied files")
    write(stage, rules, "x")
    write(stage, script, "x")
    assert stage.script(*verify).returncode == 0
    write(stage, rules, "")
    write(stage, script, "")
    done = stage.script("scripts/check-emptied.sh")
    assert (done.returncode, done.stdout.splitlines()) == (1, [rules, script])
    assert "2 generated files are empty" in done.stderr
    assert stage.script(*verify).returncode == 1


@pytest.mark.parametrize("empty", [LOCK, "scripts/check-emptied.sh"])
def test_what_looks_for_emptied_files_is_not_emptied_itself(stage: Stage, empty: str) -> None:
    write(stage, empty, "")
    assert stage.script("scripts/verify.sh", "--only", "emptied files").returncode == 1


def test_without_a_record_no_file_is_judged(stage: Stage) -> None:
    done = stage.script("scripts/check-emptied.sh")
    assert (done.returncode, f"not judged: there is no {LOCK}" in done.stderr) == (0, True)


ITEMS = """\
# Managed by agency-scaffold (docs)
count: 3
items:
  - id: STATE
    severity: blocking
    file: "infrastructure/state.hcl"
    question: "Which \\"bucket\\" holds it?"
    how: 'ask the team''s admin'
    acceptance: ""
  - id: STATE_BUCKET
    severity: recommended
    file: b
    question: q
    how: h
  - id: DONE
    severity: blocking
    file: c
    question: q
    how: h
    acceptance: "test -e done"
"""


def told(stage: Stage) -> dict[str, str]:
    """Item -> state."""
    done = stage.script("scripts/check-todo.sh", "--format", "json")
    return {item["id"]: item["state"] for item in json.loads(done.stdout)["items"]}


def test_an_item_is_open_while_its_placeholder_stands(stage: Stage) -> None:
    write(stage, TODO, ITEMS)
    write(stage, "done", "")
    placeholder = write(stage, "infrastructure/state.hcl", 'bucket = "CHANGEME_STATE"\n')
    done = stage.script("scripts/check-todo.sh")
    assert done.returncode == 1
    assert 'Which "bucket" holds it?' in done.stdout
    assert "ask the team's admin" in done.stdout
    assert "1 open, 1 yours to tick off (1 of these blocking), 1 done" in done.stdout
    assert stage.script("scripts/check-todo.sh", "--list").returncode == 0
    # A longer name is another item, and prose about a placeholder is none.
    placeholder.write_text('bucket = "CHANGEME_STATE_BUCKET"\n')
    write(stage, "docs/todo.md", "CHANGEME_STATE")
    done = stage.script("scripts/check-todo.sh")
    assert done.returncode == 1, done.stdout
    assert "yours to tick off, nothing proves it: scripts/check-todo.sh --done STATE" in done.stdout
    assert told(stage) == {"STATE": "yours", "STATE_BUCKET": "open", "DONE": "done"}


def test_what_nothing_proves_is_settled_by_a_person_on_record(stage: Stage) -> None:
    write(stage, TODO, ITEMS)
    record = stage.root / ".agency/scaffold/done"
    settle = ["scripts/check-todo.sh", "--done"]
    # A command that fails and a placeholder that stands are stronger than a person's word.
    placeholder = write(stage, "infrastructure/state.hcl", 'bucket = "CHANGEME_STATE"\n')
    assert [stage.script(*settle, item).returncode for item in ("DONE", "STATE", "NOTHING")] == [1, 1, 2]
    placeholder.write_text("")
    assert stage.script(*settle, "STATE", "--dry-run").returncode == 0
    assert not record.exists()
    assert stage.script(*settle, "STATE", "STATE_BUCKET").returncode == 0
    assert stage.script(*settle, "STATE").returncode == 0
    assert [line.split()[0] for line in record.read_text().splitlines()] == ["STATE", "STATE_BUCKET"]
    assert all(len(line.split()) >= 3 for line in record.read_text().splitlines())
    assert told(stage) == {"STATE": "done", "STATE_BUCKET": "done", "DONE": "open"}
    placeholder.write_text('bucket = "CHANGEME_STATE"\n')
    assert told(stage)["STATE"] == "open"
    write(stage, "done", "")
    placeholder.write_text("")
    assert stage.script("scripts/check-todo.sh").returncode == 0


def test_an_item_with_an_acceptance_command_is_open_while_it_fails(stage: Stage) -> None:
    write(stage, TODO, ITEMS)
    done = stage.script("scripts/check-todo.sh", "--verbose")
    assert done.returncode == 1
    assert "done when this exits 0: test -e done" in done.stdout


def test_what_blocks_comes_first_and_alone_where_asked(stage: Stage) -> None:
    write(stage, TODO, ITEMS)
    write(stage, "infrastructure/state.hcl", "CHANGEME_STATE CHANGEME_STATE_BUCKET\n")
    lines = stage.script("scripts/check-todo.sh", "--list").stdout.splitlines()
    shown = [line.split()[1:3] for line in lines if line.startswith(("open ", "yours ", "done "))]
    assert shown == [["blocking", "STATE"], ["blocking", "DONE"], ["recommended", "STATE_BUCKET"]]
    done = stage.script("scripts/check-todo.sh", "--blocking")
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["2", "STATE:", "DONE:"]
    assert stage.script("scripts/check-todo.sh", "--blocking", "--list").returncode == 2
    verify = stage.script("scripts/verify.sh", "--only", "to-do list")
    assert verify.returncode == 1
    assert "STATE: " in verify.stdout
    assert "STATE_BUCKET" not in verify.stdout
    write(stage, "infrastructure/state.hcl", "")
    write(stage, "done", "")
    write(stage, ".agency/scaffold/done", "STATE x y\n")
    assert stage.script("scripts/check-todo.sh", "--blocking").stdout == ""


def test_the_command_of_an_item_is_told_where_asked(stage: Stage) -> None:
    write(stage, TODO, ITEMS)
    assert "test -e done" not in stage.script("scripts/check-todo.sh", "--list").stdout
    told = stage.script("scripts/check-todo.sh", "--list", "--verbose").stdout
    assert "done when this exits 0: test -e done" in told


@pytest.mark.parametrize("command", ["no-such-tool --short | grep -q x", "scripts/needs.sh"])
def test_an_item_whose_tool_is_missing_cannot_be_judged(stage: Stage, command: str) -> None:
    lines = ["#!/usr/bin/env bash", 'source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"', "need no-such-tool"]
    write(stage, "scripts/needs.sh", "\n".join(lines) + "\n").chmod(0o755)
    write(stage, TODO, ITEMS.replace("test -e done", command))
    done = stage.script("scripts/check-todo.sh")
    assert done.returncode == 1
    assert done.stdout.count("cannot be judged: not installed here: no-such-tool") == 1
    write(stage, TODO, ITEMS.replace("test -e done", "false"))
    assert "cannot be judged" not in stage.script("scripts/check-todo.sh").stdout


def test_a_proposal_is_listed_while_it_lies_there_and_differs(stage: Stage) -> None:
    write(stage, TODO, "count: 0\nitems: []\n")
    assert "proposal" not in stage.script("scripts/check-todo.sh").stdout
    ours = [write(stage, f".agency/scaffold/proposed/{path}", "ours\n") for path in ("docs/a b.md", "docs/c.md")]
    theirs = write(stage, "docs/a b.md", "theirs\n")
    done = stage.script("scripts/check-todo.sh")
    assert done.returncode == 0, "it blocks nothing"
    assert "how: diff -u docs/a\\ b.md .agency/scaffold/proposed/docs/a\\ b.md; take what" in done.stdout
    assert "2 proposals wait" in done.stdout
    asked = ["scripts/check-todo.sh", "--format", "json"]
    assert json.loads(stage.script(*asked).stdout)["proposals"] == ["docs/a b.md", "docs/c.md"]
    theirs.write_text("ours\n")
    ours[1].unlink()
    assert json.loads(stage.script(*asked).stdout)["proposals"] == []


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder with the usual tools but `timeout`, as macOS is without Homebrew."""
    tools = tmp_path / "bare"
    tools.mkdir()
    names = [
        "bash",
        "env",
        "cat",
        "date",
        "dirname",
        "basename",
        "mktemp",
        "rm",
        "awk",
        "grep",
        "cmp",
        "find",
        "sort",
        "tail",
        "true",
        "sleep",
        "git",
        "id",
    ]
    for name in names:
        (tools / name).symlink_to(need(name))
    return tools


def test_a_missing_tool_is_named_with_how_to_get_it(stage: Stage, bare: Path) -> None:
    for script, tools in (("verify", ["timeout"]), ("pin-images", ["timeout"])):
        done = stage.script(f"scripts/{script}.sh", PATH=str(bare))
        assert done.returncode == 2
        for tool in tools:
            assert f"{tool} is not installed: apt-get install coreutils, or brew install coreutils" in done.stderr


def test_the_timeout_of_homebrew_is_taken(stage: Stage, bare: Path) -> None:
    (bare / "gtimeout").symlink_to(need("timeout"))
    only(stage, "good\n\ntrue\n\nhangs\n\nsleep 60\n\n")
    done = stage.script("scripts/verify.sh", PATH=str(bare), VERIFY_SECONDS="1")
    assert "1 passed, 1 failed, 0 skipped" in done.stdout
    assert "exit 124" in done.stdout
    write(stage, TODO, ITEMS)
    write(stage, "done", "")
    assert "1 done" in stage.script("scripts/check-todo.sh", "--list", PATH=str(bare)).stdout


def test_nothing_runs_without_the_library(tmp_path: Path) -> None:
    root = generated.write(generated.tree(generated.CASES / "example.yml"), tmp_path)
    (root / "scripts/lib").rename(root / "scripts/gone")
    scripts = sorted((root / "scripts").glob("*.sh"))
    assert len(scripts) > 8
    for script in scripts:
        line = ["bash", str(script), "--help"]
        done = subprocess.run(line, cwd=root, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (2, ""), script.name
        assert "lib/common.sh: No such file" in done.stderr
        assert len(done.stderr.splitlines()) == 1, "what is missing, and nothing after it"


@pytest.mark.parametrize(
    "text", ["items:\n  - id: |\n      X\n", "items:\n  - severity: blocking\n", 'items:\n  - id: "x\n']
)
def test_a_list_that_is_not_understood_is_exit_2(stage: Stage, text: str) -> None:
    write(stage, TODO, text)
    assert stage.script("scripts/check-todo.sh").returncode == 2


def pinning(stage: Stage) -> None:
    """A stand-in for crane that knows one image."""
    tool = stage.root.parent / "tools" / "crane"
    tool.write_text(f'#!/bin/sh\ncase "$2" in node:24|alpine:3) echo {digest(7)} ;; *) exit 1 ;; esac\n')
    tool.chmod(0o755)
    docker = stage.root.parent / "tools" / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)


DOCKERFILE = """\
FROM node:24 AS build
FROM build AS test
COPY --from=alpine:3 /bin/sh /bin/
FROM ${BASE}
COPY --from=build /app /app
"""

WORKFLOW = """\
jobs:
  image:
    services:
      database:
        image: node:24  # of the tests
    steps:
      - image: alpine:3
      - env:
          IMAGE: node:24
          IMAGES: ${{ needs.image.outputs.images }}
"""


def test_images_are_pinned_once_and_only_where_they_are_pulled(stage: Stage) -> None:
    pinning(stage)
    for folder in ("infrastructure", "monitoring"):
        for path in (stage.root / folder).rglob("*.y*ml"):
            path.unlink()
    made = write(stage, "infrastructure/docker/web.Dockerfile", DOCKERFILE)
    compose = write(
        stage,
        "infrastructure/docker/docker-compose.yml",
        "services:\n  a:\n    image: node:24\n  b:\n    image: shop/web:local\n  c:\n    image: shop-web\n",
    )
    workflow = write(stage, ".github/workflows/scan.yml", WORKFLOW)
    assert stage.script("scripts/pin-images.sh", "--check").returncode == 1
    assert stage.script("scripts/pin-images.sh", "--dry-run").returncode == 0
    assert made.read_text() == DOCKERFILE
    done = stage.script("scripts/pin-images.sh")
    assert done.returncode == 0, done.stderr
    assert made.read_text() == DOCKERFILE.replace("node:24", f"node:24@{digest(7)}").replace(
        "alpine:3", f"alpine:3@{digest(7)}"
    )
    assert f"image: node:24@{digest(7)}\n" in compose.read_text()
    pinned = WORKFLOW.replace("node:24", f"node:24@{digest(7)}").replace("alpine:3", f"alpine:3@{digest(7)}")
    assert workflow.read_text() == pinned
    assert stage.script("scripts/pin-images.sh", "--check").returncode == 0
    assert "0 changed" in stage.script("scripts/pin-images.sh").stderr


def test_an_image_that_cannot_be_resolved_fails(stage: Stage) -> None:
    pinning(stage)
    write(stage, "infrastructure/docker/web.Dockerfile", "FROM nowhere:1\n")
    done = stage.script("scripts/pin-images.sh")
    assert done.returncode == 1
    assert "nowhere:1 cannot be resolved" in done.stderr


def test_the_registry_is_asked_and_marked(stage: Stage) -> None:
    one = digest(5)
    arguments = ["scripts/registry.sh", "released", "dev", "web", one]
    assert stage.script(*arguments).returncode == 1
    assert stage.script("scripts/registry.sh", "mark", "dev", "web", one, "--dry-run").returncode == 0
    assert stage.script(*arguments).returncode == 1
    assert stage.script("scripts/registry.sh", "mark", "dev", "web", one).returncode == 0
    assert stage.script(*arguments).returncode == 0
    assert all(f"--registry-id {REGISTRY_ACCOUNT}" in call for call in stage.calls("ecr "))
    # Marked again: fine. A tag that stands for another image: refused.
    assert stage.script("scripts/registry.sh", "mark", "dev", "web", one).returncode == 0
    (stage.aws / "tags/shop/web" / f"dev-{one[7:19]}").write_text(digest(6))
    assert stage.script("scripts/registry.sh", "mark", "dev", "web", one).returncode == 1
    (stage.aws / "down").touch()
    assert stage.script(*arguments).returncode == 2


def test_the_registry_finds_the_image_of_a_commit(stage: Stage) -> None:
    folder = stage.aws / "tags/shop/web"
    folder.mkdir(parents=True)
    (folder / "abc").write_text(digest(5))
    done = stage.script("scripts/registry.sh", "digest", "web", "abc")
    assert (done.returncode, done.stdout) == (0, f"{digest(5)}\n")
    assert stage.script("scripts/registry.sh", "digest", "web", "def").returncode == 1
    (stage.aws / "tags/shop/api.missing").touch()
    done = stage.script("scripts/registry.sh", "digest", "api", "abc")
    assert done.returncode == 2
    assert "no repository shop/api: apply the infrastructure of production" in done.stderr
    asked = len(stage.calls(""))
    for line in (("mark", "dev", "web", "latest"), ("released", "dev", "web", "latest")):
        done = stage.script("scripts/registry.sh", *line)
        assert (done.returncode, "not a digest: latest" in done.stderr) == (2, True)
    assert len(stage.calls("")) == asked, "the registry is asked for no tag without a name"
    assert stage.script("scripts/registry.sh", "everything").returncode == 2
    assert stage.script("scripts/registry.sh", "host", REGISTRY="").returncode == 2


@pytest.mark.parametrize(
    "script", ["deploy", "rollback", "health-check", "verify", "check-emptied", "check-todo", "pin-images", "registry"]
)
def test_every_script_has_help(stage: Stage, script: str) -> None:
    done = stage.script(f"scripts/{script}.sh", "--help")
    assert done.returncode == 0, done.stderr
    assert f"usage: scripts/{script}.sh" in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize("given", [(), ("",)], ids=["nothing", "empty"])
@pytest.mark.parametrize(
    ("script", "option"),
    [("verify", "--only"), ("verify", "--format"), ("check-todo", "--done"), ("check-todo", "--format")],
)
def test_an_option_without_its_value_is_refused(stage: Stage, script: str, option: str, given: tuple[str, ...]) -> None:
    done = stage.script(f"scripts/{script}.sh", option, *given)
    assert (done.returncode, f"{option} needs a value" in done.stderr) == (2, True), done.stderr


def test_log_lines_can_be_json(stage: Stage) -> None:
    done = stage.script("scripts/deploy.sh", "--environment", 'a"b\\c', LOG_FORMAT="json")
    told = json.loads(done.stderr)
    assert told["level"] == "error"
    assert 'no environment a"b\\c' in told["message"]


@pytest.mark.parametrize("text", ["", "garbage: [\n", "# nothing\n"])
def test_a_todo_list_that_is_not_there_is_not_done(tmp_path: Path, text: str) -> None:
    root = generated.write(generated.tree(generated.CASES / "example.yml"), tmp_path)
    (root / ".agency/scaffold/todo.yml").write_text(text)
    done = subprocess.run(["bash", "scripts/check-todo.sh"], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "holds no list of items" in done.stderr


@pytest.mark.parametrize(
    ("kept", "says"),
    [("count: 3", "count is 3, and there are 0 items"), ("  - id: DONE", "count is 3, and there are 2 items")],
)
def test_a_todo_list_that_lost_items_is_not_done(stage: Stage, kept: str, says: str) -> None:
    whole = ITEMS.replace("severity: blocking", "severity: optional")
    write(stage, TODO, whole)
    assert stage.script("scripts/check-todo.sh").returncode == 0
    head, found, _ = whole.partition(kept)
    write(stage, TODO, head + (f"{found}\nitems:\n" if "count" in found else ""))
    done = stage.script("scripts/check-todo.sh")
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
    write(stage, TODO, whole.replace("count: 3\n", ""))
    assert stage.script("scripts/check-todo.sh").returncode == 2


@pytest.mark.slow
def test_a_file_that_is_gone_settles_nothing(tmp_path: Path) -> None:
    root = generated.write(generated.tree(generated.CASES / "example.yml"), tmp_path)
    line = ["bash", "scripts/check-todo.sh", "--format", "json"]

    def settled() -> dict[str, str]:
        done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False)
        return {item["id"]: item["state"] for item in json.loads(done.stdout)["items"]}

    before = settled()
    (root / "monitoring/alertmanager/alertmanager.yml").unlink()
    assert before["SMTP_HOST"] == "open"
    assert settled() == before
