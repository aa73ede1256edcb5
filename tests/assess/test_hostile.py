"""No content of any file ends it otherwise than with a report, and what it reports are always valid answers."""

from __future__ import annotations

import itertools
import random
import re
from pathlib import Path

import msgspec
import pytest

from generator.assess import compose, dockerfile
from generator.assess.detected import detect, look
from generator.assess.folder import Folder
from generator.assess.survey import assess
from generator.assess.units import services
from generator.served import settle
from tests.assess.looking import REPOSITORIES, tree

FILES = [
    (repository.name, path.relative_to(repository / "tree").as_posix(), path.read_text())
    for repository in sorted(REPOSITORIES.iterdir())
    for path in sorted((repository / "tree").rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
]
READ = [row for row in FILES if row[2].strip()]
PIECES = (
    "\0", "\x1b[2J", "\u202e", "\ufeff", "{", "}", "[", "]", '"', "'", "\\", ":", "- ", "\n", "\t", "&a ", "*a", "!!x ", "<", ">", "<!DOCTYPE a>",
    "%", "$", "${X}", "$(x)", "=", ",", "..", "/", "../../etc/passwd", "99999999999999999999", "-1", "0", "1e999", "null", "true", "é", "\U0001f600",
    "name", "port", "services", "EXPOSE 99999", "FROM", "CMD [", "(" * 50, "x" * 5000,
)  # fmt: skip
ODD = (
    "null",
    "7",
    '"text"',
    "[]",
    "[[]]",
    "{}",
    "true",
    "1.5",
    '{"a": {"b": []}}',
    "[null, 7, {}]",
    "\ufeff",
    "",
    "---\n---\n",
)


def mutated(text: str, chance: random.Random) -> str:
    """The text with a few things taken out, put in, doubled or cut off."""
    for _ in range(chance.randint(1, 4)):
        here, there = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        piece = chance.choice(PIECES)
        match chance.randint(0, 4):
            case 0:
                text = text[:here] + piece + text[here:]
            case 1:
                text = text[:here] + text[min(there, here + 20) :]
            case 2:
                text = text[:here] + piece + text[min(there, here + 5) :]
            case 3:
                text = text[:there] + text[here:there] + text[there:]
            case _:
                text = text[:here]
    return text[:50_000]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_mutated_gives_a_report_and_valid_answers(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(6):
        chosen = chance.choice(READ)[0]
        files = {
            path: mutated(text, chance) if chance.random() < 0.5 else text
            for name, path, text in FILES
            if name == chosen and chance.random() < 0.95
        }
        detected = detect(tree(tmp_path / str(number), files))
        settle({**detected.raw, "project": {"name": "app", **detected.raw.get("project", {})}})


def test_what_has_another_form_than_expected_says_nothing(tmp_path: Path) -> None:
    """Every data file of every repository, in turn with each odd content."""
    for number, odd in enumerate(ODD):
        for name in sorted({row[0] for row in FILES}):
            files = {
                path: odd if re.search(r"\.(json|ya?ml|toml)$|lock$", path) else text
                for n, path, text in FILES
                if n == name
            }
            services(Folder(tree(tmp_path / f"{number}-{name}", files)))


@pytest.mark.parametrize("value", [None, 7, True, "x", [], [7], {}, {"x": 7}, {"x": {"y": [None]}}], ids=str)
def test_every_field_may_have_any_type(tmp_path: Path, value: object) -> None:
    package = dict.fromkeys(("name", "description", "scripts", "dependencies", "devDependencies", "engines", "packageManager", "workspaces", "main"), value)  # fmt: skip
    container = {"image": value, "ports": value, "readinessProbe": value}
    compose = dict.fromkeys(
        ("build", "image", "command", "ports", "expose", "labels", "environment", "healthcheck", "profiles"), value
    )
    workload = {
        "apiVersion": "v1",
        "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [container, value]}}},
    }
    text = {
        "a/package.json": package, "compose.yaml": {"services": {"a": compose, "b": value}}, "docker-compose.yml": {"services": value},
        "k8s/a.yaml": workload, "k8s/b.yaml": {"apiVersion": "v1", "kind": "Service", "spec": value}, "b/appsettings.json": {"Kestrel": value, "Urls": value},
    }  # fmt: skip
    files = {path: msgspec.json.encode(data).decode() for path, data in text.items()}
    for path in ("k8s/a.yaml", "k8s/b.yaml"):
        files[path] = "\n".join(f"{key}: {msgspec.json.encode(one).decode()}" for key, one in text[path].items())  # type: ignore[attr-defined]
    files |= {"b/b.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"/>', "a/index.js": ""}
    toml = (
        {None: '""', True: "true"}.get(value, msgspec.json.encode(value).decode())
        if not isinstance(value, (dict, list))
        else "{x = 7}"
    )  # type: ignore[arg-type]
    files["c/pyproject.toml"] = (
        f"[project]\nname = {toml}\ndependencies = {toml}\nrequires-python = {toml}\n[tool]\npoetry = {toml}\nuv = {toml}\n"
    )
    files["d/Cargo.toml"] = f"bin = {toml}\ndependencies = {toml}\n[package]\nname = {toml}\n"
    files["d/src/main.rs"] = ""
    assess(tree(tmp_path, files))


def test_values_of_values_do_not_grow(tmp_path: Path) -> None:
    """Written out, they would fill every memory."""
    names = [f"X{number}" for number in range(40)]
    pairs = [f"{name}={f'${{{before}}}' * 10}" for before, name in itertools.pairwise(names)]
    tree(tmp_path, {
        "requirements.txt": "flask\n", ".env": "\n".join(["X0=aaaaaaaaaa", *pairs]),
        "compose.yaml": "services: {web: {build: ., ports: ['${X39}:9000']}}\n",
        "Dockerfile": "\n".join(["FROM python:3.12", "ENV X0=aaaaaaaaaa", *(f"ENV {pair}" for pair in pairs), "EXPOSE $X39"]),
    })  # fmt: skip
    assert look(tmp_path).raw["services"][0]["version"] == "3.12"


def test_no_more_is_looked_at_than_people_write(tmp_path: Path) -> None:
    """The time grows with the square of what is looked at."""
    many = range(3_000)
    tree(tmp_path, {
        "requirements.txt": "flask\n", "Procfile": "".join(f"p{n}: celery worker\n" for n in many),
        "compose.yaml": "services:\n" + "".join(f"  c{n}: {{build: ., command: celery worker}}\n" for n in many),
    })  # fmt: skip
    assert len(list(compose.runs(Folder(tmp_path)))) == 400
    tree(tmp_path, {"Dockerfile": "FROM x\n" + "".join(f"ENV A{n}=1\n" for n in many)})
    assert len(dockerfile.read(Folder(tmp_path), "Dockerfile").env) == 999


@pytest.mark.parametrize(
    "files",
    [
        {"go.mod": "module x\n\ngo 1.{0}\n", "main.go": "package main\nfunc main() {{ http.ListenAndServe() }}\n"},
        {"pyproject.toml": "[project]\nname = 'x'\nrequires-python = '<3.{0}'\ndependencies = ['flask']\n"},
        {"package.json": '{{"dependencies": {{"express": "1"}}, "engines": {{"node": ">={0} <{0}"}}}}', "index.js": ""},
    ],
)
def test_a_version_with_thousands_of_digits_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    (service,) = look(tree(tmp_path, {path: text.format("9" * 6000) for path, text in files.items()})).raw["services"]
    assert "version" not in service


def test_a_text_made_to_be_slow_is_not(tmp_path: Path) -> None:
    """Patterns that try every way through such a text would not end in the life of this test."""
    long = 100_000
    texts = {
        "routes": 'app.get("/a") ' * (long // 14), "plugins": "id org.springframework.boot apply false " * (long // 39), "spaces": " " * long, "quotes": '"' * long, "words": "a" * long, "brackets": "(" * long, "lines": "\n" * long,
        "gets": "app.get(" * (long // 8), "env": "process.env.PORT " * (long // 17), "froms": "FROM x\\\n" * (long // 8),
        "vars": "${A" * (long // 3), "dashes": "-p " * (long // 3), "under": "os.getenv('PORT'" * (long // 16), "urls": "http://localhost:" * (long // 17),
        "sets": "r = " * (long // 4), "blocks": 'x.Route("a", func(' * (long // 18), "kotlin": 'route("a" ' * (long // 10), "aliases": "libs.bundles.a " * (long // 15),
        "mounts": "a = APIRouter()\nfrom a import (b\napp.include_router(b)\n" * (long // 55), "uses": "const a = Router()\nimport {b\na.use(b)\napp.use('/x', a)\n" * (long // 55),
    }  # fmt: skip
    for name, text in texts.items():
        look(tree(tmp_path / name, {
            "a/requirements.txt": f"flask\n{text}", "a/main.py": text, "a/Dockerfile": f"FROM x\nCMD {text}\n{text}", "a/Procfile": f"web: {text}",
            "b/package.json": '{"dependencies": {"express": "1"}, "scripts": {"start": "node ."}}', "b/x.js": text, "c/go.mod": text,
            "c/main.go": f"package main\n{text}", "d/pom.xml": text, "d/build.gradle": text, "e/Gemfile": f'gem "rails"\n{text}',
            "e/config/routes.rb": text, "f/Cargo.toml": '[package]\nname = "x"\n[dependencies]\naxum = "1"\n', "f/src/main.rs": text,
            "g/build.gradle.kts": f"ktor-server {text}", "g/src/main/kotlin/A.kt": f"fun main() {{}}\n{text}", "g/src/main/resources/application.conf": text,
            "gradle/libs.versions.toml": f"[libraries]\nb = 'c:d'\n[bundles]\na = {['b'] * 5_000}\n", "CODEOWNERS": text, "x.tf": text, "k.yaml": text, ".git/config": text,
        }))  # fmt: skip
