"""The record of what was generated: `.agency/scaffold/lock`.

Text: a header (format, our version, the fingerprint of the inputs), then a line per file,
`kind template-id sha256 base64(zlib(bytes)) path`, sorted by path. So the baseline of a
later merge travels with every clone and needs neither the network nor our old version.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast, get_args

from generator import __version__, places
from generator.errors import ScaffoldError

Kind = Literal["file", "exec", "once", "block"]
State = Literal["", "proposed", "declined", "orphaned", "released"]
HEADER: Final = "# agency-scaffold lock 1"
_NOTE: Final = (
    "# What was generated: the baseline of the next update. Commit it; agency-scaffold update settles conflicts in it."
)
_UNKNOWN: Final = "-"
_OF_STATE: Final = frozenset({".gitattributes", "answers.schema.json", "todo.yml"})
"""What is generated into our state folder; a record that names anything else there was not made by us."""
_LARGEST: Final = 10_000_000
"""Bytes of a file; a line that unpacks to more was not made by us."""
_VERSION: Final = re.compile(
    r"(?P<numbers>\d+(\.\d+)*)((?P<stage>a|b|rc)(?P<count>\d+))?(\.post(?P<post>\d+))?(\.dev(?P<dev>\d+))?(\+.*)?"
)
_MARKERS: Final = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One generated file: its bytes as we made them (for `block` the region), and where they come from."""

    path: str
    kind: Kind
    template: str
    content: bytes
    state: State = ""
    """"" = the baseline of the file at the path. `proposed`: could not be written, and waits beside the baseline.
    `declined`: refused on record, the path is the user's. `orphaned`: the baseline of what is no longer generated.
    `released`: no longer generated either, but declined or deleted before, and so nobody's but the user's."""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def word(self) -> str:
        """Kind and state as the lock has them."""
        return f"{self.kind}+{self.state}" if self.state else self.kind

    @property
    def executable(self) -> bool:
        return self.kind == "exec"


@dataclass(frozen=True, slots=True)
class Record:
    """The header's facts and the entries by path: baselines, and the proposals beside them.

    A lock that git merged may have several baselines for a path (`doubled`); one that is `clean` is as we wrote it.
    """

    version: str
    fingerprint: str
    """Over all inputs; "" where not every line is what these inputs make."""
    entries: dict[str, Entry]
    proposals: dict[str, Entry] = field(default_factory=dict)
    doubled: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    clean: bool = True


def fingerprint(answers: bytes) -> str:
    """One hash over all inputs of a rendering: the answers file, our version, the templates and the code."""
    return hashlib.sha256(b"\0".join((__version__.encode(), sources_digest().encode(), answers))).hexdigest()


