"""Credentials that stand in files: names that promise one, and values that look drawn by lot.

A value counts only where its name says what it is: digests, hashes, UUIDs and certificates have other names.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase
from typing import Final

from generator.checks.formats import dockerfile, shell
from generator.checks.source import Sources, lines, name, shared
from generator.secrets import secrets

SHORTEST: Final = 12
"""Characters of a value that can be told from a word."""
_ENTROPY: Final = 3.0
"""Bits for each character that a value drawn by lot has at least."""
_CHANGES: Final = 0.25
"""Share of letters and digits whose next is of another kind (small, capital, digit), for a value drawn by lot; that
has more than one run of digits, too. Of values drawn from all 62, 97 of 100 with 32 signs are found and 72 with 16:
the others have fewer digits. Of the names, paths and references in public repositories none is."""
_HEX: Final = re.compile(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_PARTS: Final = re.compile(r"[a-z0-9]+(?:[-_./:@][a-z0-9]+)+")
"""Words with something between them, UUIDs, hosts."""

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALONE: Final = {"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "secretkey", "credential"}
_KEYS: Final = {
    "api", "access", "account", "auth", "encryption", "integration", "license", "master", "private", "routing",
    "secret", "service", "signing", "storage", "webhook",
}  # fmt: skip
"""What makes a `key` one that is kept secret, in the word before it."""
_HINT: Final = re.compile(rb"(?i)passw|passphrase|pwd|secret|token|key")
_GIVEN: Final = re.compile(
    r"""(?x)
    (?<![\w.-]) -{0,2} (?P<name>[A-Za-z_][\w.-]{1,80}) ["']? \s* (?:=>|:=|[:=]) [ \t]*
    (?: "(?P<double>[^"\n]*)" | '(?P<single>[^'\n]*)' | (?P<plain>[^\s"',;\[\](){}]+) ) (?P<after>[^\n]?)
    """
)
_HINTS: Final = re.compile(_HINT.pattern.decode())
_LONGEST: Final = 2000
"""Characters of a line that a person wrote."""
_BESIDE: Final = re.compile(r"""(?:\bname["']?\s*[:=]\s*["']?|^variable ["'])([A-Za-z_][\w.-]*)""")
_VALUE: Final = re.compile(
    r"""(?:\bvalue|^\s*default)["']?\s*[:=]\s*(?:["'](?P<quoted>[^"'\n]*)["']|(?P<plain>[^\s"',;\[\](){}]+)\s*(?:[,}]|$))"""
)
_MORE: Final = re.compile(r"\s+(?:description|type|sensitive|nullable|ephemeral)\s*=|\s*#|\s*$")
_SUFFIXES: Final = (
    ".yml", ".yaml", ".json", ".tf", ".tfvars", ".hcl", ".toml", ".ini", ".cfg", ".conf", ".properties", ".env",
    ".mk", ".xml",
)  # fmt: skip
_CLIENTS: Final = (".npmrc", ".pypirc", ".dockercfg", "credentials")
"""Files in which programs keep what they sign in with."""
_TESTS: Final = re.compile(
    r"(?i)(?:^|/)(?:tests?|testdata|fixtures?|mocks?|e2e|spec|__tests__|node_modules|vendor)/|_test\."
)
_SEALED: Final = re.compile(r"(?m)^\s*kind: (?:SealedSecret|Secret)\b|^sops:|\"sops\":")
_PLACEHOLDER: Final = re.compile(
    r"(?i)chang|example|sample|dummy|placeholder|replace|insert|update_|your|todo|fixme|x{4}|\*{3}|\.{3}|redact|undeployed"
)

_ELSEWHERE: Final = re.compile(r"(?:op|vault|awssm|gcpsm|azkv|sm|ref\+[\w.-]+|secretref\+?[\w.-]*):|ENC\[|!")
"""What tools read from a store in place of the value."""
_KNOWN: Final = frozenset({"SW2YcwTIb9zpOOhoPsMm"})
"""What programs have where nobody gave a value: Grafana's key."""
_NAMED: Final = re.compile(r"\s|://|^[./~]|:$|^arn:|^!|\.\w{2,4}$")
"""Paths, addresses, names of files, and what a tool reads from elsewhere."""


@dataclass(frozen=True, slots=True)
class Given:
    """`name: value` in a line of a file, whatever its format."""

    name: str
    value: str
    line: int
    column: int
    """Where the value begins."""


def is_credential(name: str) -> bool:
    """Whether a name (`DATABASE_PASSWORD`, `apiKey`) promises a value that is kept secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words:
        return False
    if words[-1] == "key":
        return len(words) > 1 and words[-2] in _KEYS
    return words[-1] in _ALONE or words[-1].removesuffix("s") == "credential"


def is_test(path: str) -> bool:
    """Whether a file belongs to tests, or is that of somebody else."""
    return bool(_TESTS.search(path))


def is_shown(path: str) -> bool:
    """Whether a file shows how something is done: an example, a demo, a test."""
    return is_test(path) or bool(re.search(r"(?i)(?:^|/)(?:examples?|samples?|demos?|docs?)/", path))


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one that is still to come, or for one that comes from elsewhere."""
    return (
        not value
        or bool(_PLACEHOLDER.search(value) or _ELSEWHERE.match(value))
        or any(sign in value for sign in "$<>{}%`")
    )


