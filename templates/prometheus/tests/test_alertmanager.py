"""Whom Alertmanager tells: the repository's own check of the routes holds, and what silences what is what was meant."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import generated

FOLDER = "monitoring/alertmanager/"


@pytest.fixture(params=["example", "minimal", "wide"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for path, file in generated.made_by(generated.CASES / f"{request.param}.yml", "prometheus").items():
        if path.startswith(FOLDER):
            target = tmp_path / path.removeprefix(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.content)
    return tmp_path


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    line = ["bash", str(folder / "tests/check.sh")]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def receivers(routes: Path) -> dict[str, str]:
    """The receiver that routes.txt wants, by the labels of the alert."""
    lines = [line for line in routes.read_text().splitlines() if line and not line.startswith("#")]
    return {labels: receiver for receiver, _, labels in (line.partition(" ") for line in lines)}


@pytest.mark.tool("amtool")
def test_each_severity_reaches_its_receiver(folder: Path) -> None:
    wanted = receivers(folder / "tests/routes.txt")
    for severity in ("warning", "critical", "emergency"):
        assert wanted[f"severity={severity}"] == severity
    assert {receiver for labels, receiver in wanted.items() if "Watchdog" in labels} == {"heartbeat"}
    done = checked(folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.tool("amtool")
def test_swapped_receivers_are_noticed(folder: Path) -> None:
    config = folder / "alertmanager.yml"
    text = config.read_text()
    swapped = text.replace("receiver: critical", "receiver: warning").replace(
        "    - receiver: emergency", "    - receiver: critical"
    )
    assert swapped != text
    config.write_text(swapped)
    done = checked(folder)
    assert done.returncode == 1
    assert "severity=critical: expected critical, got warning" in done.stderr


def test_who_is_told_at_each_level(folder: Path) -> None:
    """A receiver that tells nobody would pass every check of the routes."""
    config = yaml.safe_load((folder / "alertmanager.yml").read_text())
    told = {r["name"]: sorted(key for key in r if key.endswith("_configs")) for r in config["receivers"]}
    assert told.pop("nobody") == []
    assert told.pop("heartbeat") == ["webhook_configs"]
    assert set(told) == {"warning", "critical", "emergency"}
    assert all(told.values())
    assert set(told["critical"]) <= set(told["emergency"])


def test_what_silences_what(folder: Path) -> None:
    rules: list[dict[str, Any]] = yaml.safe_load((folder / "alertmanager.yml").read_text())["inhibit_rules"]
    found = [(r["source_matchers"], r["target_matchers"], r["equal"]) for r in rules]
    assert found == [
        (
            ['alertname =~ "ProductDown|ProductUnavailable"'],
            ['severity =~ "warning|critical"', 'alertname =~ "Service.+|SloBurnRate.+"'],
            ["environment"],
        ),
        (
            ['severity = "critical"', 'service != ""'],
            ['severity = "warning"', 'service != ""'],
            ["environment", "service"],
        ),
        (['alertname = "SloBurnRateFast"'], ['alertname = "SloBurnRateSlow"'], ["environment", "service"]),
    ]
