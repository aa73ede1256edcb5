"""Every name in a Terraform file, from a plain walk of its syntax: no schema and no rule says what is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tree_sitter
import tree_sitter_hcl

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
_NAMED = {
    "function_call": "function",
    "for_intro": "bound",
    "get_attr": "step",
    "variable_expr": "root",
}


@dataclass(frozen=True)
class Word:
    """A name and where it stands; lines and columns count from 1."""

    kind: str
    name: str
    path: str
    line: int
    column: int
    blocks: tuple[str, ...] = ()
    """The keywords of the blocks around it, the outermost first."""
    argument: str = ""
    """The argument in whose value it stands."""
    before: tuple[str, ...] = ()
    """Of a step `.c` in `a.b.c`: `a`, `b`. Of a label: the labels before it."""


def words(path: str, text: str) -> Iterator[Word]:
    """The names of a file: keywords, labels, arguments, keys of objects, functions, and the steps of references."""
    yield from _walk(_PARSER.parse(text.encode()).root_node, path, (), "")


def _walk(node: Any, path: str, blocks: tuple[str, ...], argument: str) -> Iterator[Word]:
    if node.type == "block":
        yield from _block(node, path, blocks)
        return
    if node.type == "attribute":
        name = node.named_children[0]
        yield _word("argument", name, path, blocks, "", ())
        for child in node.named_children[1:]:
            yield from _walk(child, path, blocks, _text(name))
        return
    for child in node.named_children:
        if child.type == "identifier":
            yield _word(
                _kind(node), child, path, blocks, argument, tuple(_before(node)) if node.type == "get_attr" else ()
            )
        yield from _walk(child, path, blocks, argument)


def _block(node: Any, path: str, blocks: tuple[str, ...]) -> Iterator[Word]:
    keyword, *rest = node.named_children
    yield _word("block", keyword, path, blocks, "", ())
    inner, labels = (*blocks, _text(keyword)), []
    for child in rest:
        if child.type == "string_lit":
            yield _word("label", child.named_children[1], path, inner, "", tuple(labels))
            labels.append(_text(child).strip('"'))
        elif child.type == "body":
            yield from _walk(child, path, inner, "")


def _kind(parent: Any) -> str:
    """What an identifier is, by the node that it stands in."""
    if parent.type == "variable_expr" and _is_key(parent):
        return "key"
    return _NAMED.get(parent.type, parent.type)


def _is_key(node: Any) -> bool:
    whole = node.parent
    return bool(
        whole.parent.type == "object_elem" and whole.named_child_count == 1 and whole == whole.parent.children[0]
    )


def _before(node: Any) -> list[str]:
    """The names of a reference before a step: `[0]` and `[*]` have none."""
    names = _before(node.parent.parent) if node.parent.type.endswith("_splat") else []
    for sibling in node.parent.named_children:
        if sibling == node:
            return names
        if sibling.type == "variable_expr":
            names = [_text(sibling)]
        elif sibling.type == "get_attr":
            names.append(_text(sibling.named_children[-1]))
    return names


def _word(kind: str, node: Any, path: str, blocks: tuple[str, ...], argument: str, before: tuple[str, ...]) -> Word:
    line, column = node.start_point
    return Word(kind, _text(node), path, line + 1, column + 1, blocks, argument, before)


def _text(node: Any) -> str:
    return str(node.text.decode())
