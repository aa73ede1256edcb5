"""Shell scripts: which files are some, for which shell, and what the grammar reads in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.shell_grammar import Grammar
from generator.checks.formats.shell_words import META, ShellError
from generator.checks.formats.yaml import Mistake
from generator.checks.rule import Point
from generator.checks.source import Sources, folder, is_template, join, lines, shared, text

_SOURCE: Final = re.compile(r"^\s*(?:source|\\?\.) [\"']?(?:\$\{?\w+\}?|\$\(.*\)\"?)?/?([\w./-]+\.sh)[\"']?")
_SHELLCHECK: Final = re.compile(r"^# shellcheck .*\bshell=(\w+)", re.MULTILINE)
DEEP: Final = "nested too deeply to be judged"
"""What is said of a script that bash may read, and nobody else."""
SOURCES: Final = frozenset({"source", ".", "\\."})
"""The commands that source a file; the last can be no alias."""
_LED: Final = re.compile(r"\breadlink\b|\brealpath\b|\bpwd -P\b")
"""How a script finds the file that a link to it leads to."""
_LINE_END: Final = re.compile(r"\n")
_FIRST: Final = 256
"""Bytes of a first line that systems read."""


def paths(sources: Sources) -> Iterator[str]:
    """All shell scripts: by their suffix, or their first line; what becomes a script later is none."""
    for path, file in sources.tree.items():
        first = file.content[:_FIRST].partition(b"\n")[0] if file.content.startswith(b"#!") else b""
        named = path.endswith((".sh", ".bash")) or interpreter(first.decode(errors="replace"))[0].endswith("sh")
        if named and not is_template(sources, path):
            yield path


def is_library(path: str) -> bool:
    """Whether a script is made to be sourced: it lies in a folder `lib`, or holds values only."""
    return "/lib/" in f"/{path}" or path.endswith(".env.sh")


@shared
def code(sources: Sources, path: str) -> tuple[tuple[int, str], ...]:
    """(number, line) of the lines that are not comments."""
    return tuple(
        (n, one) for n, one in enumerate(lines(sources, path), 1) if one.strip() and not one.lstrip().startswith("#")
    )


def source_target(line: str) -> str:
    """The path that a line sources, without the variable that it starts with; "" where it sources nothing."""
    match = _SOURCE.match(line)
    return match[1] if match else ""


def sourced(sources: Sources, path: str, line: str) -> str:
    """The file of the tree that a line of a script sources; "" for none."""
    target = source_target(line)
    bases = (*_folders(sources, path), "", "scripts", "scripts/lib") if target else ()
    return next((place for base in bases if (place := join(base, target)) in sources.tree), "")


@shared
def _folders(sources: Sources, path: str) -> tuple[str, ...]:
    """The folders that a script may take for its own: where links lead, is not known, but the same stands there."""
    content = sources.tree[path].content
    same = _alike(sources).get(content, ()) if _LED.search(text(sources, path)) else ()
    return tuple(dict.fromkeys((folder(path), *map(folder, same))))


@shared
def _alike(sources: Sources) -> dict[bytes, tuple[str, ...]]:
    """The scripts by what they hold."""
    found: dict[bytes, tuple[str, ...]] = {}
    for path in paths(sources):
        content = sources.tree[path].content
        found[content] = (*found.get(content, ()), path)
    return found


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it was read; where something is wrong, only what stands before that."""

    mistake: Mistake | None
    grammar: Grammar
    starts: tuple[int, ...]
    """The offset at which each line begins."""

    def place(self, offset: int) -> Point:
        """Where an offset lies."""
        line = bisect_right(self.starts, offset)
        return Point(line, offset - self.starts[line - 1] + 1)


def interpreter(first: str) -> tuple[str, str]:
    """The program that a first line asks for, without its folder, and its options; "" for one that asks for none."""
    words = first[2:].split() if first.startswith("#!") else []
    # With s6 the environment is that of the container.
    if words and words[0].endswith(("/env", "/with-contenv")):
        words = [word for word in words[1:] if word != "-S"]
    return (words[0].rpartition("/")[2], " ".join(words[1:])) if words else ("", "")


@shared
def dialect(sources: Sources, path: str) -> str:
    """The shell that a script is for: bash or sh; "" for one that something else reads, and for a template."""
    content = text(sources, path)
    if is_template(sources, path) or "\0" in content or not content:
        return ""
    given = _SHELLCHECK.search(content[:2000])
    name = given[1] if given else interpreter(lines(sources, path)[0])[0] or "bash"
    return {"bash": "bash", "sh": "sh", "dash": "sh", "ash": "sh"}.get(name, "")


@shared
def script(sources: Sources, path: str) -> Script:
    """A script, read by the grammar of bash."""
    parsed = examined(sources, path)
    if parsed.mistake and path in _scripts(sources):
        sources.lack(path)
    return parsed


@shared
def _scripts(sources: Sources) -> frozenset[str]:
    """What must be a script: parts of a makefile, too, are read as if they were."""
    return frozenset(paths(sources))


@shared
def examined(sources: Sources, path: str) -> Script:
    """The same, for who tells what is wrong with it."""
    content = text(sources, path)
    grammar = Grammar(content)
    starts = (0, *(match.end() for match in _LINE_END.finditer(content)))
    try:
        grammar.script()
    except ShellError as error:
        offset, message = _likelier(grammar, error)
        line = bisect_right(starts, offset)
        return Script(Mistake(line, offset - starts[line - 1] + 1, message), grammar, starts)
    except RecursionError:
        line = bisect_right(starts, grammar.at)
        return Script(Mistake(line, grammar.at - starts[line - 1] + 1, DEEP), grammar, starts)
    return Script(None, grammar, starts)


def _likelier(grammar: Grammar, error: ShellError) -> tuple[int, str]:
    """Where a quote was forgotten everything after it is turned inside out: the quote is what is wrong.

    A text that goes over lines and has a letter right behind its end is one that was not meant to end there.
    """
    for start, end in grammar.found.spans:
        after = grammar.text[end : end + 1]
        if start < error.offset and after and after not in META + "\\":
            return start, f"{grammar.text[start]} is not closed in this line"
    return error.offset, error.message
