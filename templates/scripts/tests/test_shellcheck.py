"""What `make verify`, and with it the generated CI, says about a script."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from generator.answers.read import convert
from generator.parts import VerifyStep
from generator.plan import plan
from tests.support.generated import CASES
from tests.tools.run import need


@pytest.mark.parametrize(("line", "code"), [('echo "$1"', 0), ("echo $1", 123)])
def test_settings_of_the_user_silence_nothing(line: str, code: int, tmp_path: Path) -> None:
    parts = plan(convert(yaml.safe_load((CASES / "minimal.yml").read_text()))).parts
    (command,) = (step.command for step in parts.of(VerifyStep) if step.tool == "shellcheck")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/a.sh").write_text(f"#!/usr/bin/env bash\n{line}\n")
    (tmp_path / ".shellcheckrc").write_text("disable=all\n")
    path = f"{Path(need('shellcheck')).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env={"PATH": path}, capture_output=True, check=False)
    assert done.returncode == code, done.stdout
