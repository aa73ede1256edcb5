"""The record of what was generated: `.agency/scaffold/lock`.

Text: a header (format, our version, the fingerprint of the inputs), then a line per file,
`kind template-id sha256 base64(zlib(bytes)) path`, sorted by path. So the baseline of a
later merge travels with every clone and needs neither the network nor our old version.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from generator import __version__, places
from generator.errors import ScaffoldError

Kind = Literal["file", "exec", "once", "block", "proposed"]
HEADER: Final = "# agency-scaffold lock 1"
_NOTE: Final = "# What was generated: the baseline of the next update. Commit it; in a conflict keep both sides."


@dataclass(frozen=True, slots=True)
class Entry:
    """One generated file: its bytes as we made them (for `block` the region), and where they come from.

    `proposed` is what could not be written because the path held a file that we did not make.
    """

    path: str
    kind: Kind
    template: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Record:
    """The header's facts and the entries by path."""

    version: str
    fingerprint: str
    entries: dict[str, Entry]


def fingerprint(answers: bytes, templates: str) -> str:
    """One hash over all inputs of a rendering."""
    return hashlib.sha256(b"\0".join((__version__.encode(), templates.encode(), answers))).hexdigest()


def templates_digest() -> str:
    """A hash over the templates and the code that renders them."""
    root = places.templates()
    total = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        inside = path.relative_to(root).parts
        if "__pycache__" in inside or "tests" in inside[1:2]:
            continue
        total.update("/".join(inside).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def dump(fingerprint_: str, entries: Iterable[Entry], before: str = "") -> str:
    """The lock's text; a line of `before` is kept as it is while kind, template and hash are unchanged."""
    kept = {_identity(line): line for line in before.splitlines() if line and not line.startswith("#")}
    lines = [HEADER, f"# version {__version__}", f"# fingerprint {fingerprint_}", _NOTE]
    for entry in sorted(entries, key=lambda e: e.path):
        identity = (entry.kind, entry.template, entry.sha256, entry.path)
        packed = base64.b64encode(zlib.compress(entry.content, 9)).decode()
        fresh = f"{entry.kind} {entry.template} {entry.sha256} {packed} {entry.path}"
        lines.append(kept.get(identity, fresh))
    return "\n".join(lines) + "\n"


def with_proposals(text: str, paths: Iterable[str]) -> str:
    """A lock in which the entries of `paths` are proposals."""
    marked = set(paths)
    lines = []
    for line in text.splitlines():
        words = line.split(" ", 4)
        late = not line.startswith("#") and len(words) == 5 and words[4] in marked
        lines.append(" ".join(["proposed", *words[1:]]) if late else line)
    return "\n".join(lines) + "\n"


def _identity(line: str) -> tuple[str, ...]:
    words = line.split(" ", 4)
    return (*words[:3], words[4]) if len(words) == 5 else ()


def load(text: str) -> Record:
    """Reads a lock; raises ScaffoldError with the line where it is damaged."""
    entries: dict[str, Entry] = {}
    facts: dict[str, str] = {}
    if not text.startswith(HEADER):
        raise ScaffoldError(f"{places.LOCK} is not a lock that this version reads", hint="Restore it from git.")
    for number, line in enumerate(text.splitlines(), 1):
        fact = re.fullmatch(r"# (version|fingerprint) (\S+)", line)
        if fact:
            facts[fact.group(1)] = fact.group(2)
        if not line or line.startswith("#"):
            continue
        entry = _entry(line, number)
        entries[entry.path] = entry
    return Record(facts.get("version", ""), facts.get("fingerprint", ""), entries)


def _entry(line: str, number: int) -> Entry:
    try:
        kind, template, sha256, packed, path = line.split(" ", 4)
        entry = Entry(path, kind, template, zlib.decompress(base64.b64decode(packed, validate=True)))  # type: ignore[arg-type]
    except (ValueError, zlib.error) as error:
        raise ScaffoldError(
            f"{places.LOCK}:{number}: the line is damaged", hint="Restore the file from git."
        ) from error
    if entry.sha256 != sha256:
        raise ScaffoldError(
            f"{places.LOCK}:{number}: {path} does not match its hash", hint="Restore the file from git."
        )
    return entry
