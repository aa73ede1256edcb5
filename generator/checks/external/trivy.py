"""trivy: hardening of Terraform, manifests, Dockerfiles and CloudFormation, by the checks that the program brings.

Like the generated CI it tells what is high or critical, unless a `trivy.yaml` says otherwise.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from generator.checks.external import cfn_lint, manifests, settings
from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Unreadable, Work, report
from generator.checks.formats import dockerfile
from generator.checks.rule import Format
from generator.checks.source import Sources
from generator.finding import Finding

SETTINGS: Final = "trivy.yaml"
EXCEPTIONS: Final = (".trivyignore.yaml", ".trivyignore.yml")
_CHOOSE: Final = (
    "severity", "scan.skip-dirs", "scan.skip-files", "misconfiguration.scanners",
)  # fmt: skip
"""The settings that only choose; others write files, ask servers, or load what the repository brings."""
_SEVERITY: Final = {"HIGH": "warning", "MEDIUM": "warning", "LOW": "note", "UNKNOWN": "note"}


def _files(sources: Sources) -> Iterator[str]:
    yield from sources.ending(".tf")
    yield from dockerfile.paths(sources)
    yield from manifests.paths(sources)
    yield from cfn_lint.paths(sources)


def _run(work: Work) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as temporary:
        copy = work.copy(Path(temporary) / "tree", lambda path: path != SETTINGS)
        own = settings.chosen(work, SETTINGS, _CHOOSE) if SETTINGS in work.sources.tree else {}
        if own:
            settings.write(copy / SETTINGS, own)
        line = [
            "--format",
            "json",
            "--output",
            "",
            "--quiet",
            "--cache-dir",
            str(Path(temporary) / "cache"),
            *_choices(work, own),
            work.folder,
        ]
        output = work.run("config", "--skip-check-update", *line, cwd=copy)
        if "unknown flag: --skip-check-update" in output.err:  # before 0.58
            work.ask_again()
            output = work.run("config", "--skip-policy-update", *line, cwd=copy)
    if output.code:
        return
    told = report(output.out, dict)
    if "SchemaVersion" not in told:
        raise Unreadable
    for result in told.get("Results", []):
        for item in result.get("Misconfigurations", []):
            yield _finding(work, result["Target"], item)


def _choices(work: Work, own: Mapping[str, Any]) -> Iterator[str]:
    if not own:
        yield from ("--severity", "HIGH,CRITICAL")
    if excepted := next((name for name in EXCEPTIONS if name in work.sources.tree), ""):
        yield from ("--ignorefile", excepted)


def _finding(work: Work, path: str, item: dict[str, Any]) -> Finding:
    line = item.get("CauseMetadata", {}).get("StartLine", 0)
    severity = _SEVERITY.get(item["Severity"], "error")
    return work.finding(
        f"{work.sources.inside}{path}", line, item.get("Message") or item["Title"], rule=item["ID"], severity=severity
    )


TOOL: Final = Tool(
    Program("trivy", "https://trivy.dev/latest/getting-started/installation/"),
    Format.TERRAFORM,
    "hardening of Terraform, manifests, Dockerfiles and CloudFormation",
    _files,
    _run,
    slow=True,
    pages="https://avd.aquasec.com/misconfig/{small}",
)
