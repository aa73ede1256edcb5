"""Hostile values are refused, or arrive harmless in every format: proved by parsing the output."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from markdown_it import MarkdownIt

from generator.checks import check
from generator.served import settle
from generator.tree import File
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
        service["commands"] = dict.fromkeys(("lint", "unit", "integration", "e2e", "migrate", "build"), f"echo {text}")
    return data


@pytest.fixture(scope="module", params=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def tree(text: str) -> Any:
    return generated.tree_of(settle(given(text))[0])


def files(tree: Any, *ends: str) -> Iterator[tuple[str, File]]:
    return ((path, file) for path, file in tree.items() if path.endswith(ends))


def test_yaml_stays_yaml(tree: Any, text: str) -> None:
    seen = 0
    for path, file in files(tree, ".yml", ".yaml"):
        for document in yaml.load_all(file.text, yaml.CSafeLoader):
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


def test_hcl_gets_words_alone(tree: Any) -> None:
    owners = []
    for path, file in files(tree, ".tf", ".tfvars", ".hcl"):
        if path.endswith(".tfvars"):
            parsed = hcl2.loads(file.text)
            owners += [tags["Owner"] for tags in parsed.values() if isinstance(tags, dict) and "Owner" in tags]
        else:
            assert MARK not in file.text, path
    assert len(owners) == 6, "both roots that have tags, in three environments"
    assert all(re.fullmatch(r'"?[\w .:/=+@-]+"?', owner) for owner in owners), owners


def test_json_holds_it_as_text_or_not_at_all(tree: Any, text: str) -> None:
    for path, file in files(tree, ".json"):
        for string in _strings(json.loads(file.text)):
            assert MARK not in string or string in {text, text.removeprefix("@")}, path


@pytest.mark.parametrize("suffixes", [(".sh",), (".mk", "Makefile")])
def test_scripts_and_make_never_hold_it(tree: Any, suffixes: tuple[str, ...]) -> None:
    found = list(files(tree, *suffixes))
    assert found
    assert [path for path, file in found if MARK in file.text] == []


def test_dockerfiles_hold_a_command_as_one_word(tree: Any, text: str) -> None:
    words = []
    for path, file in files(tree, ".Dockerfile"):
        for line in file.text.splitlines():
            if MARK in line:
                command = line.strip().removeprefix("RUN ")
                words.append(json.loads(command)[-1] if command.startswith("[") else command)
        assert len(list(_instructions(file.text))) > 8, path
    if MARK in text:
        assert words == [f"echo {text}"] * len(words)
        assert len(words) >= 3, "each service's build command"


def _instructions(dockerfile: str) -> Iterator[str]:
    """The instructions; each must be one that Docker knows."""
    known = [
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
    ]
    for line in dockerfile.replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            word = line.split(" ")[0]
            assert word in known, line
            yield word


def test_markdown_shows_it_as_it_was_written(tree: Any, text: str) -> None:
    shown = 0
    for path, file in files(tree, ".md"):
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(file.text):
            assert token.type != "html_block" or MARK not in token.content, path
            for inner in token.children or ():
                assert inner.type != "html_inline" or MARK not in inner.content, path
                assert MARK not in str(inner.attrs), path
            words = "".join(t.content for t in token.children or () if t.type in {"text", "text_special"})
            shown += text in words
    assert shown >= 2, "the description and the owner, each in its place"


def test_make_still_lists_its_targets(tree: Any, tmp_path: Path) -> None:
    root = generated.write(tree, tmp_path)
    done = subprocess.run(["make", "-C", str(root), "help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout


def test_checks_pass() -> None:
    """Of one repository that holds all texts: as settings, as commands, and two of them where it has room for two."""
    data = given(TEXTS[0])
    data["project"]["owner"] = TEXTS[1]
    places = [(service["commands"], name) for service in data["services"] for name in service["commands"]]
    for number, (text, (commands, name)) in enumerate(zip(TEXTS, places, strict=False)):
        commands[name] = f"echo {text}"
        data["services"][number % 3]["env"][f"HOSTILE_{number}"] = text
    assert len(places) >= len(TEXTS)
    made = generated.tree_of(settle(data)[0])
    assert [f"{f.path}:{f.line}: {f.message}" for f in check(made).findings] == []
