"""Runs of `validate` from the command line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from generator import __version__, repository
from generator.accounts import printable
from generator.checks import RULES
from generator.checks.choice import Choice, choose
from generator.checks.external import TOOLS, missing, run_external
from generator.checks.run import is_broken, run
from generator.checks.source import Sources
from generator.checks.suppressions import Settled, settle
from generator.console import folder, progress, show
from generator.errors import ScaffoldError, ToolMissingError, UsageError
from generator.finding import NO_FILE, CheckResult, Finding, Severity
from generator.report import SuppressedLine, ValidationReport
from generator.reporters import github, sarif, validation_text
from generator.reporters import json as json_reporter
from generator.repository import Repository

External = Literal["auto", "never", "require"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    directory: Path
    format: Literal["text", "json", "sarif", "github"] = "text"
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    external: External = "auto"
    strict: bool = False
    every: bool = False
    """Each place is told of what else is said once."""


def show_validation(asked: Asked) -> int:
    """Judges a folder and prints what was found; returns 1 where an error is among it, with `strict` a warning, too.

    Raises:
        UsageError: A check that there is not, or nothing is left to check.
        ScaffoldError: The folder is missing or cannot be read.
        ToolMissingError: A tool that has files to judge is not there, with `external` = "require".
    """
    choice = choose(asked.only, asked.skip)
    if asked.external == "never" and choice.only and choice.only <= TOOLS.keys():
        raise UsageError("nothing is left to check", hint="--external never leaves out all that --only names.")
    root = folder(asked.directory)
    if not root.is_dir():
        raise ScaffoldError(f"{asked.directory} is not there", hint="Give the folder of a repository.")
    there = repository.read(root)
    report = _validated(asked, root, there, choice)
    if asked.format == "sarif":
        show(sarif.report(report, RULES, there.prefix), plain=True)
    elif asked.format == "github":
        show(github.report(report, there.prefix))
    elif asked.format == "json":
        show(json_reporter.report(report), plain=True)
    else:
        show(validation_text.report(report))
    return report.exit_code


def _validated(asked: Asked, root: Path, there: Repository, choice: Choice) -> ValidationReport:
    sources = Sources(
        there.tree,
        quiet=there.quiet,
        unread=there.unread,
        inside=there.inside,
        remarks=there.remarks,
        absent=there.absent,
    )
    if asked.external == "require" and (absent := missing(sources, choice.tools)):
        told = "; ".join(f"{name} is not installed: {how}" for name, how in absent.items())
        raise ToolMissingError(told, hint="Install them, or leave them out with --skip.")
    verdict = run(sources, choice.rules, edited=True, takes=choice.takes)
    if asked.external != "never":
        with progress(quiet=asked.format != "text") as running:
            verdict += run_external(there.root, sources, tools=choice.tools, slow=True, running=running)
    settled = settle(sources, verdict, (*RULES, *TOOLS), unused=choice.whole, every=asked.every)
    return _report(asked, root, sources, settled)


def _report(asked: Asked, root: Path, sources: Sources, settled: Settled) -> ValidationReport:
    judged = [path for path in sources.tree if path not in sources.quiet and path not in sources.unread]
    severe = {Severity.ERROR, Severity.WARNING} if asked.strict else {Severity.ERROR}
    findings, checks = settled.verdict.findings, settled.verdict.checks
    return ValidationReport(
        version=__version__,
        directory=printable(root),
        strict=asked.strict,
        # A rule that broke has looked at nothing, nor has a program that was asked for and is skipped.
        exit_code=int(
            any(finding.severity in severe for finding in findings)
            or any(map(is_broken, checks))
            or (asked.external == "require" and any(map(_is_left_out, checks)))
        ),
        files=len(judged),
        lines=sum(sources.tree[path].content.count(b"\n") for path in judged),
        checks=[check for check in checks if check.reason != NO_FILE],
        findings=[_within(sources.inside, finding) for finding in findings],
        suppressed=[
            SuppressedLine(finding=_within(sources.inside, finding), reason=reason)
            for finding, reason in settled.suppressed
        ],
    )


def _is_left_out(check: CheckResult) -> bool:
    """Whether another program had something to judge, and did not."""
    return check.kind == "external" and check.status == "skipped" and check.reason != NO_FILE


def _within(inside: str, finding: Finding) -> Finding:
    """A finding with its path as seen from the folder that is judged."""
    return replace(finding, path=f"{finding.path}/".removeprefix(inside).removesuffix("/")) if inside else finding
