"""`agency-scaffold assess` from the command line: its exit codes, its manners, and that others do not pay for it."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from generator.cli.main import main
from tests.assess.looking import tree
from tests.support import generated


def test_an_empty_folder_is_told_and_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "found no service" in " ".join(text.split())
    assert "services: app, a web service in Python" in text
    assert "The answers that follow" not in text
    assert f"  agency-scaffold new {tmp_path} --defaults --set project.name=NAME\n    takes what is usual" in text


@pytest.mark.parametrize("what", ["missing", "file", "closed"])
def test_what_cannot_be_read_is_told_with_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    tree(tmp_path, {"file": ""})
    (tmp_path / "closed").mkdir()

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("generator.assess.folder.os.scandir", refuse)
    assert main(["assess", str(tmp_path / what), "--format", "json"]) == 3
    failure = json.loads(capsys.readouterr().out)
    assert str(tmp_path / what) in failure["error"]
    assert failure["hint"]
    schema = json.loads((generated.TESTS.parent / "docs/assessment.schema.json").read_text())
    jsonschema_rs.validator_for(schema).validate(failure)


def test_it_looks_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree(tmp_path / "shop", {"requirements.txt": "flask\n"}))
    assert main(["assess"]) == 0
    text = capsys.readouterr().out
    assert "name: shop" in text
    assert "  agency-scaffold new --defaults\n    takes these" in text


def test_what_comes_next_names_the_folder_as_a_shell_takes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(tmp_path / "my shop", {"requirements.txt": "flask\n"})
    assert main(["assess", str(root)]) == 0
    told = capsys.readouterr().out.partition("Next\n")[2]
    (command,) = (line for line in told.splitlines() if line.endswith(" --defaults"))
    assert main([*shlex.split(command)[1:], "--dry-run", "--no-check"]) == 0


def test_of_a_language_that_is_none_of_ours_nothing_is_missing_that_has_no_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, {"composer.json": "{}", "Dockerfile": "FROM php:8\nEXPOSE 9000\n"})
    assert main(["assess", str(tmp_path), "--format", "json"]) == 0
    missing = {one["key"].rpartition("].")[2] for one in json.loads(capsys.readouterr().out)["missing"]}
    assert "health_path" in missing
    assert not missing & {"version", "package_manager"}


def test_what_ours_would_stand_beside_is_what_new_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, {
        "requirements.txt": "flask\n", ".github/workflows/ci.yml": "on: push\n", ".github/workflows/other.yml": "on: push\n",
        ".circleci/config.yml": "version: 2.1\n", "Makefile": "x:\n", "infrastructure/terraform/main.tf": "", "k8s/a.yaml": "apiVersion: v1\nkind: Service\n", "kustomize/kustomization.yml": "resources: []\n",
        "infrastructure/docker/docker-compose.yml": "services: {}\n", "charts/x/Chart.yaml": "name: x\n",
        "monitoring/prometheus/prometheus.yml": "scrape_configs: []\n",
    })  # fmt: skip
    main(["assess", str(tmp_path), "--format", "json"])
    existing = {one["kind"]: one for one in json.loads(capsys.readouterr().out)["existing"]}
    main(["new", str(tmp_path), "--defaults", "--dry-run", "--no-check", "--format", "json"])
    actions = {line["path"]: line["action"] for line in json.loads(capsys.readouterr().out)["files"]}
    assert existing.keys() == {
        "workflows",
        "pipelines",
        "terraform",
        "kubernetes",
        "helm",
        "compose",
        "make",
        "monitoring",
    }
    for one in existing.values():
        assert {actions[path] for path in one["proposals"]} <= {"propose"}
        assert {actions[path] for path in one["shared"]} <= {"block"}
        assert {actions[path] for path in one["ours"]} <= {"create"}
    assert existing["kubernetes"]["paths"] == ["k8s", "kustomize"]
    assert existing["pipelines"]["paths"] == [".circleci/config.yml"]
    assert ".github/workflows/security-scan.yml" in existing["workflows"]["ours"]
    assert existing["workflows"]["proposals"] == [".github/workflows/ci.yml"]
    assert existing["terraform"]["proposals"] == ["infrastructure/terraform/main.tf"]
    assert existing["compose"]["proposals"] == ["infrastructure/docker/docker-compose.yml"]
    assert existing["monitoring"]["proposals"] == ["monitoring/prometheus/prometheus.yml"]
    assert existing["make"]["shared"] == ["Makefile"]


def test_a_repository_that_was_generated_is_said_to_be_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(tmp_path, {"pyproject.toml": '[project]\nname = "x"\ndescription = "Some words"\ndependencies = ["flask"]\n'})
    assert main(["new", str(tmp_path), "--defaults", "--no-check"]) == 0
    capsys.readouterr()
    assert main(["assess", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "this was generated: part of it is ours" in " ".join(text.split())
    assert "project.description Some words" in text
    assert "agency-scaffold new" not in text
    assert f"  agency-scaffold status {tmp_path}\n" in text


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree(
        tmp_path,
        {
            "package.json": json.dumps(
                {"dependencies": {"express": "1"}, "scripts": {"start": "x"}, "description": "\x1b[2J"}
            )
        },
    )
    assert main(["assess", str(tmp_path)]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["assess", "--help"], ["new", "EMPTY", "--set", "project.name=shop", "--no-check"]],
    ids=str,
)
def test_who_does_not_need_it_does_not_pay_for_it(tmp_path: Path, arguments: list[str]) -> None:
    words = [str(tmp_path) if word == "EMPTY" else word for word in arguments]
    code = f"import sys\nfrom generator.cli.main import main\nmain({words!r})\nprint([m for m in sys.modules if m.startswith('generator.assess')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
