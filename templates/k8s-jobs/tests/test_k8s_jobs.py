"""A CronJob says all that a job must not run without; nothing of it can be taken out unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.answers.read import convert
from generator.errors import AnswersError
from generator.plan import plan
from generator.render import render
from generator.served import settle
from generator.tree import File, Tree
from tests.support import generated
from tests.support.judge import judge

CASE = generated.TESTS.parent / "templates/k8s/tests/cases/jobs.yml"
BASE = "infrastructure/kubernetes/base"


def text(job: str) -> str:
    return generated.tree(CASE)[f"{BASE}/{job}/cronjob.yaml"].content.decode()


def flaws(cronjob: dict[str, Any], job: facts.Service) -> Iterator[str]:
    """What is wrong with the CronJob of a job."""
    spec, meta = cronjob["spec"], cronjob["metadata"]
    run = spec["jobTemplate"]
    pod = run["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    own = {"app.kubernetes.io/name": job.name, "app.kubernetes.io/component": "job"}
    wanted = {
        "labels": (meta["labels"], run["metadata"]["labels"], pod["metadata"]["labels"])
        == (own, own, own | {"app.kubernetes.io/version": "undeployed"}),
        "name": meta["name"] == container["name"] == job.name,
        "schedule": (spec["schedule"], spec.get("timeZone")) == (job.schedule, "Etc/UTC"),
        "one at a time": spec.get("concurrencyPolicy") == "Forbid",
        "late": spec.get("startingDeadlineSeconds") == facts.job_start_limit(job) >= 60,
        "history": (spec.get("successfulJobsHistoryLimit"), spec.get("failedJobsHistoryLimit")) == (3, 3),
        "pause is not ours": "suspend" not in spec,
        "time": run["spec"].get("activeDeadlineSeconds") == facts.job_limit(job),
        "attempts": run["spec"].get("backoffLimit") == 2,
        "restart": pod["spec"].get("restartPolicy") == "Never",
        "account": (pod["spec"].get("serviceAccountName"), pod["spec"].get("automountServiceAccountToken"))
        == (job.name, False),
        "nobody listens": not {"ports", "livenessProbe", "readinessProbe", "startupProbe"} & set(container),
        "image": container["image"] == f"{job.name}:undeployed",
        "memory": container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"],
        "privileges": container["securityContext"]
        == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "user": pod["spec"]["securityContext"]
        == {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "settings": [name for source in container["envFrom"] for name in source.items()]
        == [
            ("configMapRef", {"name": "platform"}),
            ("configMapRef", {"name": f"{job.name}-config"}),
            ("secretRef", {"name": "database"}),
            *([("secretRef", {"name": job.name})] if job.secrets else []),
        ],
        "rotation": {m["mountPath"] for m in container["volumeMounts"]} == {"/tmp", "/var/run/secrets/database"},
    }
    return (what for what, holds in wanted.items() if not holds)


JOBS = facts.jobs(generated.answers(CASE))


@pytest.mark.parametrize("job", JOBS, ids=lambda j: j.name)
def test_a_job_has_its_cronjob_and_nothing_that_listens(job: facts.Service) -> None:
    assert list(flaws(yaml.safe_load(text(job.name)), job)) == []
    made = {p.rpartition("/")[2] for p in generated.tree(CASE) if p.startswith(f"{BASE}/{job.name}/")}
    assert made == {
        "cronjob.yaml",
        "kustomization.yaml",
        "serviceaccount.yaml",
        "configmap.yaml",
        "networkpolicy.yaml",
    } | ({"externalsecret.yaml"} if job.secrets else set())
    policy = yaml.safe_load(generated.tree(CASE)[f"{BASE}/{job.name}/networkpolicy.yaml"].content)
    assert policy["spec"]["ingress"] == []


def removable() -> list[str]:
    """The lines of a CronJob, without comments and annotations."""
    lines = text("report").splitlines(keepends=True)
    return [line for line in lines if not re.match(r"\s*#|---|kind:|apiVersion:|.*checkov|  annotations:", line)]


# What a container does without, or what another rule knows.
OTHERWISE = ("imagePullPolicy", "enableServiceLinks", "terminationGracePeriodSeconds", "ephemeral-storage", "sizeLimit",
             "defaultMode", "readOnly: true", "cpu:", "secretName", "emptyDir", "protocol", "mountPath: /tmp")  # fmt: skip


def test_whatever_line_is_taken_out_is_noticed() -> None:
    job = next(j for j in JOBS if j.name == "report")
    whole, unnoticed, tried = text("report"), [], 0
    for line in removable():
        if any(word in line for word in OTHERWISE) or whole.count(line) > 1:
            continue
        tried += 1
        try:
            changed = yaml.safe_load(whole.replace(line, "", 1))
            found = list(flaws(changed, job))
        except (yaml.YAMLError, KeyError, TypeError, ValueError):
            continue
        if not found:
            unnoticed.append(line)
    assert tried >= 30
    assert [line for line in unnoticed if "volumes:" not in line and "name: database" not in line] == []


@pytest.mark.parametrize(
    ("path", "message"), [(path, path.read_text().splitlines()[0].removeprefix("# expect: ")) for path in sorted((Path(__file__).parent / "rejects").glob("*.yml"))],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)  # fmt: skip
def test_a_schedule_that_is_none_is_refused_with_a_sentence(path: Path, message: str) -> None:
    with pytest.raises(AnswersError) as caught:
        convert(generated.raw(path))
    assert message in [f"{p.key}: {p.message}" for p in caught.value.problems]


def test_without_jobs_the_component_makes_only_its_functions() -> None:
    made = render(plan(generated.answers(generated.CASES / "example.yml"), ("k8s-jobs",)))
    assert list(made.tree) == ["scripts/lib/jobs.sh"]


def test_times_of_jobs_are_told_in_words() -> None:
    sizes = generated.tree(CASE)["docs/runbooks/scaling.md"].content.decode()
    assert "| Runs of on, in UTC | `0 3 29 2 *`; late by 10 min, lasts 4 h |" in sizes


def test_what_a_schedule_changes() -> None:
    given = generated.raw(CASE)
    given["services"][5]["schedule"] = "0 5 * * *"
    after, before = generated.tree_of(settle(given)[0]), generated.tree(CASE)
    assert {path for path in after if after[path] != before.get(path)} - set(generated.ANSWERS_ONLY) == {
        ".agency/decisions/infrastructure.md",
        f"{BASE}/tick/cronjob.yaml",
        "README.md",
        "docs/infrastructure/architecture.md",
        "docs/runbooks/scaling.md",
        "monitoring/prometheus/rules/jobs.yml",
        "monitoring/prometheus/tests/jobs_test.yml",
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("report/cronjob.yaml", "backoffLimit:", "backofLimit:", "kubernetes-schema"),
        ("report/cronjob.yaml", "image: report:undeployed", "image: busybox:latest", "image-tag"),
        ("report/cronjob.yaml", "serviceAccountName: report", "serviceAccountName: reports", "config-reference"),
        ("report/cronjob.yaml", "name: report-config", "name: reports-config", "config-reference"),
        ("report/cronjob.yaml", "                    name: database", "                    name: databases", "config-reference"),
        ("report/networkpolicy.yaml", "      app.kubernetes.io/name: report\n  policy", "      app.kubernetes.io/name: x\n  policy", "kubernetes-selector"),
        ("report/kustomization.yaml", "  - cronjob.yaml\n", "", "kustomize-orphan"),
        ("report/externalsecret.yaml", "key: shop/undeployed/report", "key: shop/undeployed/reports", "external-secret-key"),
    ],
)  # fmt: skip
def test_the_built_in_rules_know_cronjobs(path: str, old: str, new: str, rule: str) -> None:
    whole = generated.tree(CASE)
    file = whole[f"{BASE}/{path}"]
    assert old in file.content.decode()
    changed = Tree(
        (p, f if p != f"{BASE}/{path}" else File(f.content.decode().replace(old, new, 1).encode()))
        for p, f in whole.items()
    )
    rules = {
        "kubernetes-schema",
        "image-tag",
        "config-reference",
        "kubernetes-selector",
        "kustomize-orphan",
        "external-secret-key",
    }
    assert {f.rule for f in judge(changed, rules).findings} == {rule}
