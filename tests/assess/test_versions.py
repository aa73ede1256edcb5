"""Which versions of a language files name, and which of them only name the least that is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.assess.looking import GO, MAIN, found, of, package


@pytest.mark.parametrize(
    ("wanted", "version"),
    [("==3.12.*", "3.12"), (">=3.10,<3.13", "3.12"), (">=3.10,<=3.12", "3.12"), ("~=3.12.1", "3.12"), (">=3.11", None),
     ("^3.11", None), (">=3.11,<4", None), ("<3.99", None), ("", None), ("garbage", None)],
)  # fmt: skip
def test_version_of_python(tmp_path: Path, wanted: str, version: str | None) -> None:
    text = f'[project]\nname = "x"\nrequires-python = "{wanted}"\ndependencies = ["flask"]\n'
    assert of(tmp_path, {"pyproject.toml": text}).get("version") == version


@pytest.mark.parametrize(
    ("files", "version"),
    [
        ({"runtime.txt": "python-3.12.7\n"}, "3.12"),
        ({"runtime.txt": "python-3.12.7\n", ".python-version": "3.13\n"}, "3.13"),
        ({"runtime.txt": "nodejs\n"}, None),
    ],
    ids=str,
)
def test_version_files_of_python(tmp_path: Path, files: dict[str, str], version: str | None) -> None:
    assert of(tmp_path, {"requirements.txt": "flask\n", **files}).get("version") == version


@pytest.mark.parametrize(
    ("engines", "version"), [("22", "22"), ("22.x", "22"), ("^22.1.0", "22"), (">=22 <23", "22"), (">=20", None), (">=20 <25", None), ("*", None)]
)  # fmt: skip
def test_version_of_node(tmp_path: Path, engines: str, version: str | None) -> None:
    assert of(tmp_path, {"package.json": package(engines={"node": engines})}).get("version") == version


@pytest.mark.parametrize(
    ("more", "version", "at"),
    [
        ({}, "20", ("a/package.json", 1)), ({".nvmrc": "24\n"}, "24", (".nvmrc", 1)),
        ({".tool-versions": "ruby 3.4.1\nnodejs 22.1.0\n"}, "22", (".tool-versions", 2)),
        ({".tool-versions": "# nodejs 22\nnodejs lts\nnodejs 22x\n"}, "20", ("a/package.json", 1)),
        ({".tool-versions": "nodejs 22\n", "a/.nvmrc": "24\n"}, "24", ("a/.nvmrc", 1)),
        ({"mise.toml": "[env]\nX = '1'\n[tools]\nnode = '22.1'\n"}, "22", ("mise.toml", 4)),
        ({".mise.toml": '[tools]\n"core:node" = ["22", "20"]\n'}, "22", (".mise.toml", 2)),
        ({"mise.toml": '[tools]\nnode = {version = "22", x = 1}\n'}, "22", ("mise.toml", 2)),
        ({"mise.toml": "[tools]\nnode = 'lts'\n[env]\nnode = '22'\n"}, "20", ("a/package.json", 1)),
        ({"mise.toml": "tools = 7\n", ".mise.toml": "[tools]\nnode = []\n"}, "20", ("a/package.json", 1)),
        ({"mise.toml": "[tools]\nnode = '20'\n", ".tool-versions": "nodejs 22\n"}, "22", (".tool-versions", 1)),
    ],
    ids=str,
)  # fmt: skip
def test_version_files_of_tools(tmp_path: Path, more: dict[str, str], version: str, at: tuple[str, int]) -> None:
    data = json.dumps({"scripts": {"start": "x"}, "dependencies": {"express": "5"}, "volta": {"node": "20.1.0"}})
    (fact,) = [f for f in found(tmp_path, {"a/package.json": data, **more}).facts if f.key.endswith("].version")]
    assert (fact.value, (fact.path, fact.line)) == (version, at)


@pytest.mark.parametrize(
    ("files", "line", "version"),
    [
        ({"requirements.txt": "flask"}, "python 3.12.7 3.11.1", "3.12"), ({"go.mod": GO, "main.go": "package main"}, "golang 1.25.1", "1.25"),
        ({"Gemfile": "gem 'rails'"}, "ruby 3.4.1", "3.4.1"), ({"pom.xml": "<project/>"}, "java temurin-21.0.2+13.0.LTS", "21"),
    ],
    ids=str,
)  # fmt: skip
def test_tools_of_each_language(tmp_path: Path, files: dict[str, str], line: str, version: str) -> None:
    facts = found(tmp_path, {**files, ".tool-versions": f"x 1\n{line}\n"}).facts
    fact = next(fact for fact in facts if fact.key.endswith("].version"))
    assert fact.value == version


def test_a_toolchain_says_more_than_the_least_that_is_needed(tmp_path: Path) -> None:
    facts = found(tmp_path, {"go.mod": f"{GO.replace('1.26', '1.25.0')}\ntoolchain go1.26.1\n", "main.go": MAIN}).facts
    assert [(f.value, f.others) for f in facts if f.key.endswith("].version")] == [("1.26", ())]


def test_an_old_line_in_go_mod_is_only_the_least_that_it_needs(tmp_path: Path) -> None:
    assert "version" not in of(tmp_path, {"go.mod": "module x\n\ngo 1.15\n", "main.go": MAIN})
