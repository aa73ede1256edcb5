"""Policies that are written as JSON in a text of Terraform (`<<EOF`): their statements, where they stand.

JSON is read as YAML, which has places; what Terraform puts in is a hole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl, yaml
from generator.checks.formats.hcl_values import HOLE
from generator.checks.formats.yaml import Node
from generator.checks.models.iam_statement import Owner, Statement, Test, Word

_PUT_IN: Final = re.compile(r"[$%]\{[^{}]*\}")
_MARK: Final = "\ue000"
"""A hole in what is read as YAML, which takes no other."""


def documents(path: str, node: Any, owner: Owner) -> Iterator[Statement]:
    """The statements of a text; none where it is no policy."""
    head, _, rest = hcl.word(node).partition("\n")
    if '"Statement"' not in rest or not head.startswith("<<"):
        return
    written = _PUT_IN.sub(_MARK, rest.rpartition("\n")[0]).replace("\t", " ")
    before = hcl.place(node)[0]
    for document in yaml.parse_text(written).documents:
        given = document.at("Statement")
        for one in given.items or [given]:
            if one.is_map and one.at("Effect") and (one.at("Action") or one.at("NotAction")):
                yield _statement(path, one, owner, before)


def _statement(path: str, node: Node, owner: Owner, before: int) -> Statement:
    place = next(key for key in node.keys if key.text in ("Action", "NotAction"))
    conditions = node.at("Condition")
    tests = tuple(
        Test(operator, _text(key.text), _words(inner.at(key.text), before), before + key.line, key.column)
        for operator, inner in conditions.map.items()
        for key in inner.keys
    )
    whole = _MARK not in conditions.text and all(inner.is_map for inner in conditions.map.values())
    return Statement(
        path, before + place.line, place.column, owner,
        effect=_text(node.at("Effect").text),
        actions=_words(node.at("Action"), before),
        resources=_words(node.at("Resource"), before),
        principals=_principals(node.at("Principal"), before),
        tests=tests, whole=whole,
    )  # fmt: skip


def _principals(node: Node, before: int) -> dict[str, tuple[Word, ...]]:
    if node.is_map:
        return {_text(kind): _words(given, before) for kind, given in node.map.items()}
    return {"*" if node.text == "*" else HOLE: _words(node, before)} if node else {}


def _words(node: Node, before: int) -> tuple[Word, ...]:
    found = node.items if node.is_list else [node] if node else []
    return tuple(Word(_text(one.text), before + one.line, one.column) for one in found)


def _text(written: str) -> str:
    return written.replace(_MARK, HOLE)
