"""Hostile values are refused, or arrive harmless in every format: proved by parsing the output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from generator.tree import File, Tree
from tests.support import generated

MARK = "h0stile"
TEXTS = [
    f"{MARK}: [yaml, {{a: b}}] # no comment",
    f"'{MARK}' \"{MARK}\" \\{MARK}\\",
    f"${{{MARK}}} %{{ if {MARK} }} $({MARK}) `{MARK}`",
    f"#{{ {MARK} }}# #% if {MARK} %# #| {MARK} |# {{{{ {MARK} }}}} {{% {MARK} %}}",
    f"; rm -rf {MARK} && | > < * ? ! ~ {MARK}",
    f"<script>{MARK}</script> | [x](javascript:{MARK}) <!-- {MARK} -->",
    f"-->{MARK} ünï¢ode 🎉 {MARK}",
    f"- {MARK}", f"!!python/object {MARK}", f"@{MARK}", f"%{MARK}", "yes", "012", "1e3", "null",
]  # fmt: skip


def given(text: str) -> dict[str, Any]:
    data: dict[str, Any] = generated.raw(generated.CASES / "example.yml")
    data["project"] |= {"description": text, "owner": text}
    for service in data["services"]:
        service["env"] = {"HOSTILE": text}
        service["commands"] = dict.fromkeys(("lint", "unit", "integration", "e2e", "migrate"), f"echo {text}")
    return data


@pytest.fixture(scope="module", params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def tree(text: str) -> Any:
    from generator.served import settle

    return generated.tree_of(settle(given(text))[0])


def ending(tree: Tree, *suffixes: str) -> Iterator[tuple[str, File]]:
    return ((path, file) for path, file in tree.items() if path.endswith(suffixes))


def test_yaml_stays_yaml(tree: Any, text: str) -> None:
    seen = 0
    for path, file in ending(tree, ".yml", ".yaml"):
        for document in yaml.safe_load_all(file.text):
            seen += _strings(document).count(text)
            assert all(not isinstance(key, str) or MARK not in key for key in _keys(document)), path
    assert seen >= 4, "the description and the variables arrive unchanged"


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for v in value.values() for s in _strings(v)]
    if isinstance(value, list):
        return [s for v in value for s in _strings(v)]
    return [value] if isinstance(value, str) else []


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *(k for v in value.values() for k in _keys(v))]
    return [k for v in value for k in _keys(v)] if isinstance(value, list) else []


def test_hcl_stays_hcl(tree: Any) -> None:
    for path, file in ending(tree, ".tf", ".tfvars", ".hcl"):
        assert hcl2.loads(file.text) is not None, path


def test_json_stays_json(tree: Any) -> None:
    for _, file in ending(tree, ".json"):
        json.loads(file.text)


def test_shell_stays_shell(tree: Any, tmp_path: Path) -> None:
    root = generated.write(tree, tmp_path)
    for path, file in ending(tree, ".sh"):
        done = subprocess.run(["bash", "-n", str(root / path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{path}: {done.stderr}"
        assert file.text.count("\n#!") == 0


def test_dockerfiles_hold_no_line_of_the_users(tree: Any) -> None:
    instructions = {
        "FROM",
        "RUN",
        "COPY",
        "ADD",
        "ARG",
        "ENV",
        "USER",
        "WORKDIR",
        "ENTRYPOINT",
        "CMD",
        "LABEL",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "SHELL",
    }
    for path, file in ending(tree, ".Dockerfile"):
        joined = file.text.replace("\\\n", " ")
        for line in joined.splitlines():
            assert not line or line.startswith("#") or line.split(" ")[0] in instructions, f"{path}: {line}"


def test_make_still_lists_its_targets(tree: Any, tmp_path: Path) -> None:
    root = generated.write(tree, tmp_path)
    done = subprocess.run(["make", "-C", str(root), "help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout


def test_checks_pass(tree: Any) -> None:
    from generator.checks import check

    assert [f"{f.path}:{f.line}: {f.message}" for f in check(tree).findings] == []
