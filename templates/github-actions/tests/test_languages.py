"""What CI does for each language and package manager: one row of every table for each, and what the tools say of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers import Answers
from generator.answers.read import convert
from generator.answers.usual import PACKAGE_MANAGERS
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.support import generated
from tests.tools.run import need

CASE = Path(__file__).resolve().parents[2] / "docker/tests/cases/languages.yml"
MANAGERS = {name: language for language, names in PACKAGE_MANAGERS.items() for name in names}
SERVED = {name: language for name, language in MANAGERS.items() if language not in {"static", "other"}}
INSTALLS = {
    "uv": "uv sync --locked",
    "poetry": "poetry install",
    "pip": "pip install",
    "npm": "npm ci",
    "pnpm": "pnpm install --frozen-lockfile",
    "yarn": "yarn install --immutable",
    "gomod": "go mod download",
    "nuget": "dotnet restore --locked-mode",
    "bundler": "bundle config set --local deployment true",
    "cargo": "cargo fetch --locked",
}
"""What installs exactly what the lock file says; Maven and Gradle fetch by themselves."""
LOCKS = {"nuget": "packages.lock.json", "cargo": "Cargo.lock", "npm": "package-lock.json", "gomod": "go.sum"}


def answers(*services: dict[str, Any]) -> Answers:
    return convert({"project": {"name": "x"}, "services": list(services)})


def tree(given: Answers) -> Tree:
    return render(plan(given, ("github-actions", "docker"))).tree


def steps(manager: str) -> list[dict[str, Any]]:
    """The steps of setup-service that such a service runs."""
    made = tree(answers({"name": "a", "language": MANAGERS[manager], "package_manager": manager, "path": "src/a"}))
    action = yaml.safe_load(made[".github/actions/setup-service/action.yml"].content)
    return [step for step in action["runs"]["steps"] if f"'{manager}'" in step.get("if", "")]


@pytest.mark.parametrize("manager", sorted(SERVED))
def test_a_service_is_set_up_by_its_lock_file(manager: str) -> None:
    found = steps(manager)
    runs = "\n".join(step.get("run", "") for step in found)
    assert INSTALLS.get(manager, "") in runs
    assert re.search(r"version: \$\{\{ inputs\.version \}\}", yaml.safe_dump(found), re.I), "the runtime of the answers"
    if manager in LOCKS:
        assert LOCKS[manager] in yaml.safe_dump([step for step in found if "uses" in step]), (
            "the cache follows the lock"
        )


@pytest.mark.parametrize("manager", sorted(SERVED))
def test_nothing_is_cached_where_that_is_refused(manager: str) -> None:
    """A job that publishes must take nothing from a cache."""
    for step in steps(manager):
        given = {k: v for k, v in step.get("with", {}).items() if k in {"cache", "enable-cache", "bundler-cache"}}
        caches = step.get("uses", "").startswith("actions/cache@")
        assert not caches or "inputs.cache == 'true'" in step["if"]
        assert all("inputs.cache" in str(value) for value in given.values())


def test_only_what_occurs_is_set_up() -> None:
    made = tree(answers({"name": "a", "language": "other"}))
    action = yaml.safe_load(made[".github/actions/setup-service/action.yml"].content)
    assert [step["name"] for step in action["runs"]["steps"]] == ["Folder for reports"]


def test_codeql_analyses_each_language_that_it_knows_and_names_the_others() -> None:
    made = tree(convert(yaml.safe_load(CASE.read_text())))
    text = made[".github/workflows/security-scan.yml"].content.decode()
    rows = yaml.safe_load(text)["jobs"]["codeql"]["strategy"]["matrix"]["include"]
    assert {(row["language"], row["build"]) for row in rows} == {
        ("actions", "none"),
        ("csharp", "none"),
        ("ruby", "none"),
        ("rust", "none"),
    }
    assert re.findall(r"does not know their language: (.*)\.", text) == ["legacy"]
    known = tree(answers({"name": "a", "language": "rust"}))[".github/workflows/security-scan.yml"].content.decode()
    assert "know their language" not in known


def test_dependabot_knows_each_package_manager() -> None:
    made = tree(convert(yaml.safe_load(CASE.read_text())))
    updates = yaml.safe_load(made[".github/dependabot.yml"].content)["updates"]
    found = {update["package-ecosystem"]: update["directories"] for update in updates}
    assert found["nuget"] == ["/services/mailer", "/services/orders"]
    assert found["bundler"] == ["/services/storefront"]
    assert found["cargo"] == ["/services/reaper", "/services/search"]
    assert not any("/services/legacy" in folders for folders in found.values())


def test_the_usual_commands_report_into_reports() -> None:
    given = convert(yaml.safe_load(CASE.read_text()))
    for service in given.services:
        assert "reports" in service.commands.unit or service.language == "other", service.name


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated.write(generated.tree(CASE), tmp_path_factory.mktemp("languages"))


@pytest.mark.parametrize(
    "command",
    [
        ("actionlint",),
        ("zizmor", "--offline", "--quiet", ".github"),
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", ".github/actions/setup-service/action.yml"),
        ("check-jsonschema", "--builtin-schema", "vendor.dependabot", ".github/dependabot.yml"),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/security-scan.yml"),
    ],
    ids=lambda command: f"{command[0]}-{Path(command[-1]).stem}",
)
def test_the_tools_find_nothing(repository: Path, command: tuple[str, ...]) -> None:
    if not (repository / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=repository, check=True)
    done = subprocess.run(
        [need(command[0]), *command[1:]], cwd=repository, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
