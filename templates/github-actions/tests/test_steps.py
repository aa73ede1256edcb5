"""The scripts inside the workflows, run as the runner would run them, with stand-ins for what they call."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.tree import Tree
from tests.support import generated

EXAMPLE = generated.CASES / "example.yml"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(scope="module")
def workflows() -> dict[str, Any]:
    tree = generated.made_by(EXAMPLE, "github-actions")
    prefix = ".github/workflows/"
    return {p.removeprefix(prefix): yaml.safe_load(f.content) for p, f in tree.items() if p.startswith(prefix)}


@pytest.fixture(scope="module")
def repository() -> Tree:
    """Everything of the example: some steps run what other components make."""
    return generated.rendering(EXAMPLE).tree


COMPOSE = """
while (($# > 0)); do
  case "$1" in
    compose) ;;
    --env-file) values="$2"; shift ;;
    -f) file="$2"; shift ;;
    *) break ;;
  esac
  shift
done
for name in $(grep -oE '[$][{][A-Z_]+:[?]' "$file" | tr -dc 'A-Z_\\n' | sort -u); do
  grep -q "^$name=." "${values:-/dev/null}" || {
    echo "error while interpolating: required variable $name is missing a value" >&2
    exit 1
  }
done
if [[ "$1" == port ]]; then echo 127.0.0.1:8080; fi
"""
"""Docker Compose as far as it refuses: before any command, where a variable that must have a value has none."""


def step(workflows: dict[str, Any], file: str, job: str, name: str) -> str:
    return str(next(s["run"] for s in workflows[file]["jobs"][job]["steps"] if s["name"] == name))


class Runner:
    """A working folder with stand-ins in `scripts/` and on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scripts").mkdir()
        (folder / "bin").mkdir()

    def stand_in(self, path: str, text: str) -> None:
        (self.folder / path).write_text(f'#!/usr/bin/env bash\necho "$(basename "$0") $*" >>"$CALLS"\n{text}\n')
        (self.folder / path).chmod(0o755)

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        files = {name: str(self.folder / name) for name in ("CALLS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": path, "HOME": str(self.folder)} | files | environment,
        )  # fmt: skip

    def read(self, name: str) -> str:
        file = self.folder / name
        return file.read_text() if file.exists() else ""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (0, "released"),
        (1, "failed"),
        (2, "failed"),
        (3, "rolled-back"),
        (4, "rollback-failed"),
        (5, "half-way"),
        (6, "not-undone"),
        (137, "half-way"),
        (143, "half-way"),
    ],
)
def test_the_verdict_of_a_release_is_that_of_the_script(
    workflows: dict[str, Any], runner: Runner, code: int, verdict: str
) -> None:
    runner.stand_in("scripts/deploy.sh", f"exit {code}")
    images = json.dumps({"web": DIGEST, "api": DIGEST})
    ran = runner.run(
        step(workflows, "_deploy.yml", "release", "Deploy"), IMAGES=images, ENVIRONMENT="dev", VERSION="v1"
    )
    assert ran.returncode == code
    assert runner.read("GITHUB_OUTPUT") == f"verdict={verdict}\n"
    assert (
        runner.read("CALLS") == f"deploy.sh --environment dev --version v1 --image web={DIGEST} --image api={DIGEST}\n"
    )


@pytest.mark.parametrize(
    ("status", "deploy", "outcome", "undo", "verdict"),
    [
        ("success", "released", "success", "", "released"),
        ("failure", "", "skipped", "", "failed"),
        ("failure", "rolled-back", "failure", "", "rolled-back"),
        ("failure", "half-way", "failure", "", "half-way"),
        ("failure", "released", "success", "", "failed"),
        ("failure", "released", "success", "rolled-back", "rolled-back"),
        ("failure", "released", "success", "rollback-failed", "rollback-failed"),
        ("failure", "released", "success", "not-undone", "not-undone"),
        ("cancelled", "", "skipped", "", "failed"),
        ("cancelled", "", "cancelled", "", "half-way"),
    ],
)
def test_the_verdict_of_the_job(
    workflows: dict[str, Any], runner: Runner, status: str, deploy: str, outcome: str, undo: str, verdict: str
) -> None:
    script = step(workflows, "_deploy.yml", "release", "Verdict")
    facts = {"STATUS": status, "DEPLOY": deploy, "OUTCOME": outcome, "UNDO": undo}
    ran = runner.run(script, ENVIRONMENT="dev", VERSION="v1", **facts)
    assert ran.returncode == 0
    assert runner.read("GITHUB_OUTPUT") == f"verdict={verdict}\n"


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, "rolled-back"), (1, "not-undone"), (2, "rollback-failed"), (4, "rollback-failed"), (5, "half-way")],
)
def test_the_verdict_of_a_release_that_fails_its_smoke_test(
    workflows: dict[str, Any], runner: Runner, code: int, verdict: str
) -> None:
    runner.stand_in("scripts/rollback.sh", f"exit {code}")
    script = step(workflows, "_deploy.yml", "release", "Undo a release that fails its smoke test")
    assert runner.run(script, ENVIRONMENT="dev", VERSION="v1").returncode == 0
    assert runner.read("GITHUB_OUTPUT") == f"verdict={verdict}\n"


