"""What no linter notices about the rendered workflows: who may do what, in which order, and after what."""

from __future__ import annotations

import posixpath
import re
import shlex
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers import Answers
from generator.component import pins
from generator.parts import TodoItem, VerifyStep
from generator.tree import Tree
from tests.support import generated
from tests.support.workflow import context, started
from tests.tools.run import need

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).parent
CASES = {
    path.stem: path
    for folder in ("tests/cases", "templates/docker/tests/cases", "templates/github-actions/tests/cases")
    for path in (ROOT / folder).glob("*.yml")
    if path.stem in {"example", "minimal", "wide", "languages", "single-environment", "owner-as-text"}
}
LEVELS = {"none": 0, "read": 1, "write": 2}
RUNS_FOREIGN_CODE = ("setup-service", "docker/build-push-action", "aquasecurity/trivy-action", "github/codeql-action")
"""Actions that run code, or parse files, that came from outside."""
SCRIPTS_OF_OTHERS = {
    f"scripts/{name}.sh"
    for name in ("check-todo", "deploy", "health-check", "registry", "rollback", "terraform", "verify")
}


def answers(case: str) -> Answers:
    return generated.answers(CASES[case])


def tree(case: str) -> Tree:
    return generated.made_by(CASES[case], "github-actions", "scripts")


def everything(case: str) -> Tree:
    """The whole repository, for what the workflows and others must agree on."""
    return generated.rendering(CASES[case]).tree


@cache
def workflows(case: str) -> dict[str, dict[str, Any]]:
    """Path below .github/workflows -> the document; `on` is `True` in YAML 1.1."""
    prefix = ".github/workflows/"
    return {
        path.removeprefix(prefix): yaml.safe_load(file.content)
        for path, file in tree(case).items()
        if path.startswith(prefix)
    }


@cache
def actions(case: str) -> dict[str, dict[str, Any]]:
    return {p: yaml.safe_load(f.content) for p, f in tree(case).items() if p.startswith(".github/actions/")}


