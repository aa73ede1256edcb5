"""The answers file: complete, commented, and read back to the same answers."""

import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from ruamel.yaml import YAML

from generator import places
from generator.answers.keys import keys
from generator.answers.load import parse
from generator.answers.read import convert
from generator.answers.schema import schema
from generator.answers.write import dump
from tests.conftest import CASES

ALL = sorted(CASES.glob("*.yml"))


@pytest.mark.parametrize("case", ALL, ids=lambda p: p.stem)
def test_reads_back_to_the_same_answers(case: Path) -> None:
    answers = convert(parse(case.read_text(), case.name))
    text = dump(answers)
    assert convert(parse(text, "x")) == answers
    assert convert(yaml.safe_load(text)) == answers, "a YAML 1.1 reader must read the same"


def test_every_key_has_a_comment() -> None:
    text = dump(convert({"project": {"name": "x"}}))
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    without = [line for line in lines if " # " not in line and not line.endswith(":")]
    assert without == []
    data = YAML(typ="safe").load(text)
    assert set(data["services"][0]) == {k.name.split(".")[1] for k in keys() if k.name.startswith("services[].")}


def test_editors_find_the_schema() -> None:
    text = dump(convert({"project": {"name": "x"}}))
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={places.SCHEMA}"


@pytest.mark.parametrize("case", ALL, ids=lambda p: p.stem)
def test_matches_its_schema(case: Path) -> None:
    validator = jsonschema_rs.validator_for(schema())
    text = dump(convert(parse(case.read_text(), case.name)))
    assert [e.message for e in validator.iter_errors(parse(text, "x"))] == []
    assert [e.message for e in validator.iter_errors(parse(case.read_text(), "x"))] == []
    assert not validator.is_valid({"project": {"name": "x", "nme": "y"}})
    assert not validator.is_valid({"project": {"name": "x"}, "cloud": {"provider": "amazon"}})


def test_yamllint_likes_it(tmp_path: Path) -> None:
    path = tmp_path / "agency-scaffold.yml"
    path.write_text(dump(convert(parse((CASES / "wide.yml").read_text(), "x"))))
    config = "{extends: default, rules: {document-start: disable, line-length: disable, truthy: disable}}"
    done = subprocess.run(
        [sys.executable, "-m", "yamllint", "-d", config, "--strict", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