def test_each_verdict_is_told_in_words_of_its_own(workflows: dict[str, Any]) -> None:
    text = str(workflows["deploy-production.yml"]["jobs"]["notify"]["with"]["text"])
    described = str(workflows["_deploy.yml"][True]["workflow_call"]["outputs"]["verdict"]["description"])
    release = workflows["_deploy.yml"]["jobs"]["release"]["steps"]
    made = {word for s in release for word in re.findall(r"verdict=([a-z-]+)", s.get("run", ""))}
    assert made == {"released", "failed", "rolled-back", "rollback-failed", "not-undone", "half-way"}
    for verdict in made:
        assert re.search(rf"\b{verdict}\b", described), verdict
    told = dict(re.findall(r"verdict == '([a-z-]+)' && '([^']+)'", text))
    assert set(told) == made - {"released", "failed"}
    assert len(set(told.values())) == len(told)
    # A result says less than a verdict, so it is asked afterwards.
    assert text.index("verdict == 'half-way'") < text.index("result == 'cancelled'")


TAGS = ["v1.2.3", "v1.2.4", "v1.10.0", "v1.2.3-rc1", "later", "v1.2.2"]


@pytest.mark.parametrize(
    ("released", "code"),
    [([], 0), (["v1.2.2"], 0), (["v1.2.3"], 0), (["v1.2.4"], 1), (["v1.10.0"], 1), (["v1.2.3-rc1", "later"], 0)],
)
def test_a_tag_older_than_what_was_released_is_refused(
    workflows: dict[str, Any], runner: Runner, released: list[str], code: int
) -> None:
    script = step(workflows, "_deploy.yml", "release", "Nothing newer was released there")
    listed = "; ".join(f"echo {tag} commit-of-{tag}" for tag in TAGS)
    runner.stand_in("bin/gh", listed)
    judged = " ".join(f"digest-of-commit-of-{tag}" for tag in released)
    runner.stand_in(
        "scripts/registry.sh",
        f'if [[ "$1" == digest ]]; then echo "digest-of-$3"; else [[ " {judged} " == *" $4 "* && "$2" == prod ]]; fi',
    )
    facts = {"VERSION": "v1.2.3", "ENVIRONMENT": "prod", "SERVICES": '["web", "api"]', "GITHUB_REPOSITORY": "acme/shop"}
    ran = runner.run(script, **facts)
    assert ran.returncode == code, ran.stderr
    assert ("go back with the workflow rollback" in ran.stdout) == bool(code)
    # A tag whose images were never built was not released; a registry that does not answer is no reason to go on.
    runner.stand_in("scripts/registry.sh", "exit 1")
    assert runner.run(script, **facts).returncode == 0
    runner.stand_in("scripts/registry.sh", "exit 2")
    assert runner.run(script, **facts).returncode == 2
    runner.stand_in("bin/gh", "exit 1")
    assert runner.run(script, **facts).returncode == 1


@pytest.mark.parametrize(
    ("images", "fine"),
    [
        ({"web": DIGEST, "api": DIGEST, "worker": DIGEST}, True),
        ({"web": DIGEST, "api": DIGEST}, False),
        ({"web": DIGEST, "api": DIGEST, "worker": DIGEST, "other": DIGEST}, False),
        ({"web": DIGEST, "api": DIGEST, "worker": "latest"}, False),
        ({}, False),
    ],
)
def test_only_all_services_by_digest_are_released(
    workflows: dict[str, Any], runner: Runner, images: dict[str, str], fine: bool
) -> None:
    runner.stand_in("scripts/registry.sh", "exit 0")
    script = step(workflows, "_deploy.yml", "release", "Images of the commit")
    ran = runner.run(script, IMAGES=json.dumps(images), SERVICES='["web", "api", "worker"]', COMMIT="c")
    assert (ran.returncode == 0) == fine
    assert ("images=" in runner.read("GITHUB_OUTPUT")) == fine


