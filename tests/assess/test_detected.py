"""What is found becomes defaults: what is given wins, what is refused is left out and told, and nothing else changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import places
from generator.cli.main import main
from generator.questions import merged
from tests.assess import looking
from tests.assess.looking import tree

API = {
    "requirements.txt": "flask\npsycopg\n",
    "Dockerfile": "FROM python:3.12\nEXPOSE 9000\n",
    ".python-version": "3.13\n",
}
TWO = {"api/requirements.txt": "flask\n", "api/Dockerfile": "FROM python:3.12\nEXPOSE 9000\n", "web/package.json": json.dumps(
    {"scripts": {"start": "node .", "lint": "eslint ."}, "dependencies": {"express": "5"}}), "web/yarn.lock": ""}  # fmt: skip

KEY = "AKIA" + "QWERTYUIOP123456"
"""Looks like a credential."""


def new(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Exit code, report and the answers that were written."""
    code = main(["new", str(root), "--no-check", "--format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    written = root / places.ANSWERS_FILE
    return code, report, yaml.safe_load(written.read_text()) if written.exists() else {}


def test_in_an_empty_folder_nothing_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "generator.assess.detected", None)  # importing it would fail
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    code, report, made = new(tmp_path, capsys, "--defaults", "--set", "project.name=shop")
    assert (code, report["detected"]) == (0, [])
    assert [service["name"] for service in made["services"]] == ["app"]


@pytest.mark.parametrize("arguments", [["--answers"], []])
def test_where_answers_are_there_nothing_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "generator.assess.detected", None)
    tree(tmp_path / "shop", API)
    answers = tmp_path / "shop" / places.ANSWERS_FILE if not arguments else tmp_path / "answers.yml"
    answers.write_text("project: {name: shop}\n")
    code, report, _ = new(tmp_path / "shop", capsys, *arguments, *([str(answers)] if arguments else []))
    assert (code, report["detected"]) == (0, [])


def test_code_without_a_service_leaves_the_defaults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = new(tree(tmp_path, {"main.py": "", "notes.txt": ""}), capsys, "--defaults")
    assert code == 3
    assert [problem["key"] for problem in report["problems"]] == ["project.name"]


def test_what_is_found_is_taken_and_what_is_given_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--set", "services[0].port=7000", "--set", "project.name=shop", "--set", "data.database=mysql"]
    code, report, made = new(tree(tmp_path, API), capsys, "--defaults", *settings)
    assert code == 0
    (service,) = made["services"]
    assert (service["port"], service["version"], service["package_manager"]) == (7000, "3.13", "pip")
    assert (made["project"]["name"], made["data"]["database"]) == ("shop", "mysql")
    lines = {line["key"]: line for line in report["detected"]}
    assert "services[0].port" not in lines
    assert "data.database" not in lines
    assert (lines["services[0].version"]["path"], lines["services[0].version"]["line"]) == (".python-version", 1)


def test_a_service_that_was_found_can_be_named_in_a_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, made = new(
        tree(tmp_path, TWO), capsys, "--set", "services[web].port=7000", "--set", "services[api].size=large"
    )
    assert [(s["name"], s["path"], s["port"], s["size"]) for s in made["services"]] == [
        ("api", "api", 9000, "large"), ("web", "web", 7000, "small"),
    ]  # fmt: skip


def test_another_language_takes_along_what_goes_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report, made = new(tree(tmp_path, TWO), capsys, "--defaults", "--set", "services[web].language=go")
    assert (made["services"][1]["package_manager"], made["services"][1]["commands"]["lint"]) == (
        "gomod",
        "go vet ./...",
    )
    assert made["services"][1]["path"] == "web"
    assert "services[1].package_manager" not in {line["key"] for line in report["detected"]}


def test_another_manager_takes_none_of_the_commands_of_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, made = new(tree(tmp_path, TWO), capsys, "--defaults", "--set", "services[web].package_manager=pnpm")
    assert (made["services"][1]["package_manager"], made["services"][1]["commands"]["lint"]) == (
        "pnpm",
        "pnpm run lint",
    )


def test_a_list_of_services_replaces_those_that_were_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, report, made = new(tree(tmp_path, TWO), capsys, "--set", "services=late:worker:go,web:web,api:web:node")
    assert [(s["name"], s["language"], s["path"], s["package_manager"]) for s in made["services"]] == [
        ("late", "go", "services/late", "gomod"), ("web", "node", "web", "yarn"), ("api", "node", "services/api", "npm"),
    ]  # fmt: skip
    assert {line["key"].split(".")[0] for line in report["detected"] if "services" in line["key"]} == {
        "services[1]",
        "services[2]",
    }


def test_what_is_wrong_with_a_setting_is_told_as_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report, _ = new(tree(tmp_path, API), capsys, "--set", "services[0].prot=1", "--set", "services[x].port=1")
    assert code == 3
    assert [problem["key"] for problem in report["problems"]] == ["services[0].prot", "services[x].port"]


