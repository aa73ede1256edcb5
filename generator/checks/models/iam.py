"""The statements of AWS policies that Terraform files spell out: objects with an `Effect`, and policy documents.

What a statement takes from elsewhere is a text with holes; what cannot be known at all says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Body
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models.iam_statement import Owner, Statement, Test, Word
from generator.checks.models.iam_text import documents
from generator.checks.models.terraform import modules
from generator.checks.models.terraform_settings import certain
from generator.checks.source import Sources, folder, shared, text

__all__ = ["Owner", "Statement", "Test", "Word", "of_file", "statements"]

_DOCUMENT: Final = "aws_iam_policy_document"


_ADDRESS: Final = re.compile(r"\b(?:local|data\.aws_iam_policy_document)\.\w+")
_NARROWS_NOBODY: Final = ("aws:securetransport", "s3:x-amz-", "s3:tlsversion", "aws:requesttag/", "s3:signature")
"""Keys of conditions that anybody can meet."""


@shared
def statements(sources: Sources) -> tuple[Statement, ...]:
    """All statements of the tree, in the order of their files."""
    return tuple(one for path in sources.ending(".tf") for one in of_file(sources, path))


@shared
def of_file(sources: Sources, path: str) -> tuple[Statement, ...]:
    """The statements of one file."""
    if "Effect" not in text(sources, path) and _DOCUMENT not in text(sources, path):
        return ()
    return tuple(_statements(sources, path))


def _statements(sources: Sources, path: str) -> Iterator[Statement]:
    reader = _Reader(sources, path)
    for block in hcl.parse(sources, path).body.blocks:
        labels = (*block.labels, "", "")
        if block.type == "data" and labels[0] == _DOCUMENT:
            yield from (reader.block(inner, labels[1]) for inner in block.body.of("statement"))
        elif block.type == "locals":
            for argument in block.body.arguments:
                yield from reader.objects(argument.value, Owner("locals", "", argument.name))
        elif block.type != "variable":
            yield from reader.below(block.body, Owner(block.type, labels[0], labels[1]))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the statements of a file."""

    sources: Sources
    path: str

    def below(self, body: Body, owner: Owner) -> Iterator[Statement]:
        for argument in body.arguments:
            yield from self.objects(argument.value, owner)
        for inner in body.blocks:
            yield from self.below(inner.body, owner)

    def objects(self, node: Any, owner: Owner) -> Iterator[Statement]:
        if node.type == "object":
            given = {key: (where, value) for key, where, value in hcl.entries(node) if key}
            if "Effect" in given and given.keys() & {"Action", "NotAction"}:
                yield self._object(given, owner)
                return
        if node.type == "heredoc_template":
            yield from documents(self.path, node, owner)
            return
        for child in node.named_children:
            yield from self.objects(child, owner)

    def _object(self, given: Mapping[str, tuple[Any, Any]], owner: Owner) -> Statement:
        line, column = hcl.place(given["Action" if "Action" in given else "NotAction"][0])
        tests, whole = self._conditions(given["Condition"][1]) if "Condition" in given else ((), True)
        return Statement(
            self.path, line, column, owner,
            effect=hcl.literal(given["Effect"][1]) or HOLE,
            actions=self.words(given["Action"][1]) if "Action" in given else (),
            resources=self.words(given["Resource"][1]) if "Resource" in given else (),
            principals=self._principals(given["Principal"][1]) if "Principal" in given else {},
            tests=tests, whole=whole,
        )  # fmt: skip

    def _principals(self, node: Any) -> dict[str, tuple[Word, ...]]:
        if hcl.unwrap(node).type == "object":
            return {key or HOLE: self.words(value) for key, _, value in hcl.entries(node)}
        words = self.words(node)
        return {"*" if words[0].text == "*" else HOLE: words} if words else {}

    def _conditions(self, node: Any) -> tuple[tuple[Test, ...], bool]:
        if hcl.unwrap(node).type != "object":
            found = certain(self.sources, self.path, node)
            where = hcl.place(node)
            if not isinstance(found, dict) or not all(isinstance(inner, dict) for inner in found.values()):
                return (), False
            return tuple(Test(operator, key, (), *where) for operator, inner in found.items() for key in inner), True
        tests = []
        whole = True
        for operator, _, inner in hcl.entries(node):
            whole = whole and hcl.unwrap(inner).type == "object"
            for plain, where, value in hcl.entries(inner):
                key = plain if plain is not None else self.word(where).text
                tests.append(Test(operator or "", key, self.words(value), *hcl.place(where)))
        return tuple(tests), whole

    def word(self, node: Any) -> Word:
        """A text, with holes."""
        found = certain(self.sources, self.path, node)
        return Word(found if isinstance(found, str) else HOLE, *hcl.place(node))

    def words(self, node: Any) -> tuple[Word, ...]:
        """The texts of a list, or of what stands in its place."""
        inner = hcl.unwrap(node)
        if inner.type == "tuple":
            return tuple(word for item in hcl.elements(node) for word in self.words(item))
        if inner.type == "function_call" and hcl.word(inner.named_children[0]) in ("concat", "flatten", "tolist"):
            arguments = [child for child in inner.named_children if child.type == "function_arguments"]
            return tuple(word for given in arguments for child in given.named_children for word in self.words(child))
        found = certain(self.sources, self.path, node)
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return tuple(Word(item, *hcl.place(node)) for item in found)
        return (Word(found if isinstance(found, str) else HOLE, *hcl.place(node)),)

    def block(self, block: Block, name: str) -> Statement:
        """A `statement` of a policy document."""
        body = block.body
        effect, place = body.get("effect"), body.get("actions") or block
        principals: dict[str, tuple[Word, ...]] = {}
        for inner in body.of("principals"):
            kind = inner.body.get("type")
            principals[(kind.literal if kind else None) or HOLE] = self._given(inner.body.get("identifiers"))
        return Statement(
            self.path, place.line, place.column, Owner("data", _DOCUMENT, name),
            effect=(effect.literal or HOLE) if effect else "Allow",
            actions=self._given(body.get("actions")),
            resources=self._given(body.get("resources")),
            principals=principals,
            tests=tuple(self._test(inner.body, inner) for inner in body.of("condition")),
            whole=not any(body.of("dynamic")),
        )  # fmt: skip

    def _given(self, argument: Argument | None) -> tuple[Word, ...]:
        return self.words(argument.value) if argument else ()

    def _test(self, body: Body, block: Block) -> Test:
        operator, key = body.get("test"), body.get("variable")
        name = self.word(key.value).text if key else HOLE
        values = self._given(body.get("values"))
        return Test((operator.literal if operator else None) or "", name, values, block.line, block.column)


