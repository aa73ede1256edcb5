"""The workflows of previews on both platforms: which event starts which job, and what its steps ask of scripts/preview.sh."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support import generated
from tests.support.workflow import Played, clocked, context, filled, play, started

CASES: Final = {
    "kubernetes": generated.CASES / "example.yml",
    "ecs": generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml",
}
DIGEST: Final = "sha256:" + "ab" * 32
Object = dict[Any, Any]


@cache
def workflow(case: str, name: str) -> Object:
    found: Object = yaml.safe_load(generated.tree(CASES[case])[f".github/workflows/{name}.yml"].text)
    return found


def pull(action: str, *labels: str, label: str = "", fork: bool = False, merged: bool = False) -> Object:
    """What an event of a pull request knows."""
    head = {"repo": {"full_name": "elsewhere/shop" if fork else "acme/shop"}, "sha": "head-commit"}
    request = {"labels": [{"name": name} for name in labels], "head": head, "merged": merged}
    event = {
        "action": action,
        "number": 7,
        "pull_request": request,
        "repository": {"default_branch": "main"},
        **({"label": {"name": label}} if label else {}),
    }
    return context(event_name="pull_request", event=event)


OPENS: Final = {"image", "deploy", "comment"}
REMOVES: Final = {"remove", "comment"}
EVENTS: Final = {
    "opened with the label": (pull("opened", "bug", "preview"), OPENS),
    "opened without it": (pull("opened", "bug"), set()),
    "reopened with the label": (pull("reopened", "preview"), OPENS),
    "a push": (pull("synchronize", "preview"), OPENS),
    "a push without the label": (pull("synchronize"), set()),
    "labelled preview": (pull("labeled", "preview", label="preview"), OPENS),
    "labelled otherwise beside it": (pull("labeled", "preview", "bug", label="bug"), set()),
    "labelled otherwise": (pull("labeled", "bug", label="bug"), set()),
    "the label is taken away": (pull("unlabeled", label="preview"), REMOVES),
    "another label is taken away": (pull("unlabeled", "preview", label="bug"), set()),
    "closed with the label": (pull("closed", "preview"), REMOVES),
    "merged with the label": (pull("closed", "preview", merged=True), REMOVES),
    "closed without it": (pull("closed", "bug"), set()),
    "a title is edited": (pull("edited", "preview"), set()),
    "a fork opens": (pull("opened", "preview", fork=True), set()),
    "a fork is labelled": (pull("labeled", "preview", label="preview", fork=True), set()),
    "a fork is closed": (pull("closed", "preview", fork=True), set()),
    "a fork loses the label": (pull("unlabeled", label="preview", fork=True), set()),
}
BOTH: Final = pytest.mark.parametrize("case", CASES)


@BOTH
@pytest.mark.parametrize("event", EVENTS)
def test_what_an_event_starts(case: str, event: str) -> None:
    known, jobs = EVENTS[event]
    assert set(started(workflow(case, "preview-deploy"), known)) == jobs


@BOTH
def test_a_deployment_that_fails_is_told_and_one_that_was_not_built_too(case: str) -> None:
    known, _ = EVENTS["a push"]
    deploy = workflow(case, "preview-deploy")
    assert started(deploy, known, {"deploy": "failure"}) == {
        "image": "success",
        "deploy": "failure",
        "comment": "success",
    }
    assert started(deploy, known, {"image": "failure"}) == {"image": "failure", "comment": "success"}


@BOTH
def test_only_what_opens_or_removes_waits_for_the_run_before_it(case: str) -> None:
    group = workflow(case, "preview-deploy")["concurrency"]["group"]
    groups = {event: filled(group, known) for event, (known, _) in EVENTS.items()}
    for event, (_, jobs) in EVENTS.items():
        assert not jobs or groups[event] == "preview-7", event
    assert groups["another label is taken away"] == groups["labelled otherwise beside it"] == "preview-7-other-label"


@BOTH
def test_previews_are_reaped_by_the_clock_and_on_the_default_branch_alone(case: str) -> None:
    reaper = workflow(case, "preview-reaper")
    (clock,) = reaper[True]["schedule"]
    assert re.fullmatch(r"[0-5]?\d \*/6 \* \* \*", clock["cron"])
    for event in ("schedule", "workflow_dispatch"):
        assert started(reaper, clocked(event, "main")) == {"reap": "success"}, event
    assert started(reaper, clocked("workflow_dispatch", "feature")) == {}
    told = started(reaper, clocked("schedule", "main"), {"reap": "failure"})
    slack = "slack" in generated.answers(CASES[case]).monitoring.channels
    assert told == ({"reap": "failure", "notify": "success"} if slack else {"reap": "failure"})


# --- what the steps do ----------------------------------------------------------------------------

ASKED: Final = """_parse "$@"
printf '%s\\n' "$COMMAND number=$NUMBER version=$VERSION images=$IMAGES open=$OPEN" >>asked
[[ ! -e fails-$COMMAND ]] || exit 1
case "$COMMAND" in
  up) printf 'URL web https://w\\nURL api https://a\\n' ;;
  list) echo "7 v1" ;;