def test_what_is_given_and_not_served_is_refused_also_where_it_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**API, ".gitlab-ci.yml": "test: {script: x}\n"}
    code, report, made = new(tree(tmp_path / "a", files), capsys, "--defaults")
    assert (code, made["ci"]["system"]) == (0, "github-actions")
    (line,) = [line for line in report["detected"] if line["key"] == "ci.system"]
    assert (line["value"], line["path"]) == ("gitlab-ci", ".gitlab-ci.yml")
    assert line["refused"] == "gitlab-ci is not served yet with the other answers"
    code, report, _ = new(tree(tmp_path / "b", files), capsys, "--defaults", "--set", "ci.system=gitlab-ci")
    assert (code, [problem["key"] for problem in report["problems"]]) == (3, ["ci.system"])


@pytest.mark.parametrize(
    ("files", "key", "reason"),
    [
        ({".python-version": "3.8\n"}, "services[0].version", "no python that gets security fixes"),
        ({"requirements.txt": "flask\npymssql\n"}, "data.database", "no such choice"),
        ({"requirements.txt": "flask\nredis\n"}, "data.cache", "redis is not served yet with the other answers"),
        ({"main.tf": 'provider "google" {\n}\n'}, "cloud.provider", "gcp is not served yet with the other answers"),
        ({"pyproject.toml": f'[project]\nname = "x"\ndependencies = ["flask"]\ndescription = "{"x" * 300}"\n'}, "project.description", "at most 200 characters are expected, this has 300"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused_falls_back_and_the_reason_is_told(
    tmp_path: Path, files: dict[str, str], key: str, reason: str
) -> None:
    detected = looking.detected(tmp_path, {"requirements.txt": "flask\n", **files})
    (fact,) = [fact for fact in detected.facts if fact.key == key]
    assert fact.refused == reason
    assert {} not in detected.raw.values()
    assert detected.raw["services"][0]["language"] == "python"


def test_what_only_follows_from_what_is_refused_stays(tmp_path: Path) -> None:
    detected = looking.detected(tmp_path, {**API, "main.tf": 'provider "google" {\n}\n'})
    assert [fact.key for fact in detected.facts if fact.refused] == ["cloud.provider"]
    assert (detected.raw["iac"], detected.raw["data"]) == ({"tool": "terraform"}, {"database": "postgres"})


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"go.mod": "module example.com/ledger/v2\n", "main.go": "package main\n"}, "ledger"),
        ({"go.mod": "module miniflux.app/v2\n", "main.go": "package main\n"}, "miniflux-app"),
        ({"One.sln": "", "a/a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'}, "one"),
        ({"One.sln": "", "Two.sln": "", "a/a.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>'}, "my-shop"),
        ({"package.json": '{"name": "@acme/shop-front", "scripts": {"start": "x"}}'}, "shop-front"),
        ({"package.json": '{"name": "monorepo", "scripts": {"start": "x"}}'}, "my-shop"),
        ({"package.json": '{"name": 7, "scripts": {"start": "x"}}'}, "my-shop"),
        ({"requirements.txt": "flask"}, "my-shop"),
    ],
    ids=str,
)  # fmt: skip
def test_the_name_of_the_project(tmp_path: Path, files: dict[str, str], name: str) -> None:
    assert looking.found(tmp_path / "My_Shop", files).raw["project"]["name"] == name


def test_the_name_of_the_remote_counts_where_there_is_no_code(tmp_path: Path) -> None:
    origin = '[remote "origin"]\n\turl = https://github.com/acme/{0}.git\n'
    for name, project in (
        ("parcels", {"name": "parcels", "repository": "acme/parcels"}),
        ("api", {"repository": "acme/api"}),
    ):
        files = {"README.md": "", ".git/config": origin.format(name)}
        assert looking.found(tmp_path / name, files).raw == {"project": project}


@pytest.mark.parametrize(
    ("text", "description"), [("Takes orders", "Takes orders"), ("Add your description here", None), ("TODO", None), ("", None)]
)  # fmt: skip
def test_the_description_that_a_tool_put_there_is_none(tmp_path: Path, text: str, description: str | None) -> None:
    project = f'[project]\nname = "x"\ndescription = "{text}"\ndependencies = ["flask"]\n'
    assert looking.found(tmp_path, {"pyproject.toml": project}).raw["project"].get("description") == description


def test_a_secret_that_was_found_is_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, {"requirements.txt": "flask\n", "CODEOWNERS": f"* {KEY}\n"})
    for arguments in (["assess"], ["assess", "--format", "json"], ["new", "--defaults", "--no-check"]):
        main([arguments[0], str(tmp_path), *arguments[1:]])
        told = capsys.readouterr()
        assert KEY not in told.out + told.err


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("flask db migrate", True), ("PGPASSWORD=$DB_PASSWORD flask db migrate", True), ("flask db migrate --password-file x", True),
        ("PGPASSWORD=hunter2 flask db migrate", False), ("flask db migrate --api-key 'hunter2'", False), ("flask db migrate --token hunter2", False),
        ("DATABASE_URL=postgres://u:hunter2hunter2@h/d flask db migrate", False), ("DB_SECRET='hunter2' flask db migrate", False),
    ],
)  # fmt: skip
def test_a_command_that_holds_a_password_is_no_answer(tmp_path: Path, line: str, kept: bool) -> None:
    detected = looking.found(
        tmp_path, {"requirements.txt": "flask\n", "Procfile": f"release: {line}\nweb: gunicorn x\n"}
    )
    assert ("migrate" in detected.raw["services"][0]["commands"]) == kept
    assert any("holds what looks like a password" in note for note in detected.notes) != kept


