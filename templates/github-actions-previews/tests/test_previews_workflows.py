"""The workflows of previews: who may run them, and what their steps do when something does not answer."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
DIGEST = "sha256:" + "ab" * 32
SAME = "github.event.pull_request.head.repo.full_name == github.repository"


@cache
def workflow(name: str) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(generated.tree(EXAMPLE)[f".github/workflows/{name}"].text)
    return found


def step(name: str, job: str, title: str) -> str:
    steps = workflow(name)["jobs"][job]["steps"]
    return str(next(one for one in steps if one["name"] == title)["run"])


def run(script: str, folder: Path, tools: dict[str, str], **variables: str) -> tuple[int, str]:
    """The exit code of a step, and what it hands on."""
    for path, text in tools.items():
        tool = folder / path
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(f"#!/bin/bash\n{text}\n")
        tool.chmod(0o755)
    output = folder / "output"
    output.touch()
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        check=False,
        cwd=folder,
        env={"PATH": f"{folder}/bin{os.pathsep}{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)} | variables,
        capture_output=True,
        text=True,
    )
    return done.returncode, output.read_text()


def test_no_fork_gets_a_preview() -> None:
    deploy = workflow("preview-deploy.yml")
    assert set(deploy[True]) == {"pull_request"}, "pull_request_target would run with rights that a fork must not have"
    jobs = deploy["jobs"]
    for name, job in jobs.items():
        if job["permissions"].get("id-token") == "write":
            first = jobs[job["needs"]] if "needs" in job else job
            assert SAME in first["if"], name
            assert (
                job["environment"]["name"] if isinstance(job["environment"], dict) else job["environment"]
            ) == "preview"
    assert "id-token" not in jobs["comment"]["permissions"], "what writes the comment knows no role"
    assert "id-token" not in jobs["image"]["permissions"], "what builds the code knows no role"


def test_runs_of_a_pull_request_follow_each_other() -> None:
    concurrency = workflow("preview-deploy.yml")["concurrency"]
    assert concurrency["cancel-in-progress"] is False
    assert concurrency["group"].startswith("preview-${{ github.event.number }}")
    # A run for another label waits for nobody, and so drops none that waits.
    assert "github.event.label.name != 'preview' && '-other-label'" in concurrency["group"]
    assert "github.event.label.name == 'preview'" in workflow("preview-deploy.yml")["jobs"]["image"]["if"]


def test_a_removal_needs_no_branch() -> None:
    checkout = workflow("preview-deploy.yml")["jobs"]["remove"]["steps"][0]
    assert checkout["with"]["ref"] == "${{ github.event.repository.default_branch }}"


def test_the_scripts_get_no_variable_of_the_environments_own() -> None:
    for name in ("preview-deploy.yml", "preview-reaper.yml"):
        text = generated.tree(EXAMPLE)[f".github/workflows/{name}"].text
        assert "DATABASE_" not in text
        assert "vars.REGISTRY" not in text
        assert "DEPLOY_ROLE" not in text


def test_when_github_does_not_answer_nothing_is_reaped(tmp_path: Path) -> None:
    script = step("preview-reaper.yml", "reap", "Open pull requests with the label")
    assert run(script, tmp_path, {"bin/gh": "exit 1"}, GITHUB_REPOSITORY="o/r") == (1, "")
    code, said = run(script, tmp_path, {"bin/gh": "printf '7\\n12\\n'"}, GITHUB_REPOSITORY="o/r")
    assert (code, said.split()) == (0, ["numbers=7", "12"])
    (tmp_path / "output").unlink()
    code, said = run(script, tmp_path, {"bin/gh": "true"}, GITHUB_REPOSITORY="o/r")
    assert (code, said.split()) == (0, ["numbers="]), "none is open"


@pytest.mark.parametrize(
    ("digest", "skopeo", "code", "said"),
    [
        ("exit 1", f"echo {DIGEST} >pushed; touch copied", 0, f"images=web={DIGEST} "),
        ("echo sha256:there", "touch copied", 0, "images=web=sha256:there "),
        ("exit 2", "touch copied", 2, ""),
        ("exit 1", "echo sha256:another >pushed", 1, ""),
        ("exit 1", "exit 3", 3, ""),
    ],
    ids=["new", "there", "the registry does not answer", "another was pushed", "the push fails"],
)
def test_what_was_built_is_what_is_opened(tmp_path: Path, digest: str, skopeo: str, code: int, said: str) -> None:
    folder = tmp_path / "images/image-web"
    folder.mkdir(parents=True)
    (folder / "digest").write_text(DIGEST + "\n")
    tools = {"bin/skopeo": skopeo, "scripts/registry.sh": f'[ "$1" = login ] || {{ {digest}; }}'}
    known = {"REGISTRY": "r", "PREFIX": "shop", "FOLDER": "preview", "COMMIT": "c"}
    got = run(step("preview-deploy.yml", "deploy", "Push"), tmp_path, tools, **known)
    assert got == (code, f"{said}\n" if said else "")
    assert (tmp_path / "copied").exists() is ("copied" in skopeo and digest == "exit 1")


def test_a_preview_that_is_not_opened_fails_its_run(tmp_path: Path) -> None:
    script = step("preview-deploy.yml", "deploy", "Open or update")
    known = {"NUMBER": "7", "COMMIT": "c", "IMAGES": "web=x", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    assert run(script, tmp_path, {"scripts/preview.sh": "exit 1"}, **known) == (1, "")
    urls = "echo URL web https://w; echo URL api https://a"
    code, said = run(script, tmp_path, {"scripts/preview.sh": urls}, **known)
    assert code == 0
    assert said.splitlines()[0] == "url=https://w"
    assert (tmp_path / "summary").read_text() == "- web: https://w\n- api: https://a\n"


def test_the_environment_of_previews_asks_nobody_and_has_the_variables_of_the_first() -> None:
    settings = yaml.safe_load(generated.tree(EXAMPLE)[".github/repository-settings.json"].text)
    (found,) = [one for one in settings["environments"] if one["name"] == "preview"]
    assert found == {"name": "preview", "of": "dev", "reviewers": [], "prevent_self_review": False, "refs": []}


GH = """printf '%s\\n' "$*" >>calls
case "$*" in
  *issues/13/*) exit 1 ;;
  *comments\\?*issues/8/* | *issues/8/comments*) : ;;
  *--paginate*) printf '41\\n42\\n' ;;
esac"""


def said(folder: Path) -> str:
    calls = folder / "calls"
    return calls.read_text() if calls.exists() else ""


@pytest.mark.parametrize(
    ("deployed", "removed", "words"),
    [
        ("success", "skipped", "Preview of c, until"),
        ("failure", "skipped", "could not be opened: r"),
        ("skipped", "success", "The preview is gone"),
        ("skipped", "failure", "could not be removed: r"),
    ],
)
def test_the_comment_says_what_is_there(deployed: str, removed: str, words: str, tmp_path: Path) -> None:
    known = {
        "NUMBER": "7",
        "COMMIT": "c",
        "RUN": "r",
        "URLS": "- web: https://w",
        "GITHUB_REPOSITORY": "o/r",
        "BUILT": "success",
    }
    script = step("preview-deploy.yml", "comment", "Say where it is")
    tools = {"bin/gh": GH}
    assert run(script, tmp_path, tools, RESULT=deployed, REMOVED=removed, **known)[0] == 0
    assert "--method PATCH repos/o/r/issues/comments/41 -f body=<!-- preview -->" in said(tmp_path)
    assert words in said(tmp_path)
    assert ("https://w" in said(tmp_path)) is (deployed == "success"), "the address stands where it answers"


def test_a_removal_makes_no_comment_where_there_was_none(tmp_path: Path) -> None:
    script = step("preview-deploy.yml", "comment", "Say where it is")
    known = {"NUMBER": "8", "COMMIT": "c", "RUN": "r", "URLS": "", "GITHUB_REPOSITORY": "o/r", "BUILT": "success"}
    for removed, posted in (("success", False), ("skipped", True)):
        known |= {"RESULT": "success" if posted else "skipped", "REMOVED": removed}
        assert run(script, tmp_path, {"bin/gh": GH}, **known)[0] == 0
        assert ("--method POST" in said(tmp_path)) is posted


def test_the_comment_is_written_after_a_removal_too() -> None:
    job = workflow("preview-deploy.yml")["jobs"]["comment"]
    assert job["needs"] == ["image", "deploy", "remove"]
    assert "needs.remove.result == 'success'" in job["if"]
    assert job["permissions"] == {"pull-requests": "write"}
    reaper = workflow("preview-reaper.yml")["jobs"]
    assert reaper["comment"]["permissions"] == {"pull-requests": "write"}, "what writes the comment knows no role"
    assert reaper["reap"]["permissions"]["pull-requests"] == "read"
    assert reaper["reap"]["outputs"] == {"gone": "${{ steps.remove.outputs.gone }}"}


@pytest.mark.parametrize("code", [0, 1], ids=["all are gone", "one is not"])
def test_what_was_reaped_is_handed_on(code: int, tmp_path: Path) -> None:
    script = step("preview-reaper.yml", "reap", "Remove what is left")
    tools = {"scripts/preview.sh": f'[ "$1" = list ] || {{ printf "GONE 7\\nGONE 12\\n"; exit {code}; }}'}
    known = {"OPEN": "", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    assert run(script, tmp_path, tools, **known) == (code, "gone=7 12 \n")


def test_comments_of_reaped_previews_are_renewed_one_by_one(tmp_path: Path) -> None:
    script = step("preview-reaper.yml", "comment", "Say that it is gone")
    code, _ = run(script, tmp_path, {"bin/gh": GH}, GONE="13 8 7", GITHUB_REPOSITORY="o/r")
    assert code == 1, "GitHub did not answer for one"
    patched = [line for line in said(tmp_path).splitlines() if "PATCH" in line]
    assert [line.split()[3] for line in patched] == ["repos/o/r/issues/comments/41"]
    assert "The preview is gone" in said(tmp_path)