@pytest.mark.parametrize("code", [1, 2])
def test_production_without_an_image_stops(workflows: dict[str, Any], runner: Runner, code: int) -> None:
    runner.stand_in("scripts/registry.sh", f"exit {code}")
    script = step(workflows, "_deploy.yml", "release", "Images of the commit")
    ran = runner.run(script, IMAGES="", SERVICES='["web"]', COMMIT="c")
    assert ran.returncode != 0
    assert runner.read("GITHUB_OUTPUT") == ""


@pytest.mark.parametrize("code", [1, 2])
def test_what_the_environment_before_did_not_run_is_refused(
    workflows: dict[str, Any], runner: Runner, code: int
) -> None:
    runner.stand_in("scripts/registry.sh", f"exit {code}")
    script = step(workflows, "_deploy.yml", "release", "The environment before ran them")
    ran = runner.run(script, IMAGES=json.dumps({"web": DIGEST}), PREVIOUS="staging")
    assert ran.returncode == 1
    assert "was not judged good in staging" in ran.stdout


@pytest.mark.parametrize(("mode", "code"), [("github", 1), ("cosign", 1), ("off", 0), ("typo", 2)])
def test_provenance_that_cannot_be_verified_stops(
    workflows: dict[str, Any], runner: Runner, mode: str, code: int
) -> None:
    for tool in ("gh", "cosign"):
        runner.stand_in(f"bin/{tool}", "exit 1")
    ran = runner.run(
        step(workflows, "_deploy.yml", "release", "Verify the provenance"), MODE=mode,
        IMAGES=json.dumps({"web": DIGEST}),
        REGISTRY="r", PREFIX="shop", COMMIT="c", GITHUB_REPOSITORY="acme/shop", GITHUB_SERVER_URL="https://github.com",
    )  # fmt: skip
    assert ran.returncode == code


def test_the_times_of_an_image_are_those_of_its_commit(workflows: dict[str, Any], runner: Runner) -> None:
    runner.stand_in("bin/git", "echo 1767225600")
    for _ in range(2):
        assert runner.run(step(workflows, "_image.yml", "image", "When the commit was made")).returncode == 0
    assert runner.read("GITHUB_OUTPUT") == "epoch=1767225600\ncreated=2026-01-01T00:00:00Z\n" * 2


def test_an_image_that_exists_is_not_built_again(workflows: dict[str, Any], runner: Runner) -> None:
    services = json.dumps([{"service": "web", "path": "a"}, {"service": "api", "path": "b"}])
    script = step(workflows, "_build.yml", "registry", "Which images are there")
    runner.stand_in("scripts/registry.sh", f'[[ "$2" == web ]] && echo {DIGEST} || exit 1')
    assert runner.run(script, SERVICES=services, COMMIT="c").returncode == 0
    assert runner.read("GITHUB_OUTPUT").splitlines() == [
        f'existing={{"web":"{DIGEST}"}}',
        'missing=[{"service":"api","path":"b"}]',
    ]
    # A registry that does not answer, or has no place for the service yet, is no reason to build; the error names it.
    runner.stand_in("scripts/registry.sh", "echo 'no repository shop/web: apply it' >&2; exit 2")
    ran = runner.run(script, SERVICES=services, COMMIT="c")
    assert ran.returncode == 2
    assert ran.stdout == "::error::web: no repository shop/web: apply it\n"


