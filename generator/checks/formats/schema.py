"""JSON Schema by jsonschema-rs: violations at their place in a YAML document, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from generator.checks import data
from generator.checks.formats.yaml import Node
from generator.checks.rule import Flaw, at, did_you_mean, one_of
from generator.spelling import Guess

_BARE: Final = {
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(?:\.\d+)?"),
    "boolean": re.compile(r"true|false"),
}
"""What is no text where it has no quotes, by its type."""
_FEW: Final = 12
_BOUNDS: Final = {
    "maximum": "Write {} or less.", "minimum": "Write {} or more.",
    "maxLength": "Write {} characters or fewer.", "minLength": "Write {} characters or more.",
    "maxItems": "List {} or fewer.", "minItems": "List {} or more.",
    "maxProperties": "Give {} keys or fewer.", "minProperties": "Give {} keys or more.",
}  # fmt: skip
"""What keeps to a limit, by the keyword that sets it."""


class Schema:
    """A compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        import jsonschema_rs  # noqa: PLC0415 -- loaded when the first document is judged

        self._raw = schema
        self._validator = jsonschema_rs.validator_for(schema)

    def flaws(
        self, node: Node, value: Any = None, unknown: Callable[[str], bool] | None = None, *, part: bool = False
    ) -> Iterator[Flaw]:
        """The violations in a document (or in `value`, a changed copy of it), each at the line that has it.

        Texts that are `unknown`, since something puts a value there later, are not judged. Of a `part` of a document
        only what stands there is: something may be missing, and null takes something away.
        """
        for error in self._validator.iter_errors(node.value if value is None else value):
            for leaf in _leaves(error):
                if not (unknown and any(map(unknown, _texts(leaf)))) and not (part and _is_of_whole(leaf)):
                    yield self._flaw(node, leaf)

    def _flaw(self, node: Node, error: Any) -> Flaw:
        way = list(error.instance_path)
        place = node.place(way)
        where = _dotted(way)
        kind = error.kind
        if kind.name in ("additionalProperties", "unevaluatedProperties"):
            valid = self._properties(self._beside(error))
            first = kind.unexpected[0]
            names = ", ".join(kind.unexpected)
            key = place.key(first)
            return at(key, f"{where}: unknown key {names}", f"Take it out{_known(valid)}.", did_you_mean(first, valid))
        return at(place, f"{where}: {_words(error)}", _fix(place, error, self._beside(error)), _near(error))

    def _beside(self, error: Any) -> dict[str, Any]:
        """The part of the schema that has the keyword which refuses; {} where that is not to be found."""
        here: Any = self._raw
        for step in list(error.schema_path)[:-1]:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return {}
        return here if isinstance(here, dict) else {}

    def _properties(self, schema: dict[str, Any]) -> list[str]:
        """The properties of a schema and of those that it joins."""
        found = list(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            inner: Any = part
            for step in part.get("$ref", "#").removeprefix("#").strip("/").split("/") if "$ref" in part else ():
                inner = (self._raw if inner is part else inner)[step]
            found += self._properties(inner)
        return found


@cache
def recorded(name: str) -> Schema:
    """The schema of a kind of file, as `name` of the data folder records it."""
    return Schema(data.load(f"{name}.json"))


def _is_of_whole(error: Any) -> bool:
    """Whether a violation may be none once the rest of the document is there."""
    return error.instance is None or error.kind.name not in (
        "additionalProperties", "enum", "maximum", "minimum", "pattern", "type"
    )  # fmt: skip


def _texts(error: Any) -> list[str]:
    """The texts that a violation is about: the value itself, or the keys that are too many."""
    own = [error.instance] if isinstance(error.instance, str) else []
    return [*own, *getattr(error.kind, "unexpected", ())]


def _dotted(way: list[Any]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return text.removeprefix(".") or "document"


def _words(error: Any) -> str:
    kind = error.kind
    value = _scalar(error.instance)
    if kind.name == "required":
        return f"{kind.property} is missing"
    if kind.name == "type":
        return f"{value or _shape(error.instance)} is not {_article(kind.types)}"
    if kind.name == "enum":
        options = _options(kind)
        return f"{value} is not one of {', '.join(options[:8])}{' ...' if len(options) > 8 else ''}"
    if kind.name == "pattern":
        return f"{value} does not match {kind.pattern}"
    # What follows a mapping or a list, which the message begins with as JSON.
    text = str(error.message).partition("\n")[0]
    return (text if value else re.sub(r"^[\[{].*[\]}] (?=\w)", "", text))[:200]


def _near(error: Any) -> Guess:
    """Which of the values that a schema lists was probably meant."""
    return did_you_mean(str(error.instance), _options(error.kind) if error.kind.name == "enum" else ())


def _options(kind: Any) -> list[str]:
    return [str(option) for option in kind.options if option not in ("", None)]


def _known(valid: list[str]) -> str:
    """What may stand where an unknown key stands, as the rest of a fix."""
    return f", or write one of {', '.join(sorted(valid))}" if 1 < len(valid) <= _FEW else ""


def _fix(place: Node, error: Any, beside: dict[str, Any]) -> str:
    """What to write instead; "" where only the message can say it."""
    kind = error.kind
    types = kind.types if kind.name == "type" else beside.get("type", list(_BARE))
    types = [types] if isinstance(types, str) else types
    bare = isinstance(error.instance, str) and any(
        _BARE[one].fullmatch(error.instance) for one in types if one in _BARE
    )
    match kind.name:
        case "required":
            fix = f"Add `{kind.property}`."
        case "oneRequired":
            fix = f"Add `{'` or `'.join(kind.names)}`."
        case "type" | "pattern" if bare:
            fix = f"Write {error.instance} without quotes."
        case "type" if "string" in kind.types and _scalar(error.instance):
            fix = f'Write "{place.text}" with quotes.'
        case "type":
            fix = f"Write {_article(kind.types)}."
        case "enum":
            options = [str(option) for option in kind.options if option not in ("", None)]
            same = [one for one in options if one.lower() == str(error.instance).lower()]
            fix = one_of(same or options)
        case "pattern":
            fix = _formed(kind.pattern)
        case "const":
            fix = f"Write {kind.expected_value}."
        case name:
            fix = _BOUNDS[name].format(kind.limit) if name in _BOUNDS else ""
    return fix


def _formed(pattern: str) -> str:
    """The fix that a value has the form of a pattern."""
    if re.fullmatch(r"\^[\w:-]+", pattern):
        return f"Write a value that begins with {pattern[1:]}."
    example = "a quantity such as 500m, 2 or 128Mi" if "(Ki|Mi|" in pattern else f"a value that fits {pattern}"
    return f"Write {example}."


def _scalar(value: Any) -> str:
    """A value as it is written; "" for one that has others within."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if isinstance(value, (str, int, float)) else ""


def _article(types: list[str]) -> str:
    names = [name for name in types if name != "null"] or ["null"]
    return " or ".join(f"an {name}" if name[0] in "aeiou" else f"a {name}" for name in names)


def _shape(value: Any) -> str:
    return "null" if value is None else "a mapping" if isinstance(value, dict) else "a list"


def _leaves(error: Any) -> Iterator[Any]:
    """The errors that matter: of alternatives, those of the one that was probably meant."""
    branches = getattr(error.kind, "context", None) if error.kind.name in ("oneOf", "anyOf") else None
    if not branches:
        yield error
        return
    depth = len(list(error.instance_path))
    required = [b[0].kind.property for b in branches if len(b) == 1 and _here(b[0], depth) == "required"]
    if len(required) == len(branches):
        yield _OneRequired(error, required)
        return
    best = min(branches, key=lambda branch: sum(_cost(one, depth) for one in branch))
    # An alternative that fits but for nested alternatives says more through those.
    for one in best:
        yield from _leaves(one)


def _here(error: Any, depth: int) -> str:
    return str(error.kind.name) if len(list(error.instance_path)) == depth else ""


def _cost(error: Any, depth: int) -> int:
    kind = _here(error, depth)
    if kind in ("type", "enum", "const"):
        return 100
    if kind == "required":
        return 20
    return 5 * len(error.kind.unexpected) if kind == "additionalProperties" else 1


class _OneRequired:
    """Alternatives that differ only in the key that they require."""

    class _Kind:
        name = "oneRequired"

        def __init__(self, names: list[str]) -> None:
            self.names = names

    def __init__(self, error: Any, names: list[str]) -> None:
        self.kind = self._Kind(names)
        self.instance_path = error.instance_path
        self.schema_path = error.schema_path
        self.instance = error.instance
        self.message = f"one of {', '.join(names)} is missing"
