"""HCL by tree-sitter: bodies with arguments and blocks, and the references inside expressions.

Only where tree-sitter finds an error is the file read again for the place, by `hcl_mistakes` and by python-hcl2: that
names it more exactly than tree-sitter and costs thirty times as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from generator.checks.formats import hcl_mistakes, hcl_parser, templates
from generator.checks.formats.hcl_parser import BYTES, ENCODED
from generator.checks.formats.yaml import Mistake
from generator.checks.source import Sources, shared, text

SUFFIXES: Final = (".tf", ".tofu", ".tfvars", ".hcl")
_STRICT: Final = re.compile(
    r"\.(?:tftest|tofutest|tfmock|backend|pkr|pkrvars|nomad|tfbackend|lock)\.hcl$|(?:^|/)(?:terragrunt|\.tflint)\.hcl$"
)
DEEPEST: Final = 100
"""Brackets in brackets that a file may have."""
LEVELS: Final = 500
"""Levels of the syntax tree that a value may have; each operator of a chain is three of them."""
_DEEP: Final = "nested too deeply to be judged"
LONGEST: Final = 100_000
"""Characters of a broken file that python-hcl2 reads again, at 3 microseconds each."""


@dataclass(frozen=True, slots=True)
class Argument:
    """`name = expression`; `value` is the expression's syntax node."""

    name: str
    line: int
    column: int
    value: Any

    @property
    def literal(self) -> str | None:
        """A plain string's text, or the word of any other literal; None for an expression."""
        return literal(self.value)


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" ... { body }`."""

    type: str
    labels: tuple[str, ...]
    line: int
    column: int
    body: Body

    @property
    def name(self) -> str:
        """The last label."""
        return self.labels[-1] if self.labels else ""


@dataclass(slots=True)
class Body:
    """What stands between braces, or in a file."""

    arguments: list[Argument] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def get(self, name: str) -> Argument | None:
        """The first argument of that name."""
        return next((a for a in self.arguments if a.name == name), None)

    def of(self, *types: str) -> Iterator[Block]:
        """The blocks of these types."""
        return (block for block in self.blocks if block.type in types)


@dataclass(frozen=True, slots=True)
class HclFile:
    """The body of a file; empty where it cannot be parsed."""

    body: Body
    line: int = 0
    column: int = 0
    error: str = ""
    readable: bool = True
    """False also for a template that another tool fills in: nothing is known of what is in it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`root.a.b` in an expression: its names up to the first index that is not a plain string."""

    names: tuple[str, ...]
    line: int
    column: int

    def __str__(self) -> str:
        return ".".join(self.names)


def paths(sources: Sources) -> Iterator[str]:
    """All HCL files."""
    return (path for path in sources.ending(*SUFFIXES) if ".terraform/" not in path)


def strict(path: str) -> bool:
    """Whether the file is read by today's HCL: other programs read `.hcl` by the first version, which is laxer."""
    return not path.endswith(".hcl") or bool(_STRICT.search(path))


@shared
def parse(sources: Sources, path: str) -> HclFile:
    """The parsed file."""
    parsed = examined(sources, path)
    if parsed.error:
        sources.lack(path)
    return parsed


@shared
def examined(sources: Sources, path: str) -> HclFile:
    """The same, for who tells what is wrong with it."""
    content = text(sources, path).removeprefix("\ufeff")
    if _too_deep(content):
        return HclFile(Body(), 1, 1, _DEEP, readable=False)
    top = hcl_parser.parsed(content)
    if top is None or top.has_error:
        return _broken(content, top)
    bodies = [child for child in top.named_children if child.type == "body"]
    try:
        return HclFile(_body(bodies[0]) if bodies else Body())
    except _RefusedError as error:
        found = hcl_mistakes.find(content) or error.mistake
        return HclFile(Body(), found.line, found.column, found.message, readable=False)


class _RefusedError(Exception):
    """What tree-sitter reads, and HCL or what walks the tree does not."""

    def __init__(self, node: Any, message: str) -> None:
        self.mistake = Mistake(*place(node), message)


def _split(node: Any, lacking: str) -> _RefusedError:
    """It goes over several lines, which HCL does not allow."""
    return _RefusedError(node, f"{word(node)} needs its {lacking} in the same line")


def _broken(content: str, top: Any) -> HclFile:
    """The earlier of the places that are known: what follows a mistake is read wrongly, too."""
    if templates.is_hcl(content):
        return HclFile(Body(), readable=False)
    mistake = hcl_mistakes.find(content)
    if top is None:
        line, column, message = 1, 1, "this is not HCL: more is wrong with it than can be read in time"
    elif len(content) > LONGEST:
        line, column, message = (*_first_error(top), "this is not HCL")
    else:
        line, column, message = _position(content, top)
    if mistake and (top is None or mistake.line <= line):
        line, column, message = mistake.line, mistake.column, mistake.message
    return HclFile(Body(), line, column, message, readable=False)


