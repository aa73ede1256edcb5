"""Jobs on ECS: Terraform's own tests, task definitions, alerts, and what the schedules say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import generated
from tests.support.terraform import stubs
from tests.tools import run

CASE = Path(__file__).parent / "cases/jobs.yml"
MAIN = "infrastructure/terraform"


@pytest.mark.tool("terraform")
def test_terraform_says_that_it_holds(tmp_path: Path) -> None:
    folder = generated.write(generated.rendering(CASE).tree, tmp_path / "root")
    with stubs.serving(folder, tmp_path / "stubs") as env:
        for line in (
            ("terraform", "fmt", "-check", "-diff", "-recursive"),
            ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
            ("terraform", "validate", "-no-color"),
            ("terraform", "test", "-no-color", "-filter=tests/ecs-jobs.tftest.hcl"),
        ):
            done = run.run(line, folder / MAIN, env)
            assert done.returncode == 0, done.stdout
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout
