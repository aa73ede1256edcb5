"""Reads the cases of `tests/checks/cases/`: for each rule, small trees that it refuses and accepts.

    === refused            starts a case; what follows on the line is its name
    --- path               starts a file; `--- path *` is an executable one, `--- path ! why` one that cannot be read
    >>> path:line:column message     a finding that is expected, all of them and no other

`_JOIN_` vanishes: it keeps secret scanners away from what only looks like a secret.
`\\xNN` in a file of a case whose name is `latin` is that byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from generator.checks.source import Sources
from generator.tree import File, Tree

FOLDER = Path(__file__).parent / "cases"


@dataclass
class Case:
    """A tree and what a rule must say about it."""

    rule: str
    refused: bool
    name: str
    files: dict[str, File] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    @property
    def sources(self) -> Sources:
        return Sources(Tree(self.files), unread=self.unread)


def cases() -> list[Case]:
    """All cases, by rule."""
    return [case for path in sorted(FOLDER.glob("*.txt")) for case in _read(path)]


def _read(path: Path) -> Iterator[Case]:
    for block in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        kind, _, name = head.partition(" ")
        case = Case(path.stem, kind == "refused", name)
        content, *findings = re.split(r"^>>> (?=\S+:\d+:\d+ )", body, flags=re.MULTILINE)
        case.findings = [finding.rstrip("\n") for finding in findings]
        for part in re.split(r"^--- ", content, flags=re.MULTILINE)[1:]:
            title, _, text = part.partition("\n")
            title, _, why = title.partition(" ! ")
            if why:
                case.unread[title] = why
            data = text.replace("_JOIN_", "").encode()
            if name == "latin":
                data = re.sub(rb"\\x(..)", lambda match: bytes.fromhex(match[1].decode()), data)
            case.files[title.removesuffix(" *")] = File(data, title.endswith(" *"))
        yield case
