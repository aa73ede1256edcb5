"""Every test runs with its own cache and no settings of the person who runs it."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.tools.inputs import RUNS

CASES = Path(__file__).parent / "cases"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """XDG folders of the test's own; but one template cache for all, since compiling takes a second."""
    shared = tmp_path_factory.getbasetemp().parent / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared))
    monkeypatch.setenv("NO_COLOR", "1")
    for name in [n for n in os.environ if n.startswith(("AWS_", "GITHUB_", "GH_", "TF_", "COPIER_"))]:
        monkeypatch.delenv(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many runs of tools were spared, because the same had passed before."""
    said = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in report.user_properties
        if name == RUNS
    ]
    if said:
        terminalreporter.write_line(f"{RUNS}: " + ", ".join(f"{n} {how}" for how, n in sorted(Counter(said).items())))
