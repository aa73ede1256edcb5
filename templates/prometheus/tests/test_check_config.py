"""The script that checks the configuration of Prometheus, with stand-ins for promtools of several ages."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import generated

UNKNOWN = "  line 9: field {} not found in type config.ScrapeConfig"
PROMTOOL = """#!/bin/bash
if [[ "$1" == --version ]]; then echo "promtool, version 2.42.0+ds (branch: x)"; exit 0; fi
printf '%s' "$SAID"
exit "$CODE"
"""


PLATFORMS = {
    "kubernetes_sd_configs": generated.CASES / "example.yml",
    "aws_sd_configs": generated.TEMPLATES / "ecs/tests/cases/example.yml",
}
"""How the targets are found, and a case of which that holds."""


@pytest.fixture(scope="module", params=PLATFORMS)
def discovery(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def script(discovery: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = generated.write(generated.tree(PLATFORMS[discovery]), tmp_path_factory.mktemp("shop") / "shop")
    (root / "bin").mkdir()
    (root / "bin/promtool").write_text(PROMTOOL)
    (root / "bin/promtool").chmod(0o755)
    return root / "monitoring/prometheus/tests/check-config.sh"


@pytest.mark.parametrize(
    ("lines", "code", "expected", "says"),
    [
        (["SUCCESS"], 0, 0, "SUCCESS"),
        ([UNKNOWN.format("HERE")], 1, 77, "this promtool (2.42.0+ds) is older, or built without HERE: CI"),
        ([UNKNOWN.format("azure_sd_configs")], 1, 1, "azure_sd_configs"),
        ([UNKNOWN.format("HERE"), UNKNOWN.format("scrape_intervall")], 1, 1, "scrape_intervall"),
        ([UNKNOWN.format("scrape_intervall")], 1, 1, "scrape_intervall"),
        (["FAILED: no such file"], 1, 1, "no such file"),
        ([], 1, 1, ""),
    ],
)
def test_what_promtool_cannot_know_is_told_from_what_is_wrong(
    script: Path, discovery: str, lines: list[str], code: int, expected: int, says: str
) -> None:
    said = "\n".join(lines).replace("HERE", discovery) + "\n"
    path = f"{script.parents[3] / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [script],
        env={"PATH": path, "SAID": said, "CODE": str(code)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == expected, done.stdout + done.stderr
    assert says.replace("HERE", discovery) in (done.stdout.splitlines() or [""])[-1]