@shared
def _named(sources: Sources, place: str) -> Mapping[str, list[str]]:
    """By `local.x` or `data.aws_iam_policy_document.x`: the types of resources, and the locals, that name it."""
    found: dict[str, list[str]] = {}
    for path in modules(sources)[place].files if place in modules(sources) else ():
        for block in hcl.parse(sources, path).body.blocks:
            if block.type == "resource" and block.labels:
                for address in {one for each in _texts(block.body) for one in _ADDRESS.findall(each)}:
                    found.setdefault(address, []).append(block.labels[0])
            for argument in block.body.arguments if block.type == "locals" else ():
                for address in set(_ADDRESS.findall(hcl.word(argument.value))):
                    found.setdefault(address, []).append(f"local.{argument.name}")
    return found


@shared
def users(sources: Sources, place: str, address: str) -> frozenset[str]:
    """The types of resources in the folder that name an address, also by locals."""
    found: set[str] = set()
    waiting = [address]
    while waiting:
        for name in _named(sources, place).get(waiting.pop(), ()):
            if name.startswith("local.") and name not in found:
                waiting.append(name)
            found.add(name)
    return frozenset(name for name in found if not name.startswith("local."))


def _texts(body: Body) -> Iterator[str]:
    yield from (hcl.word(argument.value) for argument in body.arguments)
    for block in body.blocks:
        yield from _texts(block.body)


def everybody(statement: Statement) -> Word | None:
    """The `*` of the principals of a statement that lets everybody in; None where it does not, or is not known to."""
    if not statement.allows or not statement.whole:
        return None
    if any(not test.key.lower().startswith(_NARROWS_NOBODY) for test in statement.tests):
        return None
    words = (word for key in ("AWS", "*") for word in statement.principals.get(key, ()))
    return next((word for word in words if word.text == "*"), None)


def uses(sources: Sources, statement: Statement) -> frozenset[str]:
    """The types of resources that a statement takes effect through, as far as the module shows them."""
    owner = statement.owner
    if owner.kind == "resource":
        return frozenset({owner.type})
    address = f"local.{owner.name}" if owner.kind == "locals" else f"data.{owner.type}.{owner.name}"
    return users(sources, folder(statement.path), address)


@shared
def boundaries(sources: Sources) -> frozenset[str]:
    """The names of the policies that the tree gives to roles as their boundary."""
    found = set()
    for path in sources.ending(".tf"):
        for block in (
            hcl.parse(sources, path).body.of("resource") if "permissions_boundary" in text(sources, path) else ()
        ):
            given = block.body.get("permissions_boundary")
            found |= set(re.findall(r"aws_iam_policy\.(\w+)", hcl.word(given.value))) if given else set()
    return frozenset(found)


def is_boundary(sources: Sources, statement: Statement) -> bool:
    """Whether a statement says what may be at most, and gives nothing."""
    return "boundary" in statement.owner.name.lower() or statement.owner.name in boundaries(sources)