def test_the_push_is_what_was_scanned(workflows: dict[str, Any], runner: Runner) -> None:
    (runner.folder / "images/image-web").mkdir(parents=True)
    (runner.folder / "images/image-web/digest").write_text(DIGEST + "\n")
    known = json.dumps({"api": DIGEST})
    ran = runner.run(step(workflows, "_build.yml", "push", "Digests"), IMAGES=known, REGISTRY="r", PREFIX="shop")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(runner.read("GITHUB_OUTPUT").removeprefix("images=")) == {"api": DIGEST, "web": DIGEST}
    assert runner.read("checksums") == f"{DIGEST.removeprefix('sha256:')}  r/shop/web\n"

    push = step(workflows, "_build.yml", "push", "Push")
    runner.stand_in("scripts/registry.sh", '[[ "$1" == login ]] || exit 1')
    runner.stand_in("bin/skopeo", f"echo {DIGEST} >pushed")
    assert runner.run(push, COMMIT="c", REGISTRY="r", PREFIX="shop").returncode == 0
    runner.stand_in("bin/skopeo", "echo sha256:other >pushed")
    assert runner.run(push, COMMIT="c", REGISTRY="r", PREFIX="shop").returncode != 0
    # A second attempt finds what the first one pushed, and pushes nothing.
    runner.stand_in("scripts/registry.sh", f'[[ "$1" == login ]] || echo {DIGEST}')
    runner.stand_in("bin/skopeo", "exit 1")
    assert runner.run(push, COMMIT="c", REGISTRY="r", PREFIX="shop").returncode == 0


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("signed", [True, False])
def test_whatever_has_no_signature_is_signed(
    workflows: dict[str, Any], runner: Runner, signed: bool, built: bool
) -> None:
    """A second attempt builds nothing, and yet signs what the first one pushed."""
    job = workflows["_build.yml"]["jobs"]["push"]
    for name in ("Cosign", "Sign what has no signature"):
        assert next(s for s in job["steps"] if s["name"] == name)["if"] == "vars.ATTESTATIONS == 'cosign'"
    if built:
        (runner.folder / "images/image-web").mkdir(parents=True)
        (runner.folder / "images/image-web/digest").write_text(DIGEST + "\n")
    known = json.dumps({"api": DIGEST} if built else {"api": DIGEST, "web": DIGEST})
    digests = step(workflows, "_build.yml", "push", "Digests")
    assert runner.run(digests, IMAGES=known, REGISTRY="r", PREFIX="shop").returncode == 0
    runner.stand_in("scripts/registry.sh", "exit 0")
    runner.stand_in("bin/cosign", f'[[ "$1" == sign ]] || exit {0 if signed else 10}')
    script = step(workflows, "_build.yml", "push", "Sign what has no signature")
    ran = runner.run(
        script, IMAGES=runner.read("GITHUB_OUTPUT").removeprefix("images="), REGISTRY="r", PREFIX="shop", COMMIT="c",
        GITHUB_SERVER_URL="https://github.com", GITHUB_REPOSITORY="acme/shop",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    calls = runner.read("CALLS").splitlines()
    assert calls[0] == "registry.sh login"
    made = [line for line in calls if line.startswith("cosign sign")]
    assert made == ([] if signed else [f"cosign sign --yes r/shop/{name}@{DIGEST}" for name in ("api", "web")])
    runner.stand_in("bin/cosign", "exit 1")
    assert runner.run(script, IMAGES=known, REGISTRY="r", PREFIX="shop", COMMIT="c", GITHUB_SERVER_URL="s",
                      GITHUB_REPOSITORY="r").returncode == 1  # fmt: skip


@pytest.mark.parametrize(
    ("results", "ci", "security"),
    [
        (["success", "success"], True, True),
        (["success", "skipped"], False, True),
        (["success", "failure"], False, False),
        (["success", "cancelled"], False, False),
    ],
)
def test_the_required_checks(
    workflows: dict[str, Any], runner: Runner, results: list[str], ci: bool, security: bool
) -> None:
    text = json.dumps({str(i): {"result": result} for i, result in enumerate(results)})
    assert (runner.run(step(workflows, "ci.yml", "ci", "All succeeded"), RESULTS=text).returncode == 0) == ci
    ran = runner.run(step(workflows, "security-scan.yml", "security", "None failed"), RESULTS=text)
    assert (ran.returncode == 0) == security


def test_end_to_end_tests_find_the_stack_that_ci_started(
    workflows: dict[str, Any], repository: Tree, runner: Runner
) -> None:
    files = (
        ".env.example",
        "Makefile",
        "scaffold.mk",
        "scripts/lib/common.sh",
        "infrastructure/docker/docker-compose.yml",
    )
    for path in files:
        (runner.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (runner.folder / path).write_bytes(repository[path].content)
    runner.stand_in("bin/docker", COMPOSE)
    steps = [s["run"] for s in workflows["ci.yml"]["jobs"]["e2e"]["steps"] if "run" in s]
    ran = [
        runner.run(script, COMMAND='echo "$BASE_URL" >asked', SERVICE="web", SERVICE_PATH=".", PORT="3000")
        for script in steps
    ]
    assert [(r.returncode, r.stderr) for r in ran] == [(0, "")] * len(steps)
    assert runner.read("asked") == "http://127.0.0.1:8080\n"
    said = [
        line.partition("infrastructure/docker/docker-compose.yml ")[2] for line in runner.read("CALLS").splitlines()
    ]
    assert [command.split()[0] for command in said] == ["up", "ps", "port", "logs"]
    values = dict(line.split("=", 1) for line in runner.read(".env").splitlines())
    assert len(set(values.values())) == len(values) > 1, "every value is its own"


@pytest.mark.parametrize("version", ["$(id)", "a b", "-x", "v1;id", "x" * 64])
def test_a_version_that_is_none_is_refused(workflows: dict[str, Any], runner: Runner, version: str) -> None:
    script = step(workflows, "rollback.yml", "rollback", "The version is a version")
    assert runner.run(script, VERSION=version).returncode == 2
    assert runner.run(script, VERSION="v1.2.3").returncode == 0
    assert runner.run(script, VERSION="").returncode == 0


def test_a_plan_that_changed_is_not_applied(workflows: dict[str, Any], runner: Runner) -> None:
    runner.stand_in("scripts/terraform.sh", "exit 0")
    runner.stand_in("bin/terraform", "echo '{}'")
    runner.stand_in("scripts/plan-fingerprint.sh", "cat >/dev/null; echo abc")
    for job in ("apply-prod", "platform-prod"):
        runner.stand_in("scripts/plan-fingerprint.sh", "cat >/dev/null; echo abc")
        script = step(workflows, "infrastructure.yml", job, "The plan is the one that was approved")
        assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p", APPROVED="abc").returncode == 0
        assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p", APPROVED="abd").returncode == 1
        assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p", APPROVED="").returncode == 1
        runner.stand_in("scripts/plan-fingerprint.sh", "cat >/dev/null; exit 1")
        assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p", APPROVED="").returncode == 1


@pytest.mark.parametrize(
    ("actions", "changes"),
    [
        ([], "none"),
        ([["no-op"], ["read"]], "none"),
        ([["no-op"], ["update"]], "some"),
        ([["delete", "create"]], "some"),
    ],
)
def test_what_would_change_in_the_platform_is_shown(
    workflows: dict[str, Any], repository: Tree, runner: Runner, actions: list[list[str]], changes: str
) -> None:
    script = step(workflows, "infrastructure.yml", "apply-prod", "What would change in the platform")
    for path in ("scripts/plan-fingerprint.sh", "scripts/lib/common.sh"):
        (runner.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (runner.folder / path).write_bytes(repository[path].content)
        (runner.folder / path).chmod(0o755)
    rows = [{"address": f"a.b{i}", "change": {"actions": some}} for i, some in enumerate(actions)]
    (runner.folder / "document").write_text(json.dumps({"format_version": "1.2", "resource_changes": rows}))
    runner.stand_in("scripts/terraform.sh", 'touch "$PLAN_FILE"')
    runner.stand_in("bin/terraform", '[[ "$*" == *-json* ]] && cat document || echo the plan in words')
    assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p").returncode == 0
    said = dict(line.split("=") for line in runner.read("GITHUB_OUTPUT").splitlines())
    assert (said["changes"], len(said["fingerprint"])) == (changes, 64)
    assert "the plan in words" in runner.read("GITHUB_STEP_SUMMARY")
    assert not (runner.folder / "p").exists(), "a plan holds secrets"


def test_a_platform_that_cannot_be_planned_is_asked_for(workflows: dict[str, Any], runner: Runner) -> None:
    script = step(workflows, "infrastructure.yml", "apply-prod", "What would change in the platform")
    runner.stand_in("scripts/terraform.sh", "exit 1")
    assert runner.run(script, ENVIRONMENT="prod", PLAN_FILE="p").returncode == 0
    assert runner.read("GITHUB_OUTPUT") == "changes=unknown\n"
    assert "cannot be planned before its kinds" in runner.read("GITHUB_STEP_SUMMARY")


def test_slack_is_told_without_the_address_in_the_list_of_processes(workflows: dict[str, Any], runner: Runner) -> None:
    script = step(workflows, "_notify.yml", "slack", "Tell Slack")
    runner.stand_in("bin/curl", "cat >body")
    facts = {"TEXT": 'a "b"', "GOOD": "false", "GITHUB_SERVER_URL": "s", "GITHUB_REPOSITORY": "r", "GITHUB_RUN_ID": "1"}
    assert runner.run(script, WEBHOOK="", **facts).returncode == 0
    assert runner.read("CALLS") == ""
    assert runner.run(script, WEBHOOK="https://hooks/secret", **facts).returncode == 0
    assert "hooks" not in runner.read("CALLS")
    assert json.loads(runner.read("body")) == {"text": ':red_circle: a "b" (<s/r/actions/runs/1|run>)'}
    runner.stand_in("bin/curl", "exit 22")
    assert runner.run(script, WEBHOOK="https://hooks/secret", **facts).returncode != 0
