"""The expressions of GitHub's workflows: what stands inside `${{ }}`, and how it reads.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from generator.checks.rule import instead
from generator.spelling import Guess

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<number>[-+]?(?:0[xo][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))
    |(?P<name>[A-Za-z_][\w-]*)
    |(?P<sign>==|!=|<=|>=|&&|\|\||[!<>()\[\],.*])""",
    re.VERBOSE,
)
_WORDS: Final = frozenset(("true", "false", "null", "nan", "infinity"))
DEEPEST: Final = 50
"""Levels that GitHub allows."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`root.a.b`, with what an index in quotes names; or a call of a function."""

    names: tuple[str, ...]
    offset: int
    call: bool = False
    arguments: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reference that is held against a text by `==` or `!=`."""

    names: tuple[str, ...]
    text: str
    offset: int
    """Where the text stands."""
    equal: bool = True
    """Whether it is `==`."""


@dataclass(slots=True)
class Parsed:
    """What an expression refers to; and why it cannot be read, with the place, where it cannot."""

    references: list[Reference] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    error: str = ""
    offset: int = 0
    fix: str = ""
    """What to do about the error; "" where its message says what was probably meant."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    word: str
    offset: int


@dataclass(frozen=True, slots=True)
class _Value:
    """What an operand is, as far as it is plain to see."""

    names: tuple[str, ...] = ()
    text: str | None = None
    offset: int = 0


class _ReadError(Exception):
    def __init__(self, message: str, offset: int, fix: str) -> None:
        super().__init__(message)
        self.message, self.fix = message, fix
        self.offset = offset


def parse(text: str) -> Parsed:
    """Reads one expression, without its braces."""
    found = Parsed()
    try:
        _Reader(_tokens(text), found).whole()
    except _ReadError as refused:
        found.error, found.offset, found.fix = refused.message, refused.offset, refused.fix
    return found


def closing(text: str, start: int) -> int:
    """Where the `}}` stands that ends the expression which begins at `start`; -1 where there is none."""
    quoted = False
    for match in re.compile(r"'|\}\}").finditer(text, start):
        if match[0] == "'":
            quoted = not quoted
        elif not quoted:
            return match.start()
    return -1


def _tokens(text: str) -> list[_Token]:
    found = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise _character(text, offset)
        if match.lastgroup and match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match[0], offset))
        offset = match.end()
    return [*found, _Token("end", "", len(text.rstrip()))]


def _character(text: str, offset: int) -> _ReadError:
    sign = text[offset]
    if sign == '"':
        message = "double quotes do not belong to an expression; a text needs single quotes"
        return _ReadError(message, offset, "Put the text in single quotes.")
    if sign == "'":
        return _ReadError("the text that begins here is not closed", offset, "Write ' where the text ends.")
    near = Guess({"=": "==", "&": "&&", "|": "||"}.get(sign, ""))
    fix = instead(near, f"Take {sign} out: texts are joined by format() alone.")
    return _ReadError(f"{sign} does not belong to an expression{near}", offset, fix)


class _Reader:
    """A parser by recursive descent; it evaluates nothing."""

    def __init__(self, tokens: list[_Token], found: Parsed) -> None:
        self.tokens = tokens
        self.found = found
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *words: str) -> bool:
        """Steps over the next token where it is one of these signs."""
        if self.next.kind == "sign" and self.next.word in words:
            self.at += 1
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            raise self.refused(word)

    def refused(self, wanted: str) -> _ReadError:
        here = f"{self.next.word} stands" if self.next.word else "the expression ends"
        return _ReadError(f"{here} where {wanted} is expected", self.next.offset, f"Write {wanted} here.")

    def whole(self) -> None:
        if self.next.kind == "end":
            fix = "Write what is meant between the braces, or take them out."
            raise _ReadError("the expression is empty", self.next.offset, fix)
        self.chain()
        if self.next.kind != "end":
            raise self.refused("an operator")

    def chain(self) -> _Value:
        """Operands between operators; their precedence changes nothing that is asked here."""
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"the expression has more than {DEEPEST} levels"
            raise _ReadError(message, self.next.offset, "Split it into several.")
        left = self.operand()
        alone = True
        while self.next.word in ("==", "!=", "<", "<=", ">", ">=", "&&", "||") and self.next.kind == "sign":
            operator = self.next.word
            self.at += 1
            right = self.operand()
            if operator in ("==", "!="):
                self.compare(left, right, operator)
                self.compare(right, left, operator)
            left, alone = right, False
        self.depth -= 1
        return left if alone else _Value()

    def compare(self, one: _Value, other: _Value, operator: str) -> None:
        if one.names and other.text is not None:
            self.found.comparisons.append(Comparison(one.names, other.text, other.offset, operator == "=="))

    def operand(self) -> _Value:
        plain = True
        while self.take("!"):
            plain = False
        value = self.primary()
        return value if plain else _Value()

    def primary(self) -> _Value:
        token = self.next
        self.at += token.kind in ("text", "number", "name")
        if token.kind == "text":
            value = _Value(text=token.word[1:-1].replace("''", "'"), offset=token.offset)
        elif token.kind == "number" or (token.kind == "name" and token.word.lower() in _WORDS):
            value = _Value()
        elif token.kind == "name":
            return self.name(token)
        elif self.take("("):
            value = self.chain()
            self.need(")")
        else:
            raise self.refused("a value")
        self.parts()
        return value

    def name(self, token: _Token) -> _Value:
        if self.take("("):
            count = self.arguments()
            self.found.references.append(Reference((token.word,), token.offset, call=True, arguments=count))
            self.parts()
            return _Value()
        # The reference comes before those inside its brackets.
        place = len(self.found.references)
        names, known = self.parts()
        whole = (token.word, *names)
        self.found.references.insert(place, Reference(whole, token.offset))
        return _Value(whole, offset=token.offset) if known else _Value()

    def arguments(self) -> int:
        if self.take(")"):
            return 0
        count = 1
        self.chain()
        while self.take(","):
            self.chain()
            count += 1
        self.need(")")
        return count

    def parts(self) -> tuple[list[str], bool]:
        """The names behind a value, up to one that only a run can tell."""
        names: list[str] = []
        known = True
        while True:
            if self.take("."):
                part = self.part()
            elif self.take("["):
                part = self.index()
            else:
                return names, known
            known = known and bool(part)
            names += [part] if known else []

    def part(self) -> str:
        if self.take("*"):
            return "*"
        if self.next.kind != "name":
            raise self.refused("a name")
        self.at += 1
        return self.tokens[self.at - 1].word

    def index(self) -> str:
        """The name that an index gives; "" where it is not known."""
        if self.take("*"):
            self.need("]")
            return "*"
        value = self.chain()
        self.need("]")
        return value.text or ""
