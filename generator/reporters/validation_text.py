"""What `validate` found, as a person reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from generator.checks.run import is_broken
from generator.finding import CheckResult, Finding, Severity
from generator.report import ValidationReport
from generator.reporters.text import filled, number


def report(result: ValidationReport) -> str:
    """The findings, file by file, then what did not run or broke, then the sums."""
    found = "\n".join(_findings(result.findings))
    return f"{found}\n\n{summary(result)}" if found else summary(result)


def summary(result: ValidationReport) -> str:
    """The report without the findings."""
    sections = (_held(result.checks), _broken(result.checks), _tools(result.checks), _sums(result))
    return "\n\n".join("\n".join(section) for section in map(list, sections) if section)


def named(path: str) -> str:
    """A path in one line that no runner of workflows takes for a command."""
    return ("./" if path.startswith(":") else "") + _in_line(path)


def _in_line(text: str) -> str:
    """What stands behind something else, so that no part of it is a command."""
    return text.replace("\n", "\\n").replace("##[", "## [")


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for path in dict.fromkeys(finding.path for finding in findings):
        for f in (finding for finding in findings if finding.path == path):
            place = ":".join([named(f.path), *(str(n) for n in (f.line, f.column if f.line else 0) if n)])
            yield f"{f'{place}: ' if f.path else ''}{f.severity}: {_in_line(f.message)} [{f.rule}]"
            if f.fix:
                yield f"  fix: {_in_line(f.fix)}"


def _held(checks: Sequence[CheckResult]) -> Iterator[str]:
    """For each file that cannot be parsed what is not told because of it."""
    files = sorted({path for check in checks for path in check.held})
    if files:
        yield "Not told before these files are mended"
    for path in files:
        rules = {check.name: check.held[path] for check in checks if path in check.held}
        found = f"{number(sum(rules.values()), 'finding')} of {number(len(rules), 'rule')}"
        names = ", ".join(sorted(rules))
        yield filled(f"  {found} may follow from {named(path)}, which cannot be parsed: mend it first ({names})")


def _broken(checks: Sequence[CheckResult]) -> Iterator[str]:
    """The rules that broke."""
    broken = [check for check in checks if is_broken(check)]
    if broken:
        yield "What could not be judged"
    for check in broken:
        yield filled(f"  {check.status:<8}{check.name}: {check.reason}")


def _tools(checks: Sequence[CheckResult]) -> Iterator[str]:
    """Each other program."""
    told = [check for check in checks if check.kind == "external"]
    if told:
        yield "Other programs"
    for check in told:
        about = f": {check.reason}" if check.reason else f" ({number(check.files, 'file')})"
        yield filled(f"  {check.status:<8}{check.name}{about}")


def _sums(result: ValidationReport) -> Iterator[str]:
    counts = Counter(finding.severity for finding in result.findings)
    found = ", ".join(number(counts[severity], severity) for severity in Severity if counts[severity])
    rules = sum(check.kind == "built-in" for check in result.checks)
    tools = sum(check.kind == "external" and check.status != "skipped" for check in result.checks)
    by = number(rules, "rule") + (f" and {number(tools, 'other program')}" if tools else "")
    meant = f"; {number(len(result.suppressed), 'finding')} suppressed" if result.suppressed else ""
    judged = f"{number(result.files, 'file')} of {number(result.lines, 'line')} judged by {by}"
    yield filled(f"{judged}: {found or 'nothing found'}{meant}")
    if result.findings:
        if any(finding.places for finding in result.findings):
            yield "agency-scaffold validate --all tells each place of what is said once."
        yield "agency-scaffold explain RULE says more of each, and how to say that one is meant."
