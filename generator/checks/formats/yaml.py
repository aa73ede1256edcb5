"""YAML by PyYAML's C parser: nodes with positions, several documents in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from generator import places
from generator.checks.formats.yaml_node import ABSENT, Node
from generator.checks.source import Sources, is_template, lines, shared, text

__all__ = ["ABSENT", "Mistake", "Node", "YamlFile", "parse", "parse_text", "paths", "root"]

_TAG: Final = re.compile(r"[^'\"#\n]*?(?:(?<!\$)\{\{|\{%|\{#|<%)|[\w\s\"-]+:\s+(?:\{\{|@[\w.-]+@|%\w+%)")
"""What stands outside of quotes in templates of Jinja, Go, ERB, Maven and others, and nowhere in YAML."""
LARGEST: Final = 200_000
"""Nodes that a document may have once its aliases are written out."""
SEARCHED: Final = 200_000
"""Characters that a text may have for a second look at what is wrong with it."""
DEEPEST: Final = 100
"""Levels that a document may have: what walks it is recursive."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a file of some format cannot be read, or what else is wrong in its text."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The documents of a file; none where it cannot be parsed or must not be expanded."""

    documents: tuple[Node, ...] = ()
    syntax: Mistake | None = None
    bomb: Mistake | None = None
    duplicates: tuple[Mistake, ...] = ()
    unfilled: bool = False
    """Whether tags of a template stand where it cannot be parsed: nothing is known of what it becomes."""

    @property
    def root(self) -> Node:
        """The first document."""
        return self.documents[0] if self.documents else ABSENT


def paths(sources: Sources) -> Iterator[str]:
    """All YAML files; what becomes YAML later is none."""
    return (path for path in sources.ending(".yml", ".yaml") if not is_template(sources, path))


@shared
def parse(sources: Sources, path: str) -> YamlFile:
    """The parsed file; without documents where there is none, or where another program makes YAML of it."""
    parsed = examined(sources, path)
    if parsed.syntax or parsed.bomb:
        sources.lack(path)
    return parsed


@shared
def examined(sources: Sources, path: str) -> YamlFile:
    """The same, for who tells what is wrong with it."""
    if path not in sources.tree or is_template(sources, path):
        return YamlFile()
    parsed = parse_text(text(sources, path))
    # Nobody fills in what GitHub reads, nor what we generated.
    final = path.startswith(".github/") or places.LOCK in sources.tree
    unfilled = parsed.syntax and not final and _is_unfilled(sources, path, parsed.syntax.line)
    return YamlFile(unfilled=True) if unfilled else parsed


def _is_unfilled(sources: Sources, path: str, line: int) -> bool:
    """Whether tags stand where it cannot be read: it is a template of a program without other traces. Ours are none."""
    return any(_TAG.match(row) for row in lines(sources, path)[max(line - 2, 0) : line])


def root(sources: Sources, path: str) -> Node:
    """The first document of a file."""
    return parse(sources, path).root


def parse_text(content: str) -> YamlFile:
    """The documents of a YAML text."""
    import yaml  # noqa: PLC0415 -- loaded when the first YAML file is

    try:
        return _examined(list(yaml.compose_all(content, yaml.CSafeLoader)))
    except yaml.MarkedYAMLError as error:
        if "duplicate anchor" in str(error.context):
            return _with_anchors_again(yaml, content)
        quote = _opened(yaml, content, error)
        if quote:
            return YamlFile(syntax=Mistake(quote.line + 1, quote.column + 1, "the quote that opens here is not closed"))
        mark = error.problem_mark or error.context_mark
        where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f" ({error.context})" if error.context else ""
        return YamlFile(syntax=Mistake(*where, f"{error.problem or 'not YAML'}{context}"))
    except yaml.YAMLError as error:
        return YamlFile(syntax=Mistake(1, 1, str(error).partition("\n")[0]))
    except RecursionError:
        return YamlFile(syntax=Mistake(1, 1, "nested too deeply"))


def _opened(yaml: Any, content: str, error: Any) -> Any:
    """Where the quote begins that is the cause: it is not closed, or only where the next one opens."""
    if "quoted scalar" in str(error.context):
        return error.context_mark
    mark = error.problem_mark
    if mark is None or len(content) > SEARCHED:
        return None
    found = None
    try:
        for token in yaml.scan(content, yaml.CSafeLoader):
            if token.start_mark.line > mark.line:
                break
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if quoted and token.start_mark.line < token.end_mark.line == mark.line:
                found = token.start_mark
    except yaml.YAMLError:
        return found
    return found


def _with_anchors_again(yaml: Any, content: str) -> YamlFile:
    """The same for a text that gives an anchor twice, which YAML allows: the nearest one before is meant."""

    def compose_node(loader: Any, parent: Any, index: Any) -> Any:
        if not loader.check_event(yaml.AliasEvent):
            loader.anchors.pop(getattr(loader.peek_event(), "anchor", None), None)
        return yaml.SafeLoader.compose_node(loader, parent, index)

    lenient = type("Lenient", (yaml.SafeLoader,), {"compose_node": compose_node})
    try:
        return _examined(list(yaml.compose_all(content, lenient)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return YamlFile(syntax=Mistake(line, column, str(getattr(error, "problem", None) or error).partition("\n")[0]))
    except RecursionError:
        return YamlFile(syntax=Mistake(1, 1, "nested too deeply"))


def _examined(raw: list[Any]) -> YamlFile:
    for node in raw:
        if _size(node, {}, set())[0] > LARGEST:
            where = (node.start_mark.line + 1, node.start_mark.column + 1)
            return YamlFile(bomb=Mistake(*where, f"written out, the aliases make more than {LARGEST} nodes"))
    documents = tuple(Node(node) for node in raw if node.tag != "tag:yaml.org,2002:null")
    return YamlFile(documents, duplicates=tuple(m for node in raw for m in _duplicates(node, set())))


def _children(raw: Any) -> Iterator[Any]:
    if raw.id == "sequence":
        yield from raw.value
    elif raw.id == "mapping":
        for key, value in raw.value:
            yield key
            yield value


def _size(raw: Any, known: dict[int, tuple[int, int]], opened: set[int]) -> tuple[int, int]:
    """Nodes below `raw` and their levels, with aliases written out; one that contains itself has no end."""
    if raw.id == "scalar":
        return 1, 0
    if id(raw) in opened:
        return LARGEST + 1, 0
    if id(raw) not in known:
        if len(opened) > DEEPEST:
            raise RecursionError
        opened.add(id(raw))
        below = [_size(child, known, opened) for child in _children(raw)]
        opened.remove(id(raw))
        known[id(raw)] = 1 + sum(size for size, _ in below), 1 + max((levels for _, levels in below), default=0)
    if len(opened) + known[id(raw)][1] > DEEPEST + 1:
        raise RecursionError
    return known[id(raw)]


def _duplicates(raw: Any, seen: set[int]) -> Iterator[Mistake]:
    if raw.id == "scalar" or id(raw) in seen:
        return
    seen.add(id(raw))
    first: dict[tuple[str, str], int] = {}
    for key, _ in raw.value if raw.id == "mapping" else ():
        if key.id == "scalar":
            line = key.start_mark.line + 1
            if (key.tag, key.value) in first and key.value != "<<":
                before = first[(key.tag, key.value)]
                yield Mistake(line, key.start_mark.column + 1, f"key {key.value} is already given in line {before}")
            first.setdefault((key.tag, key.value), line)
    for child in _children(raw):
        yield from _duplicates(child, seen)
