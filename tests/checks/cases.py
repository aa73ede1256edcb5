"""Reads the cases of `tests/checks/cases/`: for each rule, small trees that it refuses and accepts.

    === refused            starts a case; what follows on the line is its name
    --- path               starts a file; `--- path *` is an executable one, `--- path ! why` one that cannot be
                           read, `--- path ! note: why` one that need not be
    >>> path:line:column message     a finding that is expected, all of them and no other: an error
    >>> path:line:column warning: message     a warning, as `note: message` is a note
        fix: hint                    its fix, where it has one

A case whose name begins with `elsewhere` is one that has no file for the rule.
`_JOIN_` vanishes: it keeps secret scanners away from what only looks like a secret.
`\\xNN` in a file of a case whose name is `latin` is that byte.

`python -m tests.checks.cases [rule ...]` names the files whose findings are not what the rules say now (all, where none
is given); with `--write` it writes these lines anew, and nothing else, so that a person can read the difference.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from generator.checks import RULES
from generator.checks.source import Sources
from generator.finding import Finding, Remark, Severity
from generator.tree import File, Tree
from tests.support.judge import judge

FOLDER: Final = Path(__file__).parent / "cases"
_CASE: Final = re.compile(r"^(?==== )", re.MULTILINE)
_FINDING: Final = re.compile(r"^>>> (?=\S+:\d+:\d+ )", re.MULTILINE)


@dataclass
class Case:
    """A tree and what a rule must say about it."""

    rule: str
    refused: bool
    name: str
    files: dict[str, File] = field(default_factory=dict)
    unread: dict[str, Remark] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def sources(self) -> Sources:
        return Sources(Tree(self.files), unread=self.unread)


def cases() -> list[Case]:
    """All cases, by rule."""
    return [
        _case(path.stem, block)
        for path in sorted(FOLDER.glob("*.txt"))
        for block in _blocks(path.read_text(encoding="utf-8"))[1:]
    ]


def written(finding: Finding) -> str:
    """A finding as it stands behind `>>> `."""
    word = "" if finding.severity is Severity.ERROR else f"{finding.severity}: "
    fix = f"\n    fix: {finding.fix}" if finding.fix else ""
    return f"{finding.path}:{finding.line}:{finding.column} {word}{finding.message}{fix}"


def rewritten(text: str, judged: Callable[[Sources], Iterable[Finding]]) -> str:
    """The text of cases with the findings that there are now."""
    first, *blocks = _blocks(text)
    return first + "".join(_rewritten(block, judged) for block in blocks)


def _rewritten(block: str, judged: Callable[[Sources], Iterable[Finding]]) -> str:
    content, *old = _FINDING.split(block)
    below = old[-1][len(old[-1].rstrip("\n")) + 1 :] if old else ""
    return content + "".join(f">>> {written(one)}\n" for one in judged(_case("", block).sources)) + below


def _blocks(text: str) -> list[str]:
    """What stands before the first case, and each case with its head."""
    return _CASE.split(text)


def _case(rule: str, block: str) -> Case:
    head, _, body = block.removeprefix("=== ").partition("\n")
    kind, _, name = head.partition(" ")
    case = Case(rule, kind == "refused", name)
    content, *findings = _FINDING.split(body)
    case.findings = [finding.rstrip("\n") for finding in findings]
    for part in re.split(r"^--- ", content, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        title, _, why = title.partition(" ! ")
        if why:
            severity = Severity.NOTE if why.startswith("note: ") else Severity.WARNING
            case.unread[title] = Remark(why.removeprefix("note: "), severity=severity)
        data = text.replace("_JOIN_", "").encode()
        if name == "latin":
            data = re.sub(rb"\\x(..)", lambda match: bytes.fromhex(match[1].decode()), data)
        case.files[title.removesuffix(" *")] = File(data, title.endswith(" *"))
    return case


def _findings(rule: str, sources: Sources) -> tuple[Finding, ...]:
    return judge(sources, [rule]).findings


def _stale(rules: list[str]) -> Iterator[tuple[Path, str]]:
    """Each file whose findings are others now, with its new text."""
    for rule in rules:
        path = FOLDER / f"{rule}.txt"
        text = path.read_bytes().decode()
        if (new := rewritten(text, partial(_findings, rule))) != text:
            yield path, new


def main() -> None:
    """Reads the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.checks.cases", description=__doc__.partition("\n")[0])
    options.add_argument("rules", nargs="*", metavar="rule", help="rules; none: all")
    options.add_argument("--write", action="store_true", help="write the findings anew")
    given = options.parse_args()
    for path, text in _stale(given.rules or sorted(RULES)):
        print(path.relative_to(FOLDER.parent))
        if given.write:
            path.write_bytes(text.encode())


if __name__ == "__main__":
    main()
