"""scripts/repository-settings.sh against a stand-in for `gh`: converges, is idempotent, and `--check` tells drift."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import generated

ROOT = Path(__file__).resolve().parents[3]
EMPTY: dict[str, Any] = {
    "name": "acme/shop",
    "repository": {"allow_squash_merge": True, "allow_merge_commit": True, "allow_rebase_merge": True, "id": 1},
    "workflow": {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
    "actions": {"enabled": True, "allowed_actions": "selected", "sha_pinning_required": False},
    "vulnerability-alerts": False,
    "automated-security-fixes": False,
    "rulesets": [],
    "environments": {},
    "variables": [],
    "next": 0,
}
OUTPUTS = {
    "ci_variables": {
        "sensitive": False,
        "value": {
            "AWS_ACCOUNT_ID": "111122223333",
            "AWS_REGION": "us-east-1",
            "PLAN_ROLE_ARN": "arn:aws:iam::111122223333:role/plan",
            "PUSH_ROLE_ARN": "arn:aws:iam::111122223333:role/push",
            "REGISTRY": "111122223333.dkr.ecr.us-east-1.amazonaws.com",
            "CLUSTER_NAME": "shop-staging",
        },
    },
    "vpc_id": {"value": "vpc-1"},
}


@dataclass(frozen=True)
class Repository:
    """A rendered repository and the GitHub that it talks to."""

    folder: Path
    state: Path
    log: Path

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [self.folder / "scripts/repository-settings.sh", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": path, "HOME": str(self.folder), "GH_STATE": str(self.state), "GH_LOG": str(self.log)}
            | environment,
        )

    def github(self) -> dict[str, Any]:
        return json.loads(self.state.read_text())  # type: ignore[no-any-return]

    def edit(self, **changes: Any) -> None:
        self.state.write_text(json.dumps(self.github() | changes))

    def writes(self) -> list[str]:
        return self.log.read_text().splitlines()


def made(folder: Path, case: Path) -> Repository:
    tree = generated.made_by(case, "github-actions", "scripts")
    for path in ("scripts/repository-settings.sh", "scripts/lib/common.sh", ".github/repository-settings.json"):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tree[path].content)
        target.chmod(0o755)
    (folder / "bin").mkdir()
    (folder / "bin/gh").write_bytes((Path(__file__).parent / "gh_stand_in.py").read_bytes())
    (folder / "bin/gh").chmod(0o755)
    log, state = folder / "writes.log", folder / "github.json"
    log.touch()
    state.write_text(json.dumps(EMPTY))
    return Repository(folder, state, log)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return made(tmp_path_factory.mktemp("shop"), ROOT / "tests/cases/example.yml")


@pytest.fixture
def shop(rendered: Repository) -> Repository:
    """A repository as it was made: nothing is in place yet."""
    rendered.state.write_text(json.dumps(EMPTY))
    rendered.log.write_text("")
    return rendered


@pytest.fixture(scope="module")
def after(rendered: Repository) -> str:
    """What GitHub has once the settings are in place."""
    rendered.state.write_text(json.dumps(EMPTY))
    ran = rendered.run()
    assert ran.returncode == 0, ran.stderr
    return rendered.state.read_text()


@pytest.fixture
def settled(rendered: Repository, after: str) -> Repository:
    """A repository whose settings are in place."""
    rendered.state.write_text(after)
    rendered.log.write_text("")
    return rendered


def test_puts_everything_in_place_and_then_changes_nothing(shop: Repository) -> None:
    first = shop.run()
    assert first.returncode == 0, first.stderr
    github = shop.github()
    assert github["repository"]["allow_merge_commit"] is False
    assert github["workflow"] == {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    # Which actions may run is the owner's choice: kept.
    assert github["actions"] == {"enabled": True, "allowed_actions": "selected", "sha_pinning_required": True}
    assert github["vulnerability-alerts"] is True
    assert github["automated-security-fixes"] is True
    assert [r["name"] for r in github["rulesets"]] == [
        "main",
        "release tags do not move",
        "release tags are made by maintainers",
    ]
    prod, staging = github["environments"]["prod"], github["environments"]["staging"]
    assert prod["reviewers"] == [{"type": "Team", "id": 4711}]
    assert prod["prevent_self_review"] is True
    assert {(p["type"], p["name"]) for p in prod["policies"]} == {("branch", "main"), ("tag", "v*.*.*")}
    rollback = github["environments"]["prod-rollback"]
    assert rollback["reviewers"] == []
    assert {(p["type"], p["name"]) for p in rollback["policies"]} == {("branch", "main")}
    assert staging["reviewers"] == []
    assert {(p["type"], p["name"]) for p in staging["policies"]} == {("branch", "main")}

    writes = shop.writes()
    second = shop.run()
    assert second.returncode == 0, second.stderr
    assert second.stdout == ""
    assert shop.writes() == writes
    assert shop.github() == github


def test_check_names_every_difference_and_writes_nothing(settled: Repository) -> None:
    assert settled.run("--check").returncode == 0
    github, writes = settled.github(), settled.writes()
    github["repository"]["allow_rebase_merge"] = True
    github["rulesets"][0]["rules"] = github["rulesets"][0]["rules"][1:]
    github["rulesets"][1]["bypass_actors"] = [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]
    github["environments"]["prod"]["reviewers"] = []
    github["environments"]["dev"]["policies"].append({"name": "feature/*", "type": "branch", "id": 99})
    github["vulnerability-alerts"] = False
    settled.edit(**github)
    check = settled.run("--check")
    assert check.returncode == 1
    assert check.stdout.splitlines() == [
        "differs: merge policy",
        "differs: Dependabot alerts",
        "differs: ruleset main",
        "differs: ruleset release tags do not move",
        "differs: environment dev: no releases from other refs",
        "differs: environment prod",
    ]
    assert settled.writes() == writes
    assert settled.run().returncode == 0
    assert settled.run("--check").returncode == 0


def test_dry_run_says_what_it_would_do(shop: Repository) -> None:
    dry = shop.run("--dry-run")
    assert dry.returncode == 0
    assert "would change: ruleset main" in dry.stdout
    assert shop.writes() == []


def test_keeps_what_somebody_else_set(settled: Repository) -> None:
    github = settled.github()
    github["environments"]["prod"]["wait_timer"] = 15
    github["environments"]["prod"]["prevent_self_review"] = False
    github["rulesets"].append({"id": 50, "name": "theirs", "target": "branch", "rules": []})
    settled.edit(**github)
    assert settled.run().returncode == 0
    assert settled.github()["environments"]["prod"]["wait_timer"] == 15
    assert settled.github()["environments"]["prod"]["prevent_self_review"] is True
    assert settled.github()["rulesets"][-1]["name"] == "theirs"


def test_variables_go_where_their_jobs_can_read_them(settled: Repository) -> None:
    for environment in ("staging", "prod"):
        ran = settled.run("variables", "--environment", environment, stdin=json.dumps(OUTPUTS))
        assert ran.returncode == 0, ran.stderr
        assert "arn:aws" not in ran.stdout + ran.stderr
    github = settled.github()
    inside = {v["name"]: v["value"] for v in github["environments"]["staging"]["variables"]}
    assert inside == OUTPUTS["ci_variables"]["value"]
    outside = {v["name"] for v in github["variables"]}
    assert {
        "PLAN_ROLE_ARN_STAGING",
        "AWS_ACCOUNT_ID_PROD",
        "AWS_REGION_STAGING",
        "PUSH_ROLE_ARN",
        "REGISTRY",
    } <= outside
    assert "CLUSTER_NAME" not in outside

    writes = settled.writes()
    again = settled.run("variables", "--environment", "staging", stdin=json.dumps(OUTPUTS))
    assert (again.returncode, settled.writes()) == (0, writes)
    changed = json.loads(json.dumps(OUTPUTS))
    changed["ci_variables"]["value"]["CLUSTER_NAME"] = "other"
    check = settled.run("variables", "--environment", "staging", "--check", stdin=json.dumps(changed))
    assert (check.returncode, check.stdout) == (1, "differs: variable CLUSTER_NAME of environments/staging\n")
    settled.run("variables", "--environment", "staging", stdin=json.dumps(changed))
    assert settled.writes()[-1] == "PATCH repos/acme/shop/environments/staging/variables/CLUSTER_NAME"


def test_a_token_for_environments_and_variables_is_enough(settled: Repository) -> None:
    ran = settled.run("variables", "--environment", "prod", stdin=json.dumps(OUTPUTS), GH_MAY="environments variables")
    assert ran.returncode == 0, ran.stderr
    less = settled.run("variables", "--environment", "dev", stdin=json.dumps(OUTPUTS), GH_MAY="variables")
    assert (less.returncode, "HTTP 403" in less.stderr) == (2, True)


def test_a_rollback_reads_the_variables_of_its_production(settled: Repository) -> None:
    settled.run("variables", "--environment", "prod", stdin=json.dumps(OUTPUTS))
    settled.run("variables", "--environment", "dev", stdin=json.dumps(OUTPUTS))
    known = settled.github()["environments"]
    assert known["prod-rollback"]["variables"] == known["prod"]["variables"] != []
    ran = settled.run("variables", "--environment", "prod-rollback", stdin=json.dumps(OUTPUTS))
    assert (ran.returncode, "no environment is named prod-rollback" in ran.stderr) == (2, True)


def test_only_production_says_where_the_registry_is(settled: Repository) -> None:
    settled.run("variables", "--environment", "dev", stdin=json.dumps(OUTPUTS))
    assert "REGISTRY" not in {v["name"] for v in settled.github()["variables"]}


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("--wrong",), "", "unknown: --wrong"),
        (("variables",), "", "variables needs --environment"),
        (("variables", "--environment", "nowhere"), "{}", "no environment is named nowhere"),
        (("variables", "--environment", "dev"), "{}", "no environment dev: run"),
        (("--repository", "no-slash"), "", "not a repository: no-slash"),
    ],
)
def test_wrong_use_is_exit_2(shop: Repository, arguments: tuple[str, ...], stdin: str, says: str) -> None:
    stdin = json.dumps(OUTPUTS) if stdin else ""
    ran = shop.run(*arguments, stdin=stdin)
    assert ran.returncode == 2
    assert says in ran.stderr


@pytest.mark.parametrize("outputs", ["", "not json", "{}", '{"ci_variables": {"value": {"A": 1}}}'])
def test_outputs_that_are_none_are_refused(settled: Repository, outputs: str) -> None:
    writes = settled.writes()
    ran = settled.run("variables", "--environment", "dev", stdin=outputs)
    assert (ran.returncode, settled.writes()) == (2, writes)


def test_an_answer_that_does_not_come_is_no_difference(shop: Repository) -> None:
    ran = shop.run("--check", GH_DOWN="1")
    assert ran.returncode == 2
    assert "GitHub refused" in ran.stderr


@pytest.mark.parametrize(
    "path", ["vulnerability-alerts", "automated-security-fixes", "actions/permissions", "rulesets/1"]
)
@pytest.mark.parametrize("mode", ["", "--check"])
def test_a_refusal_in_the_middle_ends_it(settled: Repository, path: str, mode: str) -> None:
    """All else is in place, so that a run that goes on would end well."""
    ran = settled.run(*filter(None, [mode]), GH_REFUSES=path)
    assert (ran.returncode, settled.writes()) == (2, [])
    assert f"GitHub refused GET repos/acme/shop/{path}" in ran.stderr
    assert " 0 " not in ran.stderr.splitlines()[-1]


def test_settings_that_cannot_be_read_are_no_settings(settled: Repository) -> None:
    wanted = settled.folder / ".github/repository-settings.json"
    text = wanted.read_text()
    try:
        wanted.write_text("{")
        assert settled.run("--check", "--repository", "acme/shop").returncode == 2
    finally:
        wanted.write_text(text)


def test_a_user_may_approve_alone(tmp_path: Path) -> None:
    tiny = made(tmp_path, Path(__file__).parent / "cases/single-environment.yml")
    tiny.edit(name="ada/tiny")
    assert tiny.run().returncode == 0
    live = tiny.github()["environments"]["live"]
    assert (live["reviewers"], live["prevent_self_review"]) == ([{"type": "User", "id": 1815}], False)


def test_an_owner_whom_github_does_not_know_is_said(tmp_path: Path) -> None:
    bare = made(tmp_path, Path(__file__).parent / "cases/owner-as-text.yml")
    ran = bare.run("--repository", "acme/shop")
    assert ran.returncode == 0, ran.stderr
    assert "prod has no approver" in ran.stderr
    assert bare.github()["environments"]["prod"]["reviewers"] == []
