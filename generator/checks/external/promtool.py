"""promtool: Prometheus' own check of configuration and rules, and the unit tests of the rules.

Some builds leave out Kubernetes discovery, older ones know no discovery by AWS roles; with those a copy without these
sections is judged.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.running import Output
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import prometheus
from generator.checks.rule import Format
from generator.checks.source import Sources, folder, name, text
from generator.finding import Finding

_PLACE: Final = re.compile(r"(?:(\d+):(\d+)|line (\d+)): (.*)")
_OF_ANOTHER: Final = re.compile(r"\S+\.ya?ml: ")
TEST: Final = 60
"""Seconds that the tests of one file may take."""
_DISCOVERY: Final = ("aws_sd_configs", "kubernetes_sd_configs")
_SECTION: Final = re.compile(rf"( *(?:- +)?)(?:{'|'.join(_DISCOVERY)}):\s*(?:\[.*\]\s*)?(?:#.*)?")


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
    slow = ""
    for path in sorted(judged.intersection(prometheus.test_files(work.sources))):
        try:
            output = work.run("test", "rules", name(path), cwd=work.root / folder(path), most=TEST)
        except subprocess.TimeoutExpired:
            slow = slow or path
        else:
            yield from _failed(work, path, output)
    if slow:
        raise Skip(f"the tests of {slow} gave no answer in {TEST} s")


def _without_discovery(work: Work, path: str) -> Output:
    kept: list[str] = []
    column = -1  # of the key whose section is left out
    for line in text(work.sources, path).split("\n"):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        # A list may stand as far left as its key.
        inside = column >= 0 and (
            not bare or bare.startswith("#") or indent > column or (indent == column and bare.startswith("- "))
        )
        opens = None if inside else _SECTION.fullmatch(line)
        if not inside:
            column = len(opens[1]) if opens else -1
        kept.append("" if inside else opens[1].rstrip() if opens else line)  # so that all else stays in its line
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "prometheus.yml"
        copy.write_text("\n".join(kept), encoding="utf-8")
        told = work.run("check", "config", "--syntax-only", str(copy))
    return Output(told.code, told.out.replace(str(copy), path), told.err.replace(str(copy), path))


def _failed(work: Work, path: str, output: Output) -> Iterator[Finding]:
    if output.code == 0 and "SUCCESS" not in output.text:
        raise Unreadable
    if output.code == 0 or not output.text:
        return
    told = [line.strip() for line in output.text.splitlines() if not line.startswith(("Checking", "Unit Testing:"))]
    for line, column, message in _mistakes(path, [line for line in told if line not in ("", "FAILED:")] or ["failed"]):
        yield work.finding(path, line, message[:400], column=column)


def _mistakes(path: str, told: Iterable[str]) -> list[tuple[int, int, str]]:
    """Each mistake with the line and column that promtool tells, 0 where it tells none.

    Behind the file's name comes one, or that there are some of YAML, which follow; what else follows belongs to the
    mistake before it. Another file, as the one that a unit test loads, has lines of its own.
    """
    ours = re.compile(rf"(?:FAILED: )?(?:parsing YAML file )?(?:\./)?(?:{re.escape(path)}|{re.escape(name(path))}): ")
    found: list[tuple[int, int, str]] = []
    own = False
    for line in told:
        said = ours.sub("", line, count=1) if ours.match(line) else line
        begins = said != line or said.startswith("yaml: ")
        own = begins or (own and _OF_ANOTHER.match(line) is None)
        place = _PLACE.fullmatch(said.removeprefix("yaml: ")) if own else None
        if place:
            found.append((int(place[1] or place[3]), int(place[2] or 0), place[4]))
        elif begins or not found:
            found.append((0, 0, said))
        else:
            found[-1] = (*found[-1][:2], f"{found[-1][2]} {said}")
    return [one for one in found if not one[2].endswith("unmarshal errors:")]


TOOL: Final = Tool(
    Program("promtool", "part of Prometheus: https://prometheus.io/download/"),
    Format.PROMETHEUS,
    "the configuration of Prometheus, its rules and their tests",
    _files,
    _run,
)