esac
"""
"""In place of what preview.sh does once it has read its command line: notes what it understood."""
GH: Final = """#!/usr/bin/env bash
if [[ "$*" == *"--jq"* ]]; then
  [[ ! -e fails-gh ]] || exit 1
  told="$(dirname "$0")/../known"
  [[ "$*" != *" --jq .body" ]] || told="$(dirname "$0")/../body"
  cat "$told" 2>/dev/null
else
  printf '%s\\n' "$*" >>written
fi
exit 0
"""


class Repository:
    """A checked-out repository whose preview.sh reads its command line as ever, and then only notes it."""

    def __init__(self, case: str, folder: Path) -> None:
        tree = generated.tree(CASES[case])
        self.folder, self.case = folder, case
        generated.write(type(tree)((p, f) for p, f in tree.items() if p.startswith("scripts/")), folder)
        script = folder / "scripts/preview.sh"
        text, last = script.read_text(), 'previewing "$@"\n'
        assert text.endswith(last)
        script.write_text(text.removesuffix(last) + ASKED)
        self.tool("bin/gh", GH)
        self.tool("bin/skopeo", f"#!/bin/sh\necho {DIGEST} >pushed\n")
        self.tool("scripts/registry.sh", '#!/bin/sh\n[ "$1" = login ]\n')
        for service in self.services:
            image = folder / f"images/image-{service}"
            image.mkdir(parents=True)
            (image / "digest").write_text(f"{DIGEST}\n")

    @property
    def services(self) -> list[str]:
        rows = workflow(self.case, "preview-deploy")["jobs"]["image"]["strategy"]["matrix"]["include"]
        return sorted(row["service"] for row in rows)

    def tool(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text)
        (self.folder / path).chmod(0o755)

    def read(self, name: str) -> str:
        file = self.folder / name
        return file.read_text() if file.exists() else ""

    def run(self, name: str, job: str, known: Object) -> Played:
        return play(workflow(self.case, name)["jobs"][job], known, self.folder)


@pytest.fixture(params=CASES)
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    return Repository(request.param, tmp_path)


@pytest.mark.parametrize("event", [name for name, (_, jobs) in EVENTS.items() if jobs == OPENS])
def test_a_preview_is_opened_or_updated_with_what_was_built(repository: Repository, event: str) -> None:
    known, _ = EVENTS[event]
    done = repository.run("preview-deploy", "deploy", known)
    assert done.code == 0, done.said
    images = "".join(f"{name}={DIGEST} " for name in repository.services)
    assert repository.read("asked") == f"up number=7 version=merge-commit images={images} open=\n"
    job = workflow(repository.case, "preview-deploy")["jobs"]["deploy"]
    told = {name: filled(value, {**known, "steps": done.steps}) for name, value in job["outputs"].items()}
    assert told["urls"] == "- web: https://w\n- api: https://a"
    assert filled(job["environment"]["url"], {**known, "steps": done.steps}) == "https://w"


@pytest.mark.parametrize("event", [name for name, (_, jobs) in EVENTS.items() if jobs == REMOVES])
def test_a_preview_is_removed(repository: Repository, event: str) -> None:
    done = repository.run("preview-deploy", "remove", EVENTS[event][0])
    assert done.code == 0, done.said
    assert repository.read("asked") == "down number=7 version= images= open=\n"


def test_one_that_is_not_removed_fails_its_run(repository: Repository) -> None:
    (repository.folder / "fails-down").touch()
    assert repository.run("preview-deploy", "remove", EVENTS["closed with the label"][0]).code == 1


@pytest.mark.parametrize("found", ["7\n12\n", ""], ids=["two are open", "none is open"])
def test_what_is_reaped_is_what_is_not_open(repository: Repository, found: str) -> None:
    (repository.folder / "known").write_text(found)
    done = repository.run("preview-reaper", "reap", clocked("schedule", "main"))
    assert done.code == 0, done.said
    reap, told = repository.read("asked").splitlines()
    assert reap.split("open=")[0] == "reap number= version= images= "
    assert reap.split("open=")[1].split() == found.split()
    assert told.startswith("list ")
    assert repository.read("GITHUB_STEP_SUMMARY") == "7 v1\n"


@pytest.mark.parametrize("fault", ["gh", "reap"])
def test_a_reaper_that_could_not_fails_its_run(repository: Repository, fault: str) -> None:
    (repository.folder / f"fails-{fault}").touch()
    assert repository.run("preview-reaper", "reap", clocked("schedule", "main")).code == 1
    assert bool(repository.read("asked")) == (fault == "reap")


BUILT: Final = {"result": "success", "outputs": {}}
SKIPPED: Final = {"result": "skipped", "outputs": {}}
NOT_BUILT: Final = (
    "There is no preview of head-commit, since an image was not built: https://github.com/acme/shop/actions/runs/5"
)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("", ""),
        ("Preview of c1, until then:\n\n- web: https://w", "Preview of c1, until then:\n\n- web: https://w"),
        (
            f"{NOT_BUILT}\n\nThe version before is still there:\n\nPreview of c1, until then:",
            "Preview of c1, until then:",
        ),
        ("The preview of c1 could not be opened: r", ""),
        ("The preview is gone: the pull request was closed.", ""),
    ],
    ids=["the first", "one is there", "and again", "one that failed", "one that is gone"],
)
def test_a_commit_that_was_not_built_has_no_preview_and_leaves_the_one_before(
    repository: Repository, body: str, kept: str
) -> None:
    if body:
        (repository.folder / "known").write_text("41\n")
        (repository.folder / "body").write_text(f"<!-- preview -->\n{body}\n")
    needs = {"image": {"result": "failure", "outputs": {}}, "deploy": SKIPPED, "remove": SKIPPED}
    done = repository.run("preview-deploy", "comment", {**EVENTS["a push"][0], "needs": needs})
    assert done.code == 0, done.said
    said = repository.read("written").partition(" -f body=<!-- preview -->\n")[2].removesuffix(" --silent\n")
    assert said == NOT_BUILT + (f"\n\nThe version before is still there:\n\n{kept}" if kept else "")


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ("", "api --method POST repos/acme/shop/issues/7/comments -f body="),
        ("41\n42\n", "api --method PATCH repos/acme/shop/issues/comments/41 -f body="),
    ],
    ids=["the first", "a later one"],
)
@pytest.mark.parametrize("result", ["success", "failure"])
def test_the_comment_says_where_it_is_or_that_it_is_not(
    repository: Repository, known: str, line: str, result: str
) -> None:
    (repository.folder / "known").write_text(known)
    deployed = {"result": result, "outputs": {"urls": "- web: https://w"}}
    needs = {"image": BUILT, "deploy": deployed, "remove": SKIPPED}
    done = repository.run("preview-deploy", "comment", {**EVENTS["a push"][0], "needs": needs})
    assert done.code == 0, done.said
    (said,) = re.findall(r"^api --method .*?(?=\napi |\Z)", repository.read("written"), re.DOTALL | re.MULTILINE)
    assert said.startswith(line)
    assert "head-commit" in said
    assert ("- web: https://w" in said) == (result == "success")
    assert ("https://github.com/acme/shop/actions/runs/5" in said) == (result == "failure")


@pytest.mark.parametrize(("result", "word"), [("success", "is gone"), ("failure", "could not be removed")])
@pytest.mark.parametrize("known", ["", "41\n"], ids=["nobody was told", "the comment is there"])
def test_a_comment_that_names_a_preview_says_when_it_is_gone(
    repository: Repository, result: str, word: str, known: str
) -> None:
    (repository.folder / "known").write_text(known)
    needs = {"image": SKIPPED, "deploy": SKIPPED, "remove": {"result": result, "outputs": {}}}
    done = repository.run("preview-deploy", "comment", {**EVENTS["closed with the label"][0], "needs": needs})
    assert done.code == 0, done.said
    said = re.findall(r"^api --method .*?(?=\napi |\Z)", repository.read("written"), re.DOTALL | re.MULTILINE)
    assert len(said) == (1 if known else 0)
    assert all(one.startswith("api --method PATCH repos/acme/shop/issues/comments/41 ") and word in one for one in said)
