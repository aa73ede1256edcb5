"""Who has set nothing is told of all variables that a script needs by one error, not of one more by each run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from generator.tree import Tree
from tests.contract.test_agreements import CASES
from tests.real.conftest import digest
from tests.support import generated

CLUSTER: Final = "AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME"
REGISTRY: Final = "REGISTRY REGISTRY_ACCOUNT_ID"
DATABASE: Final = "DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_SECRET"
EVERYWHERE: Final = {
    "deploy.sh --environment ENV --version v1 --image web=DIGEST": f"{CLUSTER} {REGISTRY} {DATABASE}",
    "rollback.sh --environment ENV": f"{CLUSTER} {REGISTRY}",
    "health-check.sh --environment ENV": CLUSTER,
    "jobs.sh list --environment ENV": CLUSTER,
    "preview.sh up --number 7 --version v1 --images web=DIGEST": f"{CLUSTER} REGISTRY",
    "preview.sh list": CLUSTER,
    "silence.sh ENV --list": CLUSTER,
}
"""A command line of each script that needs variables, and which."""
BESIDE: Final = {
    "ecs": {
        "deploy.sh --environment ENV --version v1 --image web=DIGEST": (
            f"{CLUSTER} {REGISTRY} {DATABASE} PROMETHEUS_WORKSPACE"
        ),
        "silence.sh ENV --list": f"{CLUSTER} MONITORING_BUCKET",
        "metrics.sh --environment ENV up": "AWS_ACCOUNT_ID AWS_REGION PROMETHEUS_WORKSPACE",
        "database-session.sh --environment ENV -- psql": CLUSTER,
        "registry.sh host": "REGISTRY",
        "registry.sh login": REGISTRY,
        "registry.sh digest web abc": REGISTRY,
        "registry.sh released ENV web DIGEST": REGISTRY,
        "registry.sh mark ENV web DIGEST": REGISTRY,
    },
    "kubernetes": {"platform.sh --environment ENV": "AWS_ACCOUNT_ID"},
}
"""What differs on a platform, what only it has, and once what is the same file on all."""
RUNS: Final = [(platform, *one) for platform in CASES for one in (EVERYWHERE | BESIDE[platform]).items()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of each platform, and tools that answer nothing."""
    made = tmp_path_factory.mktemp("scripts")
    for platform, case in CASES.items():
        files = generated.rendering(case).tree.items()
        generated.write(Tree((path, file) for path, file in files if path.startswith("scripts/")), made / platform)
    for name in ("aws", "docker", "kubectl", "terraform"):
        (made / name).symlink_to("/bin/false")
    return made


@pytest.mark.parametrize(("platform", "line", "names"), RUNS, ids=[f"{one[0]}-{one[1]}" for one in RUNS])
def test_all_variables_that_are_missing_are_told_at_once(platform: str, line: str, names: str, folder: Path) -> None:
    environment = generated.answers(CASES[platform]).environments[0]
    words = line.replace("ENV", environment).replace("DIGEST", digest(1)).split()
    done = subprocess.run(
        ["bash", f"scripts/{words[0]}", *words[1:]],
        check=False,
        cwd=folder / platform,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(folder), "CI": "true"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2, done.stderr
    says = rf"\S+ error: not set: {names} \(docs/runbooks/deployment.md says .*\)\n"
    assert re.fullmatch(says, done.stderr), done.stderr