def _too_deep(content: str) -> bool:
    """Whether brackets are nested beyond what anyone writes: what walks the tree is recursive."""
    depth = 0
    for bracket in re.findall(r"[\[\](){}]", content):
        depth = max(depth + (1 if bracket in "[({" else -1), 0)
        if depth > DEEPEST:
            return True
    return False


def _has_too_many_levels(value: Any) -> bool:
    """Whether operators make a value deeper than what walks it can go: `a && b && c` is one in the other."""
    if value.end_byte - value.start_byte < LEVELS // 3 * BYTES:
        return False
    cursor, level = value.walk(), 0
    while level <= LEVELS:
        if cursor.goto_first_child():
            level += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False
            level -= 1
    return True


def word(node: Any) -> str:
    """A syntax node's text."""
    return node.text.decode(ENCODED)  # type: ignore[no-any-return]


def place(node: Any) -> tuple[int, int]:
    """A syntax node's line and column."""
    return node.start_point[0] + 1, node.start_point[1] // BYTES + 1


def _body(node: Any) -> Body:
    made = Body()
    for child in node.named_children:
        if child.type == "attribute":
            first, *rest = child.named_children
            if rest and rest[-1].start_point[0] != first.start_point[0]:
                raise _split(first, "value")
            if rest and _has_too_many_levels(rest[-1]):
                raise _RefusedError(first, _DEEP)
            if rest:
                made.arguments.append(Argument(word(first), *place(first), rest[-1]))
        elif child.type == "block":
            made.blocks.append(_block(child))
    return made


def _block(node: Any) -> Block:
    kind, *rest = node.named_children
    if any(n.type == "block_start" and n.start_point[0] != kind.start_point[0] for n in rest):
        raise _split(kind, "brace")
    labels = tuple(word(n).strip('"') for n in rest if n.type in ("string_lit", "identifier"))
    inner = next((n for n in rest if n.type == "body"), None)
    return Block(word(kind), labels, *place(kind), _body(inner) if inner is not None else Body())


def _position(content: str, top: Any) -> tuple[int, int, str]:
    import hcl2  # noqa: PLC0415 -- only a broken file needs it
    from lark.exceptions import UnexpectedInput  # noqa: PLC0415

    try:
        hcl2.parses(content)
    except UnexpectedInput as error:
        return _clean(error)
    except Exception as error:
        return (*_first_error(top), str(error).partition("\n")[0] or "not HCL")
    return (*_first_error(top), "this is not HCL")


def _clean(error: Any) -> tuple[int, int, str]:
    token = getattr(error, "token", None)
    if token is not None and getattr(token, "type", "") == "$END":
        return (
            max(error.line, 1),
            max(error.column, 1),
            "the file ends before a brace, bracket or quote is closed",
        )
    found = str(token) if token is not None else str(getattr(error, "char", ""))
    lead = len(found) - len(found.lstrip(" "))
    shown = found.strip().partition("\n")[0]
    message = f"{shown!r} is not expected here" if shown else "the line ends too early"
    return max(error.line, 1), max(error.column, 1) + lead, message


def _first_error(node: Any) -> tuple[int, int]:
    if node.type == "ERROR" or node.is_missing:
        return place(node)
    return next((_first_error(child) for child in node.children if child.has_error or child.is_missing), place(node))


def literal(node: Any) -> str | None:
    """The text of an expression that is a plain string, number, bool or null; None for any other."""
    while node.type in ("expression", "literal_value") and node.named_child_count == 1:
        node = node.named_children[0]
    if node.type == "string_lit":
        inner = [word(child) for child in node.named_children if child.type == "template_literal"]
        return re.sub(r"\\(.)", r"\1", "".join(inner))
    return word(node) if node.type in ("numeric_lit", "bool_lit", "null_lit") else None


def is_text(node: Any) -> bool:
    """Whether an expression is a plain quoted text."""
    return bool(unwrap(node).type == "string_lit")


def unwrap(node: Any) -> Any:
    """The innermost node of an expression that only wraps another."""
    while (
        node.type in ("expression", "collection_value", "literal_value", "template_expr")
        and node.named_child_count == 1
    ):
        node = node.named_children[0]
    return node


def parts(node: Any) -> list[Any]:
    """The named children of a node, but comments."""
    return [child for child in node.named_children if child.type != "comment"]


def elements(node: Any) -> list[Any]:
    """The items of a list expression; [] for any other."""
    inner = unwrap(node)
    return [c for c in inner.named_children if c.type == "expression"] if inner.type == "tuple" else []


def entries(node: Any) -> list[tuple[str | None, Any, Any]]:
    """(key, key's node, value's node) of an object expression; a computed key is None."""
    inner = unwrap(node)
    found = []
    for child in inner.named_children if inner.type == "object" else ():
        if child.type == "object_elem" and child.named_child_count >= 2:
            key, value = child.named_children[0], child.named_children[-1]
            found.append((_key(key), key, value))
    return found


def _key(node: Any) -> str | None:
    inner = unwrap(node)
    if inner.type == "variable_expr" and node.named_child_count == 1:
        return word(inner)
    return literal(node)