def looks_random(value: str) -> bool:
    """Whether a value looks drawn by lot: no word, no path, no reference, no placeholder."""
    if len(value) < SHORTEST or is_placeholder(value) or _PARTS.fullmatch(value) or _NAMED.search(value):
        return False
    if _HEX.fullmatch(value):
        return len(set(value)) > 8
    if value in _KNOWN or _is_counted(value) or _PLACEHOLDER.search(decoded(value)):
        return False
    kinds = [_kind(sign) for sign in value if sign.isalnum()]
    changes = sum(one != other for one, other in pairwise(kinds))
    return len(re.findall(r"\d+", value)) > 1 and changes >= _CHANGES * len(kinds) and _entropy(value) >= _ENTROPY


def _is_counted(value: str) -> bool:
    """Whether letters and digits stand in their order: `A1B2C3`."""
    letters = "".join(sign for sign in value.lower() if sign.isalpha())
    digits = "".join(sign for sign in value if sign.isdigit())
    return letters in ascii_lowercase and digits in "01234567890123456789"


def decoded(value: str) -> str:
    """What Base64 hides; "" where it is none."""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _kind(sign: str) -> str:
    if sign.isdigit():
        return "digit"
    return "capital" if sign.isupper() else "small"


def _entropy(value: str) -> float:
    """Bits of information for each character, by how often each occurs."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


@shared
def judged(sources: Sources) -> tuple[str, ...]:
    """The files whose values are judged: what is configured, not code, not tests, not what is encrypted."""
    kinds = {*dockerfile.paths(sources), *shell.paths(sources)}
    return tuple(
        path
        for path in sources.tree
        if (path in kinds or path.endswith(_SUFFIXES) or name(path).startswith((".env", "Makefile", *_CLIENTS)))
        and not is_test(path)
        and "lock" not in name(path)
    )


@shared
def given(sources: Sources, path: str) -> tuple[Given, ...]:
    """The values in a file whose names promise a credential."""
    return tuple(_given(sources, path)) if _HINT.search(sources.tree[path].content) else ()


def _given(sources: Sources, path: str) -> Iterator[Given]:
    named = ""
    for number, line in enumerate(lines(sources, path), 1):
        if len(line) >= _LONGEST:
            continue
        # The name may stand beside the value, or in the line above: `name: X`, `value: Y`, or a variable's `default`.
        beside = _BESIDE.finditer(line) if "name" in line or line.startswith("variable") else ()
        before, named = named, next((match[1] for match in beside if is_credential(match[1])), "")
        value = _VALUE.search(line, 0) if named or before else None
        if value:
            name, kind = named or before, "quoted" if value["quoted"] is not None else "plain"
            yield Given(name, value[kind], number, value.start(kind) + 1)
        elif _HINTS.search(line):
            yield from _in_line(line, number, 0)
        # A variable of Terraform says more of itself before its default.
        named = named or (before if not value and _MORE.match(line) else "")


def _in_line(line: str, number: int, start: int) -> Iterator[Given]:
    """What a line gives, also inside of a text such as `Server=db;Password=...`."""
    for match in _GIVEN.finditer(line, start):
        kind = next(one for one in ("double", "single", "plain") if match[one] is not None)
        if is_credential(match["name"]):
            if not (kind == "plain" and match["after"] in ("(", "[", "{")):
                yield Given(match["name"], match[kind], number, match.start(kind) + 1)
        elif kind != "plain" and ";" in match[kind] and start == 0:
            inner = match[kind]
            for one in _in_line(inner, number, 0):
                yield Given(one.name, one.value, number, one.column + match.start(kind))


@shared
def written_out(sources: Sources, path: str) -> tuple[Given, ...]:
    """The values of a file that look like real credentials, but those that a token's shape gives away."""
    found = [one for one in given(sources, path) if looks_random(one.value)]
    sealed = _sealed(sources, path) if found else frozenset()
    return tuple(
        one for one in found if one.line not in sealed and not any(secrets(lines(sources, path)[one.line - 1]))
    )


def _sealed(sources: Sources, path: str) -> frozenset[int]:
    """The lines of documents that are encrypted, or are Secrets, of which `secret-manifest` speaks."""
    found: set[int] = set()
    start, every = 1, lines(sources, path)
    for number, line in enumerate((*every, "---"), 1):
        if line.startswith("---") and not line.startswith("----"):
            if _SEALED.search("\n".join(every[start - 1 : number - 1])):
                found.update(range(start, number))
            start = number
    return frozenset(found)
