"""All problems at once, each with its key, what was given, what is valid and the nearest value."""

from typing import Any

import pytest
import yaml

from generator.answers.load import parse
from generator.answers.read import convert
from generator.errors import AnswersError, Problem
from generator.pins import pins
from tests.conftest import CASES


def problems(raw: object) -> dict[str, Problem]:
    with pytest.raises(AnswersError) as caught:
        convert(raw)
    return {p.key: p for p in caught.value.problems}


def base(**more: Any) -> dict[str, Any]:
    return {"project": {"name": "shop"}, **more}


def test_the_example_is_complete() -> None:
    answers = convert(yaml.safe_load((CASES / "example.yml").read_text()))
    assert [(s.name, s.kind, s.language, s.path) for s in answers.services] == [
        ("web", "web", "node", "services/web"),
        ("api", "web", "python", "services/api"),
        ("worker", "worker", "go", "services/worker"),
    ]
    assert answers.production == "prod"


def test_defaults_follow_other_answers() -> None:
    answers = convert(base(cloud={"provider": "azure"}, services=[{"name": "a", "language": "java", "kind": "worker"}]))
    service = answers.services[0]
    assert answers.cloud.region == "eastus"
    assert (service.path, service.package_manager, service.public, service.metrics) == (
        ".",
        "maven",
        False,
        "micrometer",
    )
    assert service.commands.unit == "mvn -B -ntp test"


def test_only_the_name_is_required() -> None:
    found = problems({})
    assert list(found) == ["project.name"]
    assert "--set project.name=VALUE" in found["project.name"].fix


def test_all_problems_at_once() -> None:
    found = problems(
        {
            "project": {"nme": "x"},
            "cloud": {"provider": "amazon"},
            "services": [{"name": "a", "language": "js"}, {"name": "a", "version": 3, "port": 80}],
            "scaling": {"min": 20, "max": 1},
            "slo": {"availability": float("nan")},
        }
    )
    assert found["project.nme"].nearest == "name"
    assert found["cloud.provider"].nearest == "aws"
    assert found["services[0].language"].nearest == "node"
    assert found["services[1].version"].fix == 'Write it in quotes: "3".'
    assert found["services[1].port"].message == "a number of at least 1024 and at most 65535 is expected"
    assert found["services[1].name"].nearest == "a-2"
    assert found["scaling.max"].message == "must be at least scaling.min, which is 20"
    assert found["slo.availability"].message == "a finite number is expected"
    assert "project.name" in found


@pytest.mark.parametrize("raw", ["text", 3, [1], True])
def test_answers_that_are_no_map(raw: object) -> None:
    assert problems(raw)["the answers"].message == "a map of keys is expected"


@pytest.mark.parametrize(
    ("raw", "key", "message", "nearest"),
    [
        (base(cloud={"region": "us-west-1"}), "cloud.region", "no region of aws with three open zones", "us-west-2"),
        (base(cloud={"provider": "gcp"}, orchestration={"platform": "ecs"}), "orchestration.platform",
         "ecs exists on aws only, not on gcp", "cloud-run"),
        (base(cloud={"provider": "azure"}, iac={"tool": "cloudformation"}), "iac.tool",
         "cloudformation exists on aws only, not on azure", "terraform"),
        (base(orchestration={"platform": "ecs", "mesh": "istio"}), "orchestration.mesh",
         "a mesh needs kubernetes, the platform is ecs", "none"),
        (base(deployment={"canary_steps": [50, 10]}), "deployment.canary_steps", "must rise and end at 100", "10,50,100"),
        (base(environments=["a", "a"]), "environments", "a stands 2 times", "a"),
        (base(cloud={"accounts": {"prd": "123456789012"}}), "cloud.accounts.prd", "no such environment", "prod"),
        (base(cloud={"accounts": {"prod": "12"}}), "cloud.accounts.prod", "no account of aws", ""),
        (base(services=[{"name": "a", "package_manager": "npm"}]), "services[0].package_manager",
         "no package manager of python", "uv"),
        (base(services=[{"name": "a", "language": "ruby", "package_manager": "cargo"}]), "services[0].package_manager",
         "no package manager of ruby", "bundler"),
        (base(services=[{"name": "a", "language": "other", "package_manager": "npm"}]), "services[0].package_manager",
         "no package manager of other", "none"),
        (base(services=[{"name": "a", "language": "dotnet", "version": "10.0.400"}]), "services[0].version",
         "names one SDK or runtime, not a release of .NET", "10"),
        (base(services=[{"name": "a", "language": "dotnet", "version": "8.1"}]), "services[0].version",
         "names one SDK or runtime, not a release of .NET", "8"),
        (base(services=[{"name": "a", "kind": "job"}]), "services[0].schedule", "a job needs a schedule", "0 3 * * *"),
        (base(services=[{"name": "a", "kind": "worker", "public": True}]), "services[0].public",
         "a worker answers no requests, so it cannot be public", "false"),
        (base(services=[{"name": "a", "env": {"PORT": "1"}}]), "services[0].env.PORT", "is set by the platform", ""),
        (base(services=[{"name": "a", "env": {"A": "1"}, "secrets": ["A"]}]), "services[0].env.A",
         "stands in env and in secrets", ""),
        (base(services=[{"name": "a", "path": "../x"}]), "services[0].path", None, ""),
        (base(services=[]), "services", "1 to 30 services are expected", ""),
        (base(monitoring={"channels": []}), "monitoring.channels", None, ""),
        (base(security={"scanners": ["trivy", "trivy"]}), "security.scanners", "trivy stands 2 times", "trivy"),
        (base(services=[{"name": "a", "health_path": "/metrics"}]), "services[0].metrics_path",
         "must differ from health_path", "/metrics"),
    ],
)  # fmt: skip
def test_rules_across_answers(raw: dict[str, Any], key: str, message: str | None, nearest: str) -> None:
    found = problems(raw)
    assert key in found
    assert message is None or found[key].message == message
    assert found[key].nearest == nearest or nearest == ""


