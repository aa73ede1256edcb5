"""Languages and package managers are data: what a table says, the modules do, and none of them knows one by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers import Service
from generator.answers.read import convert
from generator.answers.usual import PACKAGE_MANAGERS
from tests.support import generated

FOLDER = Path(__file__).resolve().parents[1]
TABLES = yaml.safe_load((FOLDER / "languages.yml").read_text())
LANGUAGES = list(TABLES["languages"])
languages = generated.module("docker", "languages")
commands = generated.module("docker", "commands")


def service(**answers: Any) -> Service:
    return convert({"project": {"name": "x"}, "services": [{"name": "a-b", "path": "src/a", **answers}]}).services[0]


def test_what_is_served_has_an_entry_and_a_template() -> None:
    served = yaml.safe_load((FOLDER / "component.yml").read_text())["serves"]["services[].language"]
    templates = {path.name.removesuffix(".Dockerfile.jinja") for path in (FOLDER / "files").glob("*.Dockerfile.jinja")}
    assert set(served) == set(LANGUAGES) == templates


def test_no_module_names_a_language_or_a_manager() -> None:
    names = {*LANGUAGES, *TABLES["managers"]} - {"none"}  # also the answer of who has no database
    for path in FOLDER.glob("*.py"):
        words = {n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)}
        assert not names & words, path.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_manager_of_a_language_has_what_its_template_includes(language: str) -> None:
    included = "include service.install" in (FOLDER / "files" / f"{language}.Dockerfile.jinja").read_text()
    for name in PACKAGE_MANAGERS[language]:
        manager = languages.manager_of(service(language=language, package_manager=name))
        assert (not manager.lock) == languages.language_of(service(language=language)).yours
        assert (FOLDER / "partials" / f"{name}.jinja").exists() == included
        assert not manager.run_time or (FOLDER / "partials" / f"{manager.run_time}.jinja").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_filled_in(language: str) -> None:
    for name in PACKAGE_MANAGERS[language]:
        given = service(language=language, package_manager=name)
        text = f"{languages.language_of(given)} {languages.images_of(given)} {languages.words_of(given)}"
        assert re.findall(r"<[A-Z_]+>", text) == []


@pytest.mark.parametrize(
    ("answers", "builder", "runtime"),
    [
        ({"language": "python", "version": "3.11"}, "python:3.11-slim-bookworm", "python:3.11-slim-bookworm"),
        ({"language": "java", "version": "21.0.5"}, "maven:3.9-eclipse-temurin-21", "eclipse-temurin:21-jre"),
        (
            {"language": "java", "version": "21", "package_manager": "gradle"},
            "eclipse-temurin:21-jdk",
            "eclipse-temurin:21-jre",
        ),
        ({"language": "go", "version": "1.26"}, "golang:1.26-alpine", "gcr.io/distroless/static-debian13:nonroot"),
        (
            {"language": "dotnet", "version": "8"},
            "mcr.microsoft.com/dotnet/sdk:8.0-noble",
            "mcr.microsoft.com/dotnet/aspnet:8.0-noble",
        ),
        ({"language": "ruby", "version": "3.3"}, "ruby:3.3-bookworm", "ruby:3.3-slim-bookworm"),
        ({"language": "ruby", "version": "3.4.9"}, "ruby:3.4.9-bookworm", "ruby:3.4.9-slim-bookworm"),
        ({"language": "rust", "version": "1.90"}, "rust:1.90-bookworm", "gcr.io/distroless/cc-debian13:nonroot"),
        (
            {"language": "rust", "version": "1.90", "commands": {"migrate": "/app/a migrate"}},
            "rust:1.90-bookworm",
            "gcr.io/distroless/cc-debian13:debug-nonroot",
        ),
        ({"language": "other"}, "debian:bookworm-slim", "debian:bookworm-slim"),
        (
            {"language": "go", "version": "1.26", "commands": {"migrate": "/app/a migrate"}},
            "golang:1.26-alpine",
            "gcr.io/distroless/static-debian13:debug-nonroot",
        ),
    ],
)
def test_both_stages_have_the_version_of_the_answers(answers: dict[str, Any], builder: str, runtime: str) -> None:
    assert languages.images_of(service(**answers)) == (builder, runtime)


@pytest.mark.parametrize(("path", "lock"), [(".", "uv.lock"), ("src/a", "src/a/uv.lock")])
def test_files_are_named_from_the_root(path: str, lock: str) -> None:
    words = languages.words_of(service(path=path))
    assert (words["LOCK"], words["MODULE"]) == (lock, "a_b")


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("", ""),
        ("npm run build", "npm run build"),
        ("FOO=1 make -j2 all", "FOO=1 make -j2 all"),
        ("--mount=type=bind x", '["ash", "-euo", "pipefail", "-c", "--mount=type=bind x"]'),
        ("a && b", '["ash", "-euo", "pipefail", "-c", "a && b"]'),
        ('echo "é\\"', '["ash", "-euo", "pipefail", "-c", "echo \\"é\\\\\\""]'),
    ],
)
def test_a_command_stands_as_it_is_only_where_it_means_nothing_to_the_dockerfile(command: str, shown: str) -> None:
    assert commands.run_form(command, "ash") == shown


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("make", "first \\\n && make \\\n && last"),
        ("a || b", '["ash", "-euo", "pipefail", "-c", "first\\na || b\\nlast"]'),
    ],
)
def test_what_surrounds_a_command_fails_with_it(command: str, shown: str) -> None:
    assert commands.run_form(command, "ash", "first", "last") == shown


@pytest.mark.parametrize(
    ("command", "word"),
    [("", ""), ("uv run x", "uv"), ("'my tool' x", "my tool"), ("it's", ""), ("./mvnw x", "./mvnw")],
)
def test_the_program_that_a_command_calls(command: str, word: str) -> None:
    assert commands.first_word(command) == word