def jobs(case: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, workflow in workflows(case).items():
        for job_id, job in workflow["jobs"].items():
            yield name, job_id, job


def uses_in(job: dict[str, Any]) -> list[str]:
    return [step["uses"] for step in job.get("steps", ()) if "uses" in step]


def runs_in(case: str) -> Iterator[tuple[str, str]]:
    for name, job_id, job in jobs(case):
        for step in job.get("steps", ()):
            if "run" in step:
                yield f"{name}:{job_id}:{step.get('name')}", step["run"]
    for name, action in actions(case).items():
        for step in action["runs"]["steps"]:
            if "run" in step:
                yield f"{name}:{step.get('name')}", step["run"]


def called(job: dict[str, Any]) -> str:
    return str(job.get("uses", "")).removeprefix("./.github/workflows/")


def needs(job: dict[str, Any]) -> set[str]:
    wanted = job.get("needs", [])
    return {wanted} if isinstance(wanted, str) else set(wanted)


pytestmark = pytest.mark.parametrize("case", sorted(CASES))


def test_every_job_is_limited(case: str) -> None:
    for name, workflow in workflows(case).items():
        assert workflow["permissions"] == {}, name
    for name, job_id, job in jobs(case):
        assert isinstance(job["permissions"], dict), (name, job_id)
        if "uses" not in job:
            assert 0 < job.get("timeout-minutes", 360) <= (120 if name != "_deploy.yml" else 360), (name, job_id)
            assert job["runs-on"] == "ubuntu-24.04", (name, job_id)


def test_drift_is_compared_and_never_applied(case: str) -> None:
    jobs_of = workflows(case)["drift.yml"]["jobs"]
    plan_job = jobs_of["plan"]
    (login,) = [step for step in plan_job["steps"] if "cloud-login" in step.get("uses", "")]
    assert "PLAN_ROLE_ARN" in login["with"]["identity"]
    assert plan_job["permissions"] == {"contents": "read", "id-token": "write"}
    assert "environment" not in plan_job, "an environment's role could apply"
    for job in jobs_of.values():
        for step in job.get("steps", ()):
            assert not re.search(
                r"\b(apply|destroy|import|taint|make)\b|\bstate (rm|mv|push)\b", step.get("run", "")
            ), step
    assert "APPLY_ROLE" not in str(jobs_of)
    assert "id-token" not in jobs_of["issue"]["permissions"], "what writes the issue knows no role"
    rows = plan_job["strategy"]["matrix"]["include"]
    assert [(row["environment"], row["root"]) for row in rows] == [
        (name, root) for name in answers(case).environments for root in ("bootstrap", "main")
    ]
    assert jobs_of["issue"]["steps"][-1]["env"]["PLANS"].split() == [row["name"] for row in rows]
    # What is handed on names resources; a plan holds values.
    handed = next(step["with"]["path"] for step in plan_job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert handed == "plan/"
    assert '>"plan/$NAME.txt"' in plan_job["steps"][-2]["run"]


def test_a_report_that_is_missing_is_said(case: str) -> None:
    """Only a linter may have nothing to upload without a word."""
    for name, job_id, job in jobs(case):
        for step in job.get("steps", ()):
            if "upload-artifact" in step.get("uses", ""):
                missing = step["with"].get("if-no-files-found", "warn")
                assert missing in {"warn", "error", "${{ matrix.kind == 'lint' && 'ignore' || 'warn' }}"}, (
                    name,
                    job_id,
                )


def test_a_release_has_the_time_of_all_its_steps(case: str) -> None:
    """deploy.sh: a migration ends within 660 s, watching takes the bake time; credentials last as long as the job."""
    migrations = [service for service in answers(case).services if service.commands.migrate]
    needed = 660 * len(migrations) + 60 * answers(case).deployment.bake_minutes
    release = workflows(case)["_deploy.yml"]["jobs"]["release"]
    login = next(step for step in release["steps"] if "cloud-login" in step.get("uses", ""))
    assert needed + 30 * 60 <= release["timeout-minutes"] * 60 == int(login["with"]["seconds"]) <= 6 * 3600


def test_every_action_is_the_pinned_one(case: str) -> None:
    used = [use for _, _, job in jobs(case) for use in [*uses_in(job), job.get("uses")] if use]
    used += [step["uses"] for a in actions(case).values() for step in a["runs"]["steps"] if "uses" in step]
    for use in used:
        if use.startswith("./"):
            target = use.removeprefix("./")
            assert target in tree(case) or f"{target}/action.yml" in tree(case), use
            continue
        path, sha = use.split("@")
        owner, repository, *_ = path.split("/")
        assert pins().action(f"{owner}/{repository}").split("@")[1].split(" ")[0] == sha, use
    # The comment says which version the commit is; only the text has it.
    for path, file in tree(case).items():
        if path.startswith(".github/"):
            for line in re.findall(r"uses: [^./].*", file.content.decode()):
                assert re.fullmatch(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line), line


def test_a_caller_grants_what_the_called_need_and_no_more(case: str) -> None:
    for name, job_id, job in jobs(case):
        if "uses" not in job:
            continue
        asked: dict[str, str] = {}
        for inner in workflows(case)[called(job)]["jobs"].values():
            for scope, level in inner["permissions"].items():
                asked[scope] = max(level, asked.get(scope, "none"), key=LEVELS.__getitem__)
        assert job["permissions"] == asked, (name, job_id)


def test_a_role_is_where_it_is_needed_and_nothing_foreign_runs_beside_it(case: str) -> None:
    for name, job_id, job in jobs(case):
        if "uses" in job:
            continue
        signs_in = "./.github/actions/cloud-login" in uses_in(job)
        assert (job["permissions"].get("id-token") == "write") == signs_in, (name, job_id)
        if signs_in:
            foreign = [use for use in uses_in(job) if any(part in use for part in RUNS_FOREIGN_CODE)]
            assert not foreign, (name, job_id)
            commands = " ".join(step.get("run", "") for step in job["steps"])
            assert not re.search(r'\$COMMAND|docker run|make (infra-)?up|npm |pip install|\$MIGRATE"', commands), (
                name,
                job_id,
            )


def test_scans_and_builds_have_no_credentials(case: str) -> None:
    for name in ("security-scan.yml", "_image.yml", "ci.yml"):
        for job_id, job in workflows(case)[name]["jobs"].items():
            assert "cloud-login" not in str(job), (name, job_id)
            assert "id-token" not in str(job), (name, job_id)
            # A notice holds the webhook and runs nothing: not a line of this repository but its own.
            assert called(job) == "_notify.yml" or "secrets." not in str(job), (name, job_id)


def test_secrets_are_two_and_stay_in_their_place(case: str) -> None:
    for name, job_id, job in jobs(case):
        found = set(re.findall(r"secrets\.([A-Z_]+)", str(job)))
        if called(job) == "_notify.yml" or name == "_notify.yml":
            assert found == {"SLACK_WEBHOOK_URL"}, (name, job_id)
        elif name == "infrastructure.yml" and job_id.startswith("apply-"):
            assert found == {"SETTINGS_TOKEN"}
            assert "environment" in job
        else:
            assert not found, (name, job_id)
        assert job.get("secrets") != "inherit"


def test_no_expression_in_a_script_and_no_hidden_failure(case: str) -> None:
    for where, run in runs_in(case):
        assert "${{" not in run, where
        # Under pipefail, what writes into a `head` that has seen enough ends with an error.
        assert not re.search(r"\| head\b", run), where
        # `x="$(...)"` fails with its command; `echo "$(...)"` does not.
        assert not re.search(r"^\s*echo [^\n]*\$\((?!\()(?!<)[^\n]*>>", run, re.MULTILINE), where
    for name, workflow in workflows(case).items():
        if any("run" in step for job in workflow["jobs"].values() for step in job.get("steps", ())):
            assert workflow["defaults"]["run"]["shell"] == "bash", name
    for name, action in actions(case).items():
        assert all(step["shell"] == "bash" for step in action["runs"]["steps"] if "run" in step), name


def test_checkout_leaves_no_token_behind(case: str) -> None:
    for name, job_id, job in jobs(case):
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False, (name, job_id)


def test_triggers_never_give_rights_to_foreign_code(case: str) -> None:
    for name, workflow in workflows(case).items():
        events = set(workflow[True])
        assert not events & {"pull_request_target", "workflow_run", "issue_comment", "repository_dispatch"}, name
        if "pull_request" in events:
            for job_id, job in workflow["jobs"].items():
                if "./.github/actions/cloud-login" in uses_in(job):
                    allowed = (
                        "head.repo.full_name == github.repository" in job["if"]
                        or job["if"] == "github.ref == 'refs/heads/main'"
                        or job["if"].startswith("${{ !cancelled() && github.ref == 'refs/heads/main'\n&& (")
                        or job["if"].startswith("${{ !cancelled() && github.ref == 'refs/heads/main' && (")
                    )
                    assert allowed, (name, job_id)
    assert workflows(case)["deploy-production.yml"][True] == {"push": {"tags": ["v[0-9]+.[0-9]+.[0-9]+"]}}


def test_the_required_checks_see_every_job(case: str) -> None:
    for name, last in (("ci.yml", "ci"), ("security-scan.yml", "security")):
        workflow = workflows(case)[name]
        final = workflow["jobs"][last]
        assert "name" not in final, "the check is known by the job's id"
        assert final.get("if") == "always()"
        assert needs(final) == {job_id for job_id, job in workflow["jobs"].items() if called(job) != "_notify.yml"} - {
            last
        }
        assert {"pull_request", "merge_group"} <= set(workflow[True])
        assert "paths" not in str(workflow[True]), "a required check that is not started blocks for ever"
    settings = yaml.safe_load(tree(case)[".github/repository-settings.json"].content)
    required = next(r for r in settings["rulesets"][0]["rules"] if r["type"] == "required_status_checks")
    contexts = {check["context"] for check in required["parameters"]["required_status_checks"]}
    assert contexts == {"ci", "security"}


def test_scanners_cannot_be_ignored(case: str) -> None:
    for name, job_id, job in jobs(case):
        assert "continue-on-error" not in str(job), (name, job_id)
    for where, run in runs_in(case):
        for line in run.splitlines():
            assert not re.search(
                r"(trivy|gitleaks|zap-baseline|actionlint|zizmor|verify\.sh|deploy\.sh).*\|\| true", line
            ), where


JUDGES = {"severity": "CRITICAL,HIGH", "ignore-unfixed": True, "trivyignores": ".trivyignore.yaml", "exit-code": "1"}
"""What makes a scan of trivy fail: findings that somebody can mend, high and critical, unless one was accepted."""


def named(job: dict[str, Any], name: str) -> dict[str, Any]:
    found = [step for step in job["steps"] if step["name"] == name]
    assert found, f"no step {name}"
    step: dict[str, Any] = found[0]
    return step


def test_scanners_fail_by_what_is_high_or_critical(case: str) -> None:
    scan, image = workflows(case)["security-scan.yml"]["jobs"], workflows(case)["_image.yml"]["jobs"]["image"]
    assert named(scan["dependency-review"], "Review")["with"] == {"fail-on-severity": "high"}
    if "trivy" in scan:
        version = {"version": f"v{pins().version('trivy')}"}
        matrix = {"scan-type": "${{ matrix.type }}", "scan-ref": ".", "scanners": "${{ matrix.scanners }}"}
        assert named(scan["trivy"], "Scan")["with"] == version | matrix | JUDGES
        assert scan["trivy"]["strategy"]["matrix"]["include"] == [
            {"what": "dependencies", "type": "fs", "scanners": "vuln"},
            {"what": "configuration", "type": "config", "scanners": ""},
        ]
        layout = {"scan-type": "image", "input": "layout", "scanners": "vuln,secret", "cache": "${{ !inputs.publish }}"}
        assert named(image, "Scan")["with"] == version | layout | JUDGES
    if "codeql" in scan:
        assert named(scan["codeql"], "Prepare")["with"]["queries"] == "security-extended"
        verdict = named(scan["codeql"], "No open alert is high or critical")["run"]
        assert 'select(.rule.security_severity_level | IN("high", "critical"))' in verdict
        assert verdict.rstrip().endswith("jq -e 'length == 0' alerts.json >/dev/null")
    if "secrets" in scan:
        assert named(scan["secrets"], "Check out")["with"]["fetch-depth"] == 0
        line = named(scan["secrets"], "Scan")["run"].rstrip().splitlines()[-1]
        assert (
            line
            == '"$RUNNER_TEMP/gitleaks" git --redact --no-banner --report-format sarif --report-path gitleaks.sarif'
        )
    if "strategy" in scan.get("zap", {}):
        assert named(scan["zap"], "Scan")["run"].rstrip().endswith('exit "$code"')
    for job in scan.values():
        assert all(
            "if" not in step for step in job.get("steps", ()) if step["name"] in {"Scan", "Review", "Exceptions"}
        )


def test_findings_are_uploaded_whatever_the_scan_said(case: str) -> None:
    scan, image = workflows(case)["security-scan.yml"]["jobs"], workflows(case)["_image.yml"]["jobs"]["image"]
    uploads = {"trivy": "trivy.sarif", "image-findings": "image.sarif", "secrets": "gitleaks.sarif"}
    for job_id, file in uploads.items():
        if job_id not in scan:
            continue
        upload = named(scan[job_id], "Upload the findings")
        assert "/upload-sarif@" in upload["uses"], job_id
        assert upload["with"]["sarif_file"] == file, job_id
        if job_id != "image-findings":
            assert upload["if"] == "${{ !cancelled() && vars.CODE_SCANNING != 'off' }}", job_id
    if "trivy" in scan:
        for job, file in ((scan["trivy"], "trivy.sarif"), (image, "image.sarif")):
            report = named(job, "Findings for code scanning")
            assert report["if"] == "${{ !cancelled() }}"
            assert (report["with"]["format"], report["with"]["output"]) == ("sarif", file)
        assert named(image, "Keep the findings")["with"]["path"] == "image.sarif"


def test_images_carry_their_contents_and_their_origin(case: str) -> None:
    build = named(workflows(case)["_image.yml"]["jobs"]["image"], "Build")["with"]
    assert (build.get("provenance"), build.get("sbom"), build.get("push")) == ("mode=max", True, False)


def test_a_scan_in_the_night_that_fails_is_told(case: str) -> None:
    workflow = workflows(case)["security-scan.yml"]
    assert workflow[True]["schedule"]
    if "slack" in answers(case).monitoring.channels:
        notice = workflow["jobs"]["notify"]
        assert (called(notice), needs(notice)) == ("_notify.yml", {"security"})
        assert notice["if"] == (
            "${{ !cancelled() && github.event_name == 'schedule' && needs.security.result != 'success' }}"
        )
        assert notice["with"]["good"] is False
    else:
        assert "notify" not in workflow["jobs"]


def test_environments_are_walked_in_order(case: str) -> None:
    names = answers(case).environments
    found = workflows(case)
    if len(names) == 1:
        assert "deploy-staging.yml" not in found
        assert set(found["build.yml"]["jobs"]) == {"build"}
    else:
        walk = found["deploy-staging.yml"]["jobs"]
        assert [j for j in walk if j.startswith("deploy-")] == [f"deploy-{n}" for n in names[:-1]]
        for before, name in zip(("", *names[:-2]), names[:-1], strict=True):
            job = walk[f"deploy-{name}"]
            assert needs(job) == ({"build", f"deploy-{before}"} if before else {"build"})
            assert (job["with"]["environment"], job["with"]["previous"]) == (name, before)
            assert "if" not in job, "a job that runs although the one before failed"
        assert f"deploy-{names[-1]}" not in walk
    release = found["deploy-production.yml"]["jobs"]["release"]
    assert needs(release) == {"candidate"}
    assert release["with"]["environment"] == names[-1]
    assert release["with"]["previous"] == (names[-2] if len(names) > 1 else "")
    assert "images" not in release["with"], "production takes the images that the registry has of the commit"
    asked = next(
        s for s in found["deploy-production.yml"]["jobs"]["candidate"]["steps"] if "WORKFLOWS" in s.get("env", {})
    )
    assert asked["env"]["WORKFLOWS"] == ("ci.yml deploy-staging.yml" if len(names) > 1 else "ci.yml build.yml")


def test_a_release_is_verified_deployed_judged_and_recorded_by_the_script_alone(case: str) -> None:
    job = workflows(case)["_deploy.yml"]["jobs"]["release"]
    text = [step.get("run", step.get("uses", "")) for step in job["steps"]]
    words = (
        "attestation verify",
        "registry.sh released",
        "deploy.sh",
        "health-check.sh",
        "rollback.sh",
    )
    order = [next((i for i, part in enumerate(text) if word in part), -1) for word in words]
    assert -1 not in order
    assert order == sorted(order)
    assert all("registry.sh mark" not in run for _, run in runs_in(case)), "deploy.sh marks what it judged good"
    undo = job["steps"][order[-1]]
    assert undo["if"] == "${{ failure() && steps.deploy.outcome == 'success' && steps.smoke.outcome == 'failure' }}"
    assert job["environment"]["name"] == "${{ inputs.environment }}"
    for name, job_id, other in jobs(case):
        if name == "_deploy.yml" and job_id != "release":
            assert "environment" not in other, "every job with the environment asks for an approval of its own"


def test_one_person_can_roll_back_production(case: str) -> None:
    production = answers(case).production
    job = workflows(case)["rollback.yml"]["jobs"]["rollback"]
    name = f"{production}-rollback"
    expression = f"inputs.environment == '{production}' && '{name}' || inputs.environment"
    assert job["environment"] == f"${{{{ {expression} }}}}"
    settings = {
        e["name"]: e for e in yaml.safe_load(tree(case)[".github/repository-settings.json"].content)["environments"]
    }
    assert settings[name]["reviewers"] == []
    assert settings[name]["of"] == production
    assert settings[name]["refs"] == [{"name": "main", "type": "branch"}]
    # Nothing else may stand in it, and nothing else may be done from it.
    users = {(f, j) for f, j, other in jobs(case) if name in str(other.get("environment", ""))}
    assert users == {("rollback.yml", "rollback")}
    assert [s["run"].split()[0] for s in job["steps"] if "scripts/" in s.get("run", "")] == [
        "scripts/rollback.sh",
        "scripts/health-check.sh",
    ]
    trust = everything(case)["infrastructure/terraform/bootstrap/github.tf"].content.decode()
    assert '"environment:${var.environment}-rollback"' in trust
    assert "/.github/workflows/rollback.yml@refs/heads/" in trust


def test_the_pages_name_the_workflow_first_and_its_inputs_by_their_names(case: str) -> None:
    inputs = workflows(case)["rollback.yml"][True]["workflow_dispatch"]["inputs"]
    pages = {path: everything(case)[f"docs/runbooks/{path}.md"].text for path in ("incident-response", "alerts")}
    for path, page in pages.items():
        calls = re.findall(r"gh workflow run rollback\.yml(?: -f (\w+)=\S+)+", page)
        assert calls, path
        assert set(calls) <= set(inputs), path
    first = pages["incident-response"]
    assert first.index("gh workflow run rollback.yml") < first.index("make infra-rollback")
    for line in pages["alerts"].splitlines():
        if "make infra-rollback" in line:
            assert line.index("gh workflow run rollback.yml") < line.index("make infra-rollback"), line


def test_end_to_end_tests_do_not_touch_production(case: str) -> None:
    production = answers(case).production
    jobs_of_release = workflows(case)["_deploy.yml"]["jobs"]
    reached = len(answers(case).environments) > 1 and answers(case).project.domain
    assert ("e2e" in jobs_of_release) == bool(
        reached and any(s.commands.e2e and s.public for s in answers(case).services)
    )
    if "e2e" in jobs_of_release:
        assert jobs_of_release["e2e"].get("if") == f"inputs.environment != '{production}'"
    for name, job_id, job in jobs(case):
        commands = " ".join(step.get("run", "") for step in job.get("steps", ()))
        if "BASE_URL" in commands:
            assert (name, job_id) in {("ci.yml", "e2e"), ("_deploy.yml", "e2e")}


def test_what_waits_for_an_approval_holds_up_nothing(case: str) -> None:
    """A job holds its group while it waits for the approval of its environment, and so does its run."""
    found, production = workflows(case), answers(case).production
    assert "concurrency" not in found["deploy-production.yml"]
    infrastructure = found["infrastructure.yml"]
    assert infrastructure["concurrency"]["group"].endswith("${{ github.event.pull_request.number || github.run_id }}")
    for job in ("apply", "platform"):
        assert "concurrency" not in infrastructure["jobs"][f"{job}-{production}"]
    assert found["_deploy.yml"]["jobs"]["release"]["concurrency"] == {
        "group": "deploy-${{ inputs.environment }}-"
        f"${{{{ inputs.environment == '{production}' && inputs.version || 'walk' }}}}",
        "cancel-in-progress": False,
    }


def test_the_team_hears_of_every_release_and_of_what_stopped(case: str) -> None:
    found = workflows(case)
    told = "slack" in answers(case).monitoring.channels
    for name in ("deploy-production.yml", "deploy-staging.yml", "rollback.yml", "infrastructure.yml"):
        if name not in found:
            continue
        notify = [job for job in found[name]["jobs"].values() if called(job) == "_notify.yml"]
        assert len(notify) == told, name
        for job in notify:
            assert needs(job) == set(found[name]["jobs"]) - {"notify", "notes", "fork", "comment", "plan"}, name
            condition = job["if"]
            assert condition == "always()" or ("failure()" in condition and "cancelled()" in condition), name


def test_the_webhook_is_asked_for_where_somebody_uses_it(case: str) -> None:
    told = "slack" in answers(case).monitoring.channels
    assert ("SLACK_WEBHOOK_URL" in everything(case)["docs/runbooks/deployment.md"].text) is told


def test_groups_of_concurrency_do_not_wait_for_each_other(case: str) -> None:
    inner = {f"{kind}-{n}" for kind in ("deploy", "infrastructure", "rollback") for n in answers(case).environments}
    for name, workflow in workflows(case).items():
        group = str(workflow.get("concurrency", {}).get("group", ""))
        assert group not in inner, name
        # A group that begins like those of the jobs ends in something that no environment is called.
        if group.startswith(("deploy-", "infrastructure-")):
            assert re.search(
                r"\$\{\{ github\.event\.pull_request\.number \|\| github\.(ref|sha|run_id) \}\}$", group
            ), name
        if group in {"walk", "build"}:
            assert workflow["concurrency"]["cancel-in-progress"] is False


def position(job: dict[str, Any], words: str) -> int:
    """Where a script calls something, as the number of the step."""
    return next(i for i, step in enumerate(job["steps"]) if re.search(words, step.get("run", "")))


def test_infrastructure_is_applied_in_order_after_its_approval(case: str) -> None:
    found = workflows(case)["infrastructure.yml"]["jobs"]
    *earlier, production = answers(case).environments
    before = ""
    for name in earlier:
        job = found[f"apply-{name}"]
        assert needs(job) == ({f"apply-{before}"} if before else set())
        assert job["concurrency"] == {"group": f"infrastructure-{name}", "cancel-in-progress": False}
        assert position(job, " plan$") < position(job, " apply$")
        before = name
    plan_, apply = found[f"plan-{production}"], found[f"apply-{production}"]
    assert needs(plan_) == ({f"apply-{before}"} if before else set()), "planned on what the environments before became"
    assert [row["environment"] for row in plan_["strategy"]["matrix"]["include"]] == [production]
    assert needs(apply) == {f"plan-{production}"}
    compare = position(apply, "plan-fingerprint.sh")
    assert compare < position(apply, " apply$")
    assert apply["steps"][compare]["env"]["APPROVED"] == f"${{{{ needs.plan-{production}.outputs.fingerprint }}}}"
    for job_id, job in found.items():
        if job_id.startswith(("apply-", "platform-")):
            assert job["environment"] == job_id.partition("-")[2]
            assert "APPLY_ROLE_ARN" in str(job)
            assert "PLAN_ROLE_ARN" not in str(job)
        else:
            assert "APPLY_ROLE_ARN" not in str(job)
            assert "environment" not in job
        if job_id.startswith(("apply-", "plan-")):
            assert job["if"] == "github.ref == 'refs/heads/main'", "a failed environment would be passed over"
    for name, job_id, job in jobs(case):
        for step in job.get("steps", ()):
            if step.get("uses", "").startswith("actions/upload-artifact@"):
                assert "tfplan" not in step["with"]["path"], (name, job_id)
    assert "cloud-login" not in str(found["comment"])


def test_a_person_may_apply_main_anew_and_no_other_branch(case: str) -> None:
    infrastructure, names = workflows(case)["infrastructure.yml"], answers(case).environments
    applies = {*(f"apply-{name}" for name in names), f"plan-{names[-1]}"}

    def ran(event: str, ref: str, ends: dict[str, str], **more: Any) -> set[str]:
        return set(started(infrastructure, context(event_name=event, ref=ref, event=more), ends))

    assert ran("workflow_dispatch", "refs/heads/main", {}) == ran("push", "refs/heads/main", {}) == applies
    for other in ("refs/heads/feature", "refs/tags/main"):
        assert ran("workflow_dispatch", other, {}) == set()
    pull = {"number": 1, "head": {"repo": {"full_name": "acme/shop"}}}
    assert ran("pull_request", "refs/pull/1/merge", {}, pull_request=pull) == {"plan", "comment"}
    told = {"notify"} if "slack" in answers(case).monitoring.channels else set()
    assert ran("workflow_dispatch", "refs/heads/main", {f"apply-{names[-1]}": "failure"}) == applies | told


def test_the_platform_of_production_is_shown_before_it_is_changed(case: str) -> None:
    found, production = workflows(case)["infrastructure.yml"]["jobs"], answers(case).production
    apply, platform = found[f"apply-{production}"], found[f"platform-{production}"]
    show = position(apply, "terraform.sh platform .* plan")
    assert position(apply, r"terraform\.sh main .* apply$") < show < position(apply, "make infra-platform")
    assert "GITHUB_STEP_SUMMARY" in apply["steps"][show]["run"]
    assert (
        apply["steps"][position(apply, "make infra-platform")].get("if") == "steps.platform.outputs.changes == 'none'"
    )
    assert needs(platform) == {f"apply-{production}"}
    # The job before may be red, for its settings; what it found decides.
    assert platform["if"].startswith("${{ !cancelled() && github.ref == 'refs/heads/main'")
    for changes in ("some", "unknown"):
        assert f"needs.apply-{production}.outputs.platform == '{changes}'" in platform["if"]
    compare = position(platform, "plan-fingerprint.sh")
    assert compare < position(platform, "make infra-platform")
    assert platform["steps"][compare]["env"]["APPROVED"] == f"${{{{ needs.apply-{production}.outputs.fingerprint }}}}"


def test_settings_that_cannot_be_written_keep_nothing_back(case: str) -> None:
    for name in answers(case).environments:
        steps = workflows(case)["infrastructure.yml"]["jobs"][f"apply-{name}"]["steps"]
        last = steps[-1]
        assert "repository-settings.sh variables" in last["run"]
        assert last.get("if") == "${{ !cancelled() && steps.apply.outcome == 'success' }}"
        assert any("make infra-platform" in step.get("run", "") for step in steps[:-1])
        assert [step["name"] for step in steps if step.get("id") == "apply"] == ["Apply that plan"]


def applied(found: Tree, folder: str) -> Iterator[str]:
    """The files that a Kustomize folder is made of."""
    yield f"{folder}/kustomization.yaml"
    made = yaml.safe_load(found[f"{folder}/kustomization.yaml"].content)
    generated = [one.rpartition("=")[2] for g in made.get("configMapGenerator", ()) for one in g.get("files", ())]
    for name in [*made.get("resources", ()), *generated]:
        path = posixpath.normpath(f"{folder}/{name}")
        if path in found:
            yield path
        else:
            yield from applied(found, path)


def test_whatever_platform_applies_is_applied_when_it_changes(case: str) -> None:
    found, production = everything(case), answers(case).production
    script = found["scripts/platform.sh"].content.decode().replace("$environment", production)
    folders = re.findall(r"\$ROOT/((?:infrastructure/kubernetes|monitoring)/[\w/-]+)", script)
    public = any(s.public for s in answers(case).services)
    assert len(folders) == 3 + public + answers(case).previews.enabled
    on = workflows(case)["infrastructure.yml"][True]
    assert on["push"]["paths"] == on["pull_request"]["paths"]
    for folder in folders:
        for path in applied(found, folder):
            assert any(fnmatch(path, pattern) for pattern in on["push"]["paths"]), path


def test_images_are_built_with_the_arguments_that_they_declare(case: str) -> None:
    steps = workflows(case)["_image.yml"]["jobs"]["image"]["steps"]
    build = next(s for s in steps if s["name"] == "Build")
    given = [line.partition("=")[0] for line in build["with"]["build-args"].splitlines()]
    assert "steps.commit.outputs.epoch" in build["env"]["SOURCE_DATE_EPOCH"]
    for path, file in everything(case).items():
        if path.endswith(".Dockerfile"):
            assert re.findall(r"^ARG (\w+)", file.content.decode(), re.MULTILINE) == given, path


def test_commands_of_the_services_are_those_that_exist(case: str) -> None:
    wanted = {
        (s.name, kind)
        for s in answers(case).services
        for kind in ("lint", "unit", "integration", "e2e")
        if getattr(s.commands, kind)
    }
    ci = workflows(case)["ci.yml"]["jobs"]
    rows = [
        row for job in ("checks", "integration", "e2e") if job in ci for row in ci[job]["strategy"]["matrix"]["include"]
    ]
    assert {(row["service"], row["kind"]) for row in rows} == wanted
    assert all(ci[job]["strategy"]["fail-fast"] is False for job in ("checks", "integration", "e2e") if job in ci)
    assert all("needs" not in job for name, job in ci.items() if name != "ci"), "they run side by side"
    for job in ("checks", "integration", "e2e"):
        if job in ci:
            keep = next((s for s in ci[job]["steps"] if s.get("uses", "").startswith("actions/upload-artifact@")), {})
            assert keep.get("if") == "${{ !cancelled() }}", f"{job}: the reports of a failure are lost"
            assert keep["with"]["path"] == "${{ matrix.path }}/reports/"
    images = {row["service"] for row in ci["image"]["strategy"]["matrix"]["include"]}
    assert images == {s.name for s in answers(case).services}


def test_scanners_are_those_of_the_answers(case: str) -> None:
    found = set(workflows(case)["security-scan.yml"]["jobs"])
    chosen = set(answers(case).security.scanners)
    for scanner, job in (("trivy", "trivy"), ("codeql", "codeql"), ("gitleaks", "secrets"), ("zap", "zap")):
        assert (job in found) == (scanner in chosen), scanner
    judged = bool(chosen & {"trivy", "gitleaks", "zap"})
    assert ("exceptions" in found) == judged == ("scripts/check-exceptions.sh" in tree(case))
    if "zap" in found:
        zap = workflows(case)["security-scan.yml"]["jobs"]["zap"]
        production = answers(case).production
        hosts = zap.get("strategy", {}).get("matrix", {}).get("host", [])
        assert all(re.match(rf"({'|'.join(answers(case).environments[:-1])})-", host) for host in hosts), production


def test_scripts_that_are_called_exist(case: str) -> None:
    known = SCRIPTS_OF_OTHERS | {p for p in tree(case) if p.startswith("scripts/")}
    for where, run in runs_in(case):
        assert set(re.findall(r"scripts/[a-z-]+\.sh", run)) <= known, where


def test_every_tool_of_verify_is_installed(case: str) -> None:
    """With --require a tool that is missing fails the job, so it must be brought, whichever component asks for it."""
    steps = generated.planned(CASES[case]).parts.of(VerifyStep)
    installing = "\n".join(run for _, run in runs_in(case))
    brought = {step.tool: step for step in steps if step.by != "runner"}
    assert {"hadolint", "actionlint", "zizmor", "shfmt", "yamllint"} <= set(brought)
    for step in brought.values():
        name = step.pin or step.package
        pinned = {"pipx": "pipx install {}=={}", "go": "go install {}@v{}", "image": "docker create {}"}[step.by]
        versions = (pins().image(name),) if step.by == "image" else (step.package, pins().version(name))
        assert installing.count(pinned.format(*versions)) == 1, step.name
    verify = tree(case)[".github/workflows/ci.yml"].text
    assert {step.name for step in steps if f"--only {shlex.quote(step.name)}" not in verify} == {
        "across files",
        "to-do list",
    }


def test_dependabot_lets_releases_rest(case: str) -> None:
    updates = yaml.safe_load(tree(case)[".github/dependabot.yml"].content)["updates"]
    assert {"github-actions"} <= {u["package-ecosystem"] for u in updates}
    for update in updates:
        assert update["cooldown"] == {"default-days": 7}
        assert update["directories"] == sorted(set(update["directories"]))


@pytest.mark.tool("shellcheck")
def test_scripts_in_composite_actions_are_clean(case: str, tmp_path: Path) -> None:
    for number, (where, run) in enumerate(runs_in(case)):
        script = tmp_path / f"{number}.sh"
        script.write_text("#!/usr/bin/env bash\nset -eo pipefail\n" + run)
        ran = subprocess.run([need("shellcheck"), script], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, where + "\n" + ran.stdout


def test_what_must_agree_across_files_is_checked_where_it_is_said_what_is_installed(case: str) -> None:
    jobs = yaml.safe_load(tree(case)[".github/workflows/ci.yml"].content)["jobs"]
    (step,) = (one for one in jobs["verify"]["steps"] if "agency-scaffold" in one.get("run", ""))
    assert step["if"] == "vars.AGENCY_SCAFFOLD != ''"
    assert step["env"] == {"SOURCE": "${{ vars.AGENCY_SCAFFOLD }}"}
    assert step["run"].splitlines() == [
        'pipx install "$SOURCE"',
        "agency-scaffold validate --external never --format github",
    ]
    items = generated.planned(CASES[case]).parts.of(TodoItem)
    assert any("AGENCY_SCAFFOLD" in one.how for one in items), "somebody is asked for it"
