"""What the repository's own configuration of yamllint lets pass: three things, and no more."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.tools.run import need

CONFIG = Path(__file__).resolve().parents[1] / "files/yamllint.yml"


def test_the_relaxations_are_these_three() -> None:
    assert yaml.safe_load(CONFIG.read_text()) == {
        "extends": "default",
        "rules": {"document-start": "disable", "line-length": "disable", "truthy": {"check-keys": False}},
    }


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("on: push\n", ""),
        ("a: 1\na: 2\n", "key-duplicates"),
        ("a:\n  b: 1\n   c: 2\n", "syntax"),
        ("a:\n  - b\nc:\n   - d\n", "indentation"),
        ("a: yes\n", "truthy"),
        ("a: 1 \n", "trailing-spaces"),
    ],
)
def test_it_finds_the_rest(text: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(text)
    line = [need("yamllint"), "--strict", "--format", "parsable", "-c", str(CONFIG), "a.yml"]
    ran = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode != 0) == bool(rule), ran.stdout
    assert rule in ran.stdout