def test_passwords_of_compose_are_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "services:\n  web:\n    build: .\n    environment: {DATABASE_URL: 'postgres://shop:hunter2hunter2@db/shop', PASSWORD: hunter2hunter2}\n"
        "    ports: ['${PASSWORD}:9000']\n  db:\n    image: https://user:hunter2hunter2@registry.example/postgres:16\n"
    )
    tree(tmp_path, {"requirements.txt": "flask\n", "compose.yaml": text, ".env": "PASSWORD=hunter2hunter2\n"})
    for arguments in (["assess"], ["assess", "--format", "json"], ["new", "--defaults", "--no-check"]):
        main([arguments[0], str(tmp_path), *arguments[1:]])
        told = capsys.readouterr()
        assert "hunter2" not in told.out + told.err
    assert "hunter2" not in (tmp_path / places.ANSWERS_FILE).read_text()


def test_a_name_that_is_taken_is_replaced(tmp_path: Path) -> None:
    detected = looking.detected(
        tmp_path, {"database/requirements.txt": "flask\npsycopg\n", "api/requirements.txt": "flask"}
    )
    names = [service["name"] for service in detected.raw["services"]]
    assert names == ["api", "database-app"]


def test_two_services_never_have_one_name(tmp_path: Path) -> None:
    detected = looking.detected(
        tmp_path, {f"{place}/requirements.txt": "flask" for place in ("a/api", "b/api", "c/api/src", "api")}
    )
    names = [service["name"] for service in detected.raw["services"]]
    assert len(set(names)) == 4
    assert {"api", "b-api"} <= set(names)


@pytest.mark.parametrize("place", ["-odd", "with space", "größe", "a@b", "x" * 101])
def test_a_folder_that_no_path_of_a_service_can_name_is_told(tmp_path: Path, place: str) -> None:
    detected = looking.detected(tmp_path, {f"{place}/requirements.txt": "flask", "api/requirements.txt": "flask"})
    assert [service["path"] for service in detected.raw["services"]] == ["api"]
    assert any("no path of a service may be called so" in note for note in detected.notes)


def test_more_services_than_there_may_be_are_told(tmp_path: Path) -> None:
    detected = looking.detected(tmp_path, {f"s{n}/requirements.txt": "flask" for n in range(40)})
    assert len(detected.raw["services"]) == 30
    assert any(note.startswith("40 services were found") for note in detected.notes)


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("git@github.com:acme/shop.git", "acme/shop"), ("https://github.com/acme/shop", "acme/shop"),
        ("https://x:ghp_abc@github.com/acme/shop.git", "acme/shop"), ("ssh://git@github.com/acme/shop.git/", "acme/shop"),
        ("https://gitlab.com/acme/shop.git", None), ("https://github.com.evil.example/acme/shop", None), ("../shop", None),
    ],
)  # fmt: skip
def test_the_remote_names_the_repository_and_nothing_else_of_it_is_shown(
    tmp_path: Path, url: str, repository: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, {**API, ".git/HEAD": "ref: refs/heads/main\n", ".git/config": f'[remote "up"]\nurl = x\n[remote "origin"]\n\turl = {url}\n[branch "x"]\n'})  # fmt: skip
    assert looking.found(tmp_path, {}).raw["project"].get("repository") == repository
    assert main(["assess", str(tmp_path)]) == 0
    assert "ghp_" not in capsys.readouterr().out


def test_the_report_tells_what_was_found_and_what_was_not_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, {**API, ".python-version": "3.8\n"})
    assert main(["new", str(tmp_path), "--defaults", "--no-check"]) == 0
    text = capsys.readouterr().out
    assert "Answers that your files showed\n" in text
    assert "  Dockerfile: services[0].port=9000\n" in text
    assert "  services[0].version=3.8 (.python-version): no python that gets security fixes\n" in text


def test_another_language_in_the_questionnaire_takes_along_what_goes_with_it() -> None:
    before = {"services": [{"name": "web", "language": "node", "package_manager": "yarn", "port": 3000, "path": "web"}]}
    assert merged(before, {"services": "web:web:go"})["services"] == [
        {"name": "web", "kind": "web", "language": "go", "port": 3000, "path": "web"}
    ]
    assert merged(before, {"services": "web:web:node"})["services"][0]["package_manager"] == "yarn"
    assert merged(before, {"services": "web"})["services"][0]["package_manager"] == "yarn"