@cache
def sources_digest() -> str:
    """A hash over the templates and the code that renders them."""
    total = hashlib.sha256()
    for path, name in _sources():
        with open(path, "rb") as file:  # noqa: PTH123 -- half the time of pathlib, for each of some 600 files
            total.update(name.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return total.hexdigest()


def _sources() -> Iterator[tuple[str, str]]:
    """Every file that a rendering may depend on, with its name; tests and what Python compiles are none."""
    root, package = str(places.templates()), str(Path(__file__).parent)
    for name in _files(root):
        if name.split("/")[1:2] != ["tests"]:
            yield f"{root}/{name}", name
    for name in _files(package):
        if name.endswith(".py") and not name.startswith(("templates/", "checks/", "cli/", "reporters/")):
            yield f"{package}/{name}", f"generator/{name}"


def _files(root: str) -> list[str]:
    """The names of all files below a folder, but for what Python compiled, in their order."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != "__pycache__"]
        inside = folder[len(root) + 1 :].replace(os.sep, "/")
        found += [f"{inside}/{name}" if inside else name for name in files]
    return sorted(found)


def dump(fingerprint_: str, entries: Iterable[Entry], before: str = "", version: str = __version__) -> str:
    """The lock's text; a line of `before` is kept as it is while kind, template and hash are unchanged."""
    kept = {_identity(line): line for line in before.splitlines() if not line.startswith("#")}
    lines = _head(version, fingerprint_)
    for entry in sorted(entries, key=lambda e: (e.path, e.state)):
        identity = (entry.word, entry.template, entry.sha256, entry.path)
        lines.append(kept.get(identity) or _line(entry))
    return "\n".join(lines) + "\n"


def _head(version: str, fingerprint_: str) -> list[str]:
    return [HEADER, f"# version {version}", f"# fingerprint {fingerprint_ or _UNKNOWN}", _NOTE]


def _line(entry: Entry) -> str:
    packed = base64.b64encode(zlib.compress(entry.content, 9)).decode()
    return f"{entry.word} {entry.template} {entry.sha256} {packed} {entry.path}"


def _identity(line: str) -> tuple[str, ...]:
    words = line.split(" ", 4)
    return (*words[:3], words[4]) if len(words) == 5 else ()


def with_late(text: str, before: str, late: Iterable[str]) -> str:
    """A lock that will be true although the paths of `late` changed while we wrote.

    What was generated for them is a proposal beside their old baseline; one that was to be deleted is orphaned. A
    proposal that changed is still of what was proposed before.
    """
    new, old = load(text), load(before) if before else Record("", "", {})
    entries, proposals = dict(new.entries), dict(new.proposals)
    for path in late:
        fresh, base = entries.pop(path, None), old.entries.get(path)
        if fresh:
            proposals[path] = replace(fresh, state="proposed")
        if base:
            entries[path] = base if fresh else replace(base, state="orphaned")
        waiting = old.proposals.get(path.removeprefix(f"{places.PROPOSED}/"))
        if waiting and path != waiting.path:
            proposals[waiting.path] = waiting
    return dump("", [*entries.values(), *proposals.values()], f"{text}{before}")


def load(text: str) -> Record:
    """Reads a lock, also one that git merged; raises ScaffoldError with the line where it is damaged."""
    if HEADER not in text.splitlines():
        raise ScaffoldError(f"{places.LOCK} is not a lock that this version reads", hint="Restore it from git.")
    facts: dict[str, list[str]] = {"version": [], "fingerprint": []}
    found: list[Entry] = []
    side = ""
    for number, line in enumerate(text.splitlines(), 1):
        fact = re.fullmatch(r"# (version|fingerprint) (\S+)", line)
        if line[:7] in _MARKERS:
            side = "" if line[:7] == ">>>>>>>" else line[:7]
        elif side == "|||||||":
            continue  # what both branches have left behind
        elif fact:
            facts[fact[1]].append(fact[2])
        elif line and not line.startswith("#"):
            found.append(_entry(line, number))
    return _record(text, facts, found)


def _record(text: str, facts: dict[str, list[str]], found: list[Entry]) -> Record:
    baselines: dict[str, list[Entry]] = {}
    proposals: dict[str, Entry] = {}
    for entry in found:
        if entry.state == "proposed":
            proposals[entry.path] = entry
        elif entry not in baselines.setdefault(entry.path, []):
            baselines[entry.path].append(entry)
    entries = {path: several[0] for path, several in baselines.items()}
    fingerprint_ = facts["fingerprint"][0] if len(set(facts["fingerprint"])) == 1 else ""
    ordered = [(entry.path, entry.state) for entry in found]
    merged = text.count(HEADER) > 1 or re.search(rf"^({'|'.join(map(re.escape, _MARKERS))})", text, re.MULTILINE)
    clean = not merged and ordered == sorted(set(ordered))
    return Record(
        max(facts["version"], key=release, default=""),
        "" if fingerprint_ == _UNKNOWN or not clean else fingerprint_,
        entries,
        proposals,
        {path: tuple(several) for path, several in baselines.items() if len(several) > 1},
        clean,
    )


def release(version: str) -> tuple[tuple[int, ...], tuple[str, int], int, float]:
    """A version as something to compare, in the order of PEP 440; what is none comes first."""
    found = _VERSION.fullmatch(version)
    if not found:
        return (), ("", 0), -1, 0
    numbers = tuple(map(int, re.sub(r"(\.0+)+$", "", found["numbers"]).split(".")))
    stage = (found["stage"], int(found["count"])) if found["stage"] else ("z", 0)
    if found["dev"] and not found["stage"] and not found["post"]:
        stage = ("", 0)  # before its first alpha
    return numbers, stage, int(found["post"] or -1), int(found["dev"]) if found["dev"] else math.inf


def _entry(line: str, number: int) -> Entry:
    try:
        word, template, sha256, packed, path = line.split(" ", 4)
        kind, _, state = word.partition("+")
        if kind not in get_args(Kind) or state not in get_args(State) or not _inside(path):
            raise ValueError(line)
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(packed, validate=True), _LARGEST)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise ValueError(path)
        if kind == "block":
            content.decode("utf-8")
        entry = Entry(path, cast(Kind, kind), template, content, cast(State, state))
    except (ValueError, zlib.error) as error:
        raise ScaffoldError(
            f"{places.LOCK}:{number}: the line is damaged", hint="Restore the file from git."
        ) from error
    if entry.sha256 != sha256:
        raise ScaffoldError(
            f"{places.LOCK}:{number}: {path} does not match its hash", hint="Restore the file from git."
        )
    return entry


def _inside(path: str) -> bool:
    """Whether a path is one of ours: a lock from elsewhere must not make us write outside of the folder."""
    plain = re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", path)
    own = path.startswith(f"{places.STATE}/") and path.removeprefix(f"{places.STATE}/") not in _OF_STATE
    return bool(plain) and not own and not {".", "..", ".git"} & {*path.split("/")}
