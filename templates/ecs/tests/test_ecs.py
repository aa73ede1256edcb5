"""Task definitions: AWS would take them, and what must be in them is missed when it is gone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.validate import ParamValidator

from generator import facts
from generator.answers.read import convert
from generator.plan import plan
from generator.render import render
from generator.served import settle
from generator.tree import Tree
from tests.support import generated
from tests.support.aws_cli import model

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yml"))
names = generated.module("ecs", "names")
Definition = dict[str, Any]


def definitions(case: Path) -> dict[str, Definition]:
    made = generated.made_by(case, "ecs")
    return {
        path.rpartition("/")[2].removesuffix(".json"): json.loads(file.text)
        for path, file in made.items()
        if path.startswith("infrastructure/ecs/")
    }


@pytest.mark.parametrize("case", CASES, ids=generated.case_id)
def test_aws_knows_every_word_of_a_task_definition(case: Path) -> None:
    shape = model("ecs").operation_model("RegisterTaskDefinition").input_shape
    found = definitions(case)
    assert list(found) == [s.name for s in sorted(facts.long_running(generated.answers(case)), key=lambda s: s.name)]
    for name, one in found.items():
        problems = ParamValidator().validate(one, shape)
        assert not problems.has_errors(), f"{name}: {problems.generate_report()}"
    one = next(iter(found.values()))
    for wrong in ({"memory": 512}, {"cpus": "256"}, {"containerDefinitions": [{"readOnlyRootFilesystem": True}]}):
        assert ParamValidator().validate(one | wrong, shape).has_errors(), "the model must notice a wrong word"


@pytest.mark.parametrize("case", CASES, ids=generated.case_id)
def test_a_task_has_at_least_what_a_replica_has(case: Path) -> None:
    for service in facts.long_running(generated.answers(case)):
        millis, mib = facts.REPLICA_SIZES[service.size]
        one = definitions(case)[service.name]
        assert int(one["cpu"]) >= millis * 1024 / 1000 - 1
        assert int(one["memory"]) >= mib


def check(root: Path) -> tuple[int, str]:
    line = ["bash", "scripts/check-task-definitions.sh"]
    done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def root(tmp_path: Path) -> Path:
    case = next(case for case in CASES if case.stem == "no-domain")
    return generated.write(generated.made_by(case, "ecs", "release", "scripts"), tmp_path)


def test_what_is_generated_passes_the_check(root: Path) -> None:
    assert check(root) == (0, "")


def container(change: Callable[[Definition], object]) -> Callable[[Definition], object]:
    return lambda one: change(one["containerDefinitions"][0])


def put(name: str, value: object) -> Callable[[Definition], object]:
    return lambda one: one.update({name: value})


def drop(name: str) -> Callable[[Definition], object]:
    return lambda one: one.pop(name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put("memory", "256"), "Fargate does not sell 256 CPU units with 256 MiB"),
        (put("cpus", "256"), "cpus is no part of a task definition"),
        (put("family", "shop-api"), "family is undeployed here"),
        (put("taskRoleArn", "arn:aws:iam::1:role/x"), "the roles are undeployed here"),
        (put("networkMode", "bridge"), "networkMode is awsvpc on Fargate"),
        (drop("requiresCompatibilities"), 'requiresCompatibilities is ["FARGATE"]'),
        (drop("tags"), "the tag version is undeployed here"),
        (drop("volumes"), "api: there is no volume tmp"),
        (container(put("name", "other")), "no container is named api"),
        (container(put("image", "nginx")), "the image of api is undeployed here"),
        (container(put("user", "root")), "user is a number, and not root"),
        (container(put("user", "0")), "user is a number, and not root"),
        (container(drop("readonlyRootFilesystem")), "readonlyRootFilesystem is true"),
        (container(drop("healthCheck")), "api has no healthCheck"),
        (container(put("healthCheck", {"command": ["NONE"]})), "api has no healthCheck"),
        (container(put("privileged", True)), "Fargate knows no privileged container"),
        (container(lambda c: c["linuxParameters"].pop("initProcessEnabled")), "initProcessEnabled is true"),
        (container(lambda c: c["linuxParameters"].pop("capabilities")), "all capabilities are dropped"),
        (container(lambda c: c["logConfiguration"]["options"].pop("mode")), "the log is non-blocking"),
        (container(put("stopTimeout", 600)), "stopTimeout is between 2 and 120 seconds"),
        (container(lambda c: c["environment"].append({"name": "STRIPE_API_KEY", "value": "x"})), "a variable is there twice"),
        (container(lambda c: c["environment"].append({"name": "N", "value": 1})), "the value of a variable is a text"),
        (container(lambda c: c["secrets"].append({"name": "N", "valueFrom": "plain"})), "secret N is undeployed:NAME::"),
    ],
)  # fmt: skip
def test_what_a_release_would_stumble_over_is_found_before(
    root: Path, change: Callable[[Definition], object], says: str
) -> None:
    path = root / "infrastructure/ecs/api.json"
    one = json.loads(path.read_text())
    change(one)
    path.write_text(json.dumps(one))
    code, text = check(root)
    assert code == 1, text
    assert "infrastructure/ecs/api.json: " in text
    assert says in text


def test_a_worker_must_have_a_health_check_too(root: Path) -> None:
    path = root / "infrastructure/ecs/worker.json"
    one = json.loads(path.read_text())
    del one["containerDefinitions"][0]["healthCheck"]
    path.write_text(json.dumps(one))
    code, text = check(root)
    assert code == 1
    assert "infrastructure/ecs/worker.json: worker has no healthCheck" in text


def test_a_job_needs_no_health_check(root: Path) -> None:
    release, path = root / "scripts/lib/release.env.sh", root / "infrastructure/ecs/worker.json"
    text = release.read_text()
    assert "\nworker worker " in text
    release.write_text(text.replace("\nworker worker ", "\nworker job "))
    one = json.loads(path.read_text())
    del one["containerDefinitions"][0]["healthCheck"]
    path.write_text(json.dumps(one))
    assert check(root) == (0, "")


# What each asks for on loopback: by whole words, so that a port or path of another's is none.
ASKED = {
    "node": "'http://127.0.0.1:' + process.env.PORT + '/ready'",
    "python": "'http://127.0.0.1:' + os.environ['PORT'] + '/ready'",
    "ruby": "'127.0.0.1', ENV['PORT']",
    "java": "/dev/tcp/127.0.0.1/$PORT; printf 'GET /ready HTTP/1.0",
    "dotnet": "/dev/tcp/127.0.0.1/$PORT; printf 'GET /ready HTTP/1.0",
    "other": "/dev/tcp/127.0.0.1/$PORT; printf 'GET /ready HTTP/1.0",
    # A program of the image, which is built for the port and the path.
    "go": "/app/healthcheck",
    "rust": "/app/healthcheck",
}


def made_of(language: str, kind: str) -> Tree:
    service = {"name": "one", "kind": kind, "language": language, "port": 8765, "health_path": "/ready"}
    if kind == "job":
        service = {"name": "one", "kind": kind, "language": language, "schedule": "0 3 * * *"}
    web = {"name": "first", "language": "node"}
    plain = {"project": {"name": "shop"}, "services": [service, web], "orchestration": {"platform": "ecs"}}
    return render(plan(settle(plain)[0], ("docker", "ecs"))).tree


@pytest.mark.parametrize("kind", ["web", "worker", "job"])
@pytest.mark.parametrize("language", ASKED)
def test_ecs_asks_each_task_that_runs_all_the_time_and_no_job(language: str, kind: str) -> None:
    made = made_of(language, kind)
    own = json.loads(made["infrastructure/ecs/one.json"].text)["containerDefinitions"][0]
    if kind == "job":
        assert "healthCheck" not in own
        return
    check = own["healthCheck"]
    assert {name: value for name, value in check.items() if name != "command"} == {
        "interval": 10,
        "timeout": 3,
        "retries": 3,
        "startPeriod": 120,
    }
    assert check["command"][0] == "CMD"
    assert ASKED[language] in check["command"][-1]
    assert {"name": "PORT", "value": "8765"} in own["environment"]
    assert own["portMappings"][0]["containerPort"] == 8765
    image = made["infrastructure/docker/one.Dockerfile"].text
    # The image's own check is the same, and where it is a program the image has it built for the path.
    assert f"CMD {json.dumps(check['command'][1:])}" in image.replace("\\u0026", "&")
    assert "/ready" in image


def test_a_file_that_is_gone_or_broken_is_found(root: Path) -> None:
    (root / "infrastructure/ecs/web.json").unlink()
    (root / "infrastructure/ecs/worker.json").write_text("{")
    code, text = check(root)
    assert code == 1
    assert "infrastructure/ecs/web.json: there is no such file" in text
    assert "infrastructure/ecs/worker.json: it is not understood" in text


@pytest.mark.parametrize("text", ["", "null", "[]", "{}{}", "{}"])
@pytest.mark.parametrize("name", ["web.json", "preview/database.json"])
def test_a_file_holds_one_task_definition_and_no_less_or_more(root: Path, name: str, text: str) -> None:
    path = root / "infrastructure/ecs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    code, said = check(root)
    assert code == 1
    assert f"infrastructure/ecs/{name}: " in said
    assert text == "{}" or f"{name}: it must hold one object" in said


def test_the_database_of_previews_passes_as_it_is_generated_and_not_as_root(tmp_path: Path) -> None:
    case = generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml"
    root = generated.write(generated.made_by(case, "ecs", "ecs-previews", "release", "scripts"), tmp_path)
    assert check(root) == (0, "")
    path = root / "infrastructure/ecs/preview/database.json"
    one = json.loads(path.read_text())
    one["containerDefinitions"][0]["user"] = "root"
    path.write_text(json.dumps(one))
    assert "preview/database.json: database: user is a number, and not root" in check(root)[1]


@pytest.mark.parametrize(
    ("given", "database", "refused"),
    [
        (["monitoring"], "none", 0),
        (["web", "web-migrate"], "none", 1),
        (["web-migrate"], "none", None),
        (["web", "database"], "postgres", 1),
        (["database-session"], "mysql", 0),
        (["database", "database-session"], "none", None),
    ],
)
def test_a_name_of_the_cluster_is_no_name_for_a_service(given: list[str], database: str, refused: int | None) -> None:
    services = [{"name": name} for name in given]
    answers = convert({"project": {"name": "shop"}, "services": services, "data": {"database": database}})
    assert [p.key for p in names.clashes(answers)] == ([] if refused is None else [f"services[{refused}].name"])


@pytest.mark.parametrize("case", CASES, ids=generated.case_id)
def test_nothing_of_kubernetes_is_in_what_a_release_on_ecs_needs(case: Path) -> None:
    made = generated.made_by(case, "aws", "docker", "ecs", "ecs-rolling", "ecs-services", "release", "scripts")
    found = [
        f"{path}:{number}: {line}"
        for path, file in made.items()
        for number, line in enumerate(file.text.splitlines(), 1)
        if any(word in line.lower() for word in ("kubernetes", "kubectl", "kustom", "configmap", "eks", "pods"))
    ]
    assert found == []


ON_ECS = ("ecs", "ecs-jobs", "ecs-previews", "ecs-services")


def test_no_name_of_the_scripts_is_taken_twice() -> None:
    """Every file of scripts/lib that a script sources shares one set of functions."""
    for case, own in (
        (CASES[0], ("ecs", "ecs-rolling", "ecs-services")),
        (generated.TEMPLATES / "ecs-previews/tests/cases/jobs.yml", (*ON_ECS, "ecs-rolling")),
        (generated.TEMPLATES / "ecs-blue-green/tests/cases/services.yml", (*ON_ECS, "ecs-shifting")),
        (generated.CASES / "example.yml", ("k8s", "k8s-rolling", "k8s-workloads", "aws-eks")),
        (generated.CASES / "example.yml", ("k8s", "k8s-sides", "k8s-canary", "k8s-workloads", "aws-eks")),
    ):
        made = generated.made_by(case, "aws", "release", "scripts", *own)
        entries = {"deploying.sh", "rolling-back.sh", "checking.sh"}
        seen: dict[str, str] = {}
        for path, file in made.items():
            name = path.removeprefix("scripts/lib/")
            if not path.startswith("scripts/lib/") or name in entries:
                continue
            for line in file.text.splitlines():
                function = line.partition("() {")[0]
                if function and "() {" in line and function.replace("_", "").isalnum() and line[0] != " ":
                    assert function not in seen, f"{function} of {name} is that of {seen[function]}, too"
                    seen[function] = name
