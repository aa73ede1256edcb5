"""Small repositories of the shapes that are met: every fact that they show, with the place that shows it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from generator import places
from generator.assess.survey import assess
from generator.cli.main import main
from tests.assess.looking import REPOSITORIES, told
from tests.support import generated

NAMES = sorted(path.name for path in REPOSITORIES.iterdir())
DOCS = generated.TESTS.parent / "docs"


@pytest.fixture
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy, in a folder of its own name: what is found must not depend on where it lies."""
    name: str = request.param
    return Path(shutil.copytree(REPOSITORIES / name / "tree", tmp_path / name))


@pytest.mark.parametrize("repository", NAMES, indirect=True)
def test_every_fact_is_found_and_nothing_else(repository: Path) -> None:
    expected = json.loads((REPOSITORIES / repository.name / "expected.json").read_text())
    assert told(assess(repository)) == expected


@pytest.mark.parametrize("repository", NAMES, indirect=True)
def test_what_is_found_becomes_the_defaults_and_the_report_names_the_file(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = json.loads((REPOSITORIES / repository.name / "expected.json").read_text())
    code = main(["new", str(repository), "--defaults", "--no-check", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert code == (1 if report["collisions"] or any(f["action"] == "propose" for f in report["files"]) else 0)
    made = yaml.safe_load((repository / places.ANSWERS_FILE).read_text())
    detected = {line["key"]: line for line in report["detected"]}
    for number, (name, facts) in enumerate(expected["services"].items()):
        assert made["services"][number]["name"] == name
        for key, fact in facts.items():
            line = detected[f"services[{number}].{key}"]
            assert fact["at"] == (f"{line['path']}:{line['line']}" if line["line"] else line["path"])
            assert line["refused"] == fact.get("refused", "")
            if not line["refused"]:
                assert value(made["services"][number], key) == fact["value"], key
    for key, fact in expected["whole"].items():
        assert ("refused" in fact) != (value(made, key) == fact["value"]), key


def value(data: Any, key: str) -> Any:
    for step in key.split("."):
        data = data[step]
    return data


@pytest.mark.parametrize("repository", ["fastapi-uv", "express-workspaces", "maven-modules"], indirect=True)
def test_what_follows_passes_our_own_checks(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("generator.checks.external.TOOLS", {})
    assert main(["new", str(repository), "--defaults", "--dry-run", "--format", "json"]) in {0, 1}
    report = json.loads(capsys.readouterr().out)
    assert {check["status"] for check in report["checks"]} == {"passed", "skipped"}
    skipped = {check["name"] for check in report["checks"] if check["status"] == "skipped"}
    assert "rollout-reference" in skipped
    assert 8 * len(skipped) < len(report["checks"])
    assert report["detected"]


@pytest.mark.parametrize("repository", NAMES, indirect=True)
def test_the_text_is_eighty_columns_wide_and_names_every_fact(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["assess", str(repository)]) == 0
    text = capsys.readouterr().out
    report, _, answers = text.partition("The answers that follow")
    too_long = [line for line in report.splitlines() if len(line) > 79 and " " in line.strip()]
    assert too_long == []
    expected = json.loads((REPOSITORIES / repository.name / "expected.json").read_text())
    together = " ".join(report.split())
    for name, facts in expected["services"].items():
        assert f"{name}, in " in report
        for key in facts.keys() - {"name", "path"}:
            assert f"({facts[key]['at']}: " in together, key
    follows = yaml.safe_load(answers.partition("\n")[2].partition("\n\nNext")[0])
    assert [service["name"] for service in follows["services"]] == list(expected["services"])


@pytest.mark.parametrize("repository", ["go-cmd", "static-site"], indirect=True)
def test_the_same_as_json_fits_its_schema(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", str(repository), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    schema = json.loads((DOCS / "assessment.schema.json").read_text())
    assert [e.message for e in jsonschema_rs.validator_for(schema).iter_errors(data)] == []
    assert data["services"]
    assert all(fact["path"] for service in data["services"] for fact in service["facts"])


@pytest.mark.parametrize("repository", ["fastapi-uv"], indirect=True)
def test_it_reads_and_writes_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in repository.rglob("*")}
    assert main(["assess", str(repository)]) == 0
    assert {
        path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes()) for path in repository.rglob("*")
    } == before
    assert capsys.readouterr().err == ""
