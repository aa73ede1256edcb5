"""The monitoring on ECS: Terraform's own tests, what Prometheus is told, and what the scripts do."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.parts import Alert, DatabaseSession, Diagnosis, FiringAlerts
from tests.support import generated
from tests.support.terraform import stubs
from tests.tools import run

HERE = Path(__file__).parent
CASES = [HERE / "cases" / f"{name}.yml" for name in ("ecs", "ecs-minimal", "ecs-mysql")]
BOTH = pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
MAIN = "infrastructure/terraform"

CLUSTER = """
resource "aws_ecs_cluster" "main" {
  name = local.name
}

resource "aws_security_group" "services" {
  name   = "${local.name}-services"
  vpc_id = aws_vpc.main.id
}

locals {
  platform_ci_variables = { CLUSTER_NAME = aws_ecs_cluster.main.name }
}
"""
"""Stands in for the component of the cluster: what this one takes from it."""


def written(case: Path, folder: Path) -> Path:
    """The files of the monitoring and of the root that they lie in."""
    root = generated.write(generated.made_by(case, "prometheus", "prometheus-ecs", "terraform-aws", "scripts", "aws"), folder)
    if not (root / MAIN / "ecs.tf").exists():
        (root / MAIN / "ecs.tf").write_text(CLUSTER)
    return root


def prometheus(case: Path) -> dict[str, Any]:
    tree = generated.made_by(case, "prometheus")
    return dict(yaml.safe_load(tree["monitoring/prometheus/prometheus.yml"].content))


def job(case: Path, name: str) -> dict[str, Any]:
    (found,) = (j for j in prometheus(case)["scrape_configs"] if j["job_name"] == name)
    return dict(found)


@BOTH
@pytest.mark.tool("terraform")
def test_terraform_says_that_it_holds(case: Path, tmp_path: Path) -> None:
    root = written(case, tmp_path / "root") / MAIN
    env = stubs.environment(tmp_path / "root", tmp_path)
    for line in (
        ("terraform", "init", "-backend=false", "-input=false", "-no-color"),
        ("terraform", "validate", "-no-color"),
        ("terraform", "test", "-no-color", "-filter=tests/ecs-monitoring.tftest.hcl"),
    ):
        done = run.run(line, root, env)
        assert done.returncode == 0, done.stdout
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout


@BOTH
@pytest.mark.tool("terraform")
def test_terraform_would_format_it_so(case: Path, tmp_path: Path) -> None:
    root = written(case, tmp_path)
    done = run.run(("terraform", "fmt", "-check", "-diff", "-recursive", str(root / MAIN)), root)
    assert done.returncode == 0, done.stdout