HOSTILE = [
    "a\nb",
    "a\r\nb",
    "a\x00b",
    "a\x85b",
    "a\u2028b",
    "\ufeffa",
    "x" * 201,
    "\x1b[31m",
    "end\n",
    "\ud800",
    "\ufffe",
    "a\u202eb",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_could_leave_its_line_is_refused(text: str) -> None:
    assert "project.description" in problems({"project": {"name": "x", "description": text}})


@pytest.mark.parametrize(
    "name",
    ["x" * 64, "Ünïcode", "-a", "a-", "a_b", "a b", "../a", "a/b", "1a", "", "${a}", "#{a}#", "{{a}}", "a\n", "a--b"],
)
def test_names_that_are_no_label_are_refused(name: str) -> None:
    assert "project.name" in problems({"project": {"name": name}})


def test_a_ci_expression_in_a_command_is_refused() -> None:
    found = problems(base(services=[{"name": "a", "commands": {"unit": "echo ${{ secrets.X }}"}}]))
    assert "CI expression" in found["services[0].commands.unit"].message


def test_a_secret_is_refused_and_not_repeated() -> None:
    token = "ghp_" + "a1B2" * 9
    found = problems(base(services=[{"name": "a", "env": {"TOKEN": token}}]))
    problem = found["services[0].env.TOKEN"]
    assert "answers hold no secrets" in problem.message
    assert problem.given is None
    assert token not in problem.message


@pytest.mark.parametrize(
    ("key", "given", "meant"),
    [
        ("name", "My_Shop", "my-shop"),
        ("repository", "https://github.com/acme/shop.git", "acme/shop"),
        ("repository", "github.com/acme/shop", "acme/shop"),
        ("domain", "https://Shop.io/", "shop.io"),
        ("name", "!", ""),
    ],
)
def test_the_wrong_form_names_what_was_probably_meant(key: str, given: str, meant: str) -> None:
    found = problems({"project": {"name": "shop", key: given}})[f"project.{key}"]
    assert (found.message, found.given, found.nearest) == ("not in the expected form", given, meant)
    assert found.fix.startswith("Expected: ")


def test_a_city_names_its_region_and_nonsense_names_none() -> None:
    assert problems(base(cloud={"region": "Frankfurt"}))["cloud.region"].nearest == "eu-central-1"
    assert problems(base(cloud={"region": "qqq"}))["cloud.region"].nearest == ""


def test_a_number_is_to_be_quoted_as_it_was_written() -> None:
    raw = parse("project: {name: shop}\nservices: [{name: a, version: 3.10}]\nscaling: {max: 012}", "x")
    found = problems(raw)
    assert list(found) == ["services[0].version"]
    assert (found["services[0].version"].given, found["services[0].version"].fix) == (
        "3.10",
        'Write it in quotes: "3.10".',
    )


def test_a_version_without_fixes_is_refused() -> None:
    found = problems(base(services=[{"name": "a", "version": "3.1"}]))["services[0].version"]
    assert (found.message, found.nearest) == ("no python that gets security fixes", pins().runtime("python"))
    convert(base(services=[{"name": "a", "version": "3.10"}, {"name": "b", "language": "node", "version": "22"}]))


def test_production_comes_last() -> None:
    found = problems(base(environments=["prod", "dev"]))["environments"]
    assert (found.message, found.nearest) == ("the last one is production, and that is not prod", "dev,prod")
    convert(base(environments=["dev", "live"]))


def test_a_list_that_is_empty_says_how_many_are_wanted() -> None:
    found = problems(base(environments=[], monitoring={"channels": []}))
    assert found["environments"].message == "at least 1 and at most 8 items are expected"
    assert found["monitoring.channels"].message == "at least 1 item is expected"
