"""promtool: Prometheus' own check of configuration and rules, and the unit tests of the rules.

Some builds leave out Kubernetes discovery, older ones know no discovery by AWS roles; with those a copy without these
sections is judged.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.running import Output
from generator.checks.external.tool import Tool, Unreadable, Work
from generator.checks.models import prometheus
from generator.checks.rule import Format
from generator.checks.source import Sources, folder, name, text
from generator.finding import Finding

_DISCOVERY: Final = ("aws_sd_configs", "kubernetes_sd_configs")


def _files(sources: Sources) -> Iterator[str]:
    yield from prometheus.configurations(sources)
    yield from prometheus.rule_files(sources)
    yield from prometheus.test_files(sources)


def _run(work: Work) -> Iterator[Finding]:
    judged = set(work.files)
    for path in sorted(judged.intersection(prometheus.configurations(work.sources))):
        output = work.run("check", "config", "--syntax-only", path)
        unknown = {section for section in _DISCOVERY if f"{section} not found" in output.text}
        if output.code != 0 and unknown:
            work.ask_again()
            work.left_out.update(unknown)
            output = _without_discovery(work, path)
        yield from _failed(work, path, output)
    for path in sorted(judged.intersection(prometheus.rule_files(work.sources))):
        yield from _failed(work, path, work.run("check", "rules", path))
    for path in sorted(judged.intersection(prometheus.test_files(work.sources))):
        yield from _failed(work, path, work.run("test", "rules", name(path), cwd=work.root / folder(path)))


def _without_discovery(work: Work, path: str) -> Output:
    kept: list[str] = []
    depth = -1
    for line in text(work.sources, path).split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        inside = depth >= 0 and (not line.strip() or indent > depth)
        if not inside:
            opens = line.strip().removeprefix("- ").removesuffix(":") in _DISCOVERY
            depth = indent if opens else -1
            kept += [] if opens else [line]
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "prometheus.yml"
        copy.write_text("\n".join(kept), encoding="utf-8")
        return work.run("check", "config", "--syntax-only", str(copy))


def _failed(work: Work, path: str, output: Output) -> Iterator[Finding]:
    if output.code == 0 and "SUCCESS" not in output.text:
        raise Unreadable
    if output.code == 0 or not output.text:
        return
    told = [line.strip() for line in output.text.splitlines() if line.strip() and not line.startswith("Checking")]
    reasons = [line for line in told if line not in ("FAILED:", "Unit Testing:")] or ["failed"]
    match = re.search(r"(?:line |:)(\d+):", " ".join(reasons))
    yield work.finding(path, int(match[1]) if match else 0, " ".join(reasons)[:400])


TOOL: Final = Tool(
    Program("promtool", "part of Prometheus: https://prometheus.io/download/"),
    Format.PROMETHEUS,
    "the configuration of Prometheus, its rules and their tests",
    _files,
    _run,
)
