"""From plain data to `Answers`: every leaf is converted on its own, so that all problems are reported at once."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo
from msgspec.structs import fields as fields_of

from generator.answers import rules, usual
from generator.answers.keys import unwrap
from generator.answers.model import Answers, Commands, Service
from generator.answers.nearest import called_schedule, nearest
from generator.errors import AnswersError, Problem


class AsWritten(str):
    """A decimal number with its text, where the number alone would not show it: 3.10 is 3.1, 012 is 12."""

    __slots__ = ("number",)
    number: float

    def __new__(cls, text: str, number: float) -> AsWritten:
        made = super().__new__(cls, text)
        made.number = number
        return made

    def __reduce__(self) -> tuple[type[AsWritten], tuple[str, float]]:
        """So that plain data with it can be copied."""
        return AsWritten, (str(self), self.number)


def as_written(value: float, text: str) -> object:
    """A decimal number, with its text where the value would not show it (3.10, 012)."""
    plain = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
    return AsWritten(text, value) if plain and str(value) != text else value


@cache
def fields(kind: type[Struct]) -> tuple[FieldInfo, ...]:
    """The fields of a struct; made anew each time, they would take most of the time of reading answers."""
    return fields_of(kind)


def read(raw: object) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The valid values of what a YAML or JSON file holds, and everything that is wrong with the rest.

    Missing keys get their default, also where it depends on other answers. Without a problem the values are complete.
    """
    problems: list[Problem] = []
    data = _Reader(problems).struct(Answers, raw, "")
    problems.extend(rules.broken(data, {p.key for p in problems}))
    return data, tuple(problems)


def convert(raw: object, *, source: str = "") -> Answers:
    """The complete, valid answers; raises AnswersError with every problem."""
    data, problems = read(raw)
    if problems:
        raise AnswersError(problems, source=source)
    return msgspec.convert(data, Answers)


class _Reader:
    """Reads plain data against the model and notes what is wrong; what is wrong is left out of the result."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._answers: dict[str, Any] = {}

    def struct(self, kind: type[Struct], raw: object, at: str, into: dict[str, Any] | None = None) -> dict[str, Any]:
        """The valid values of a struct, with defaults filled in; `into` is where they are collected."""
        if raw is None:
            raw = {}
        known = {field.name: field for field in fields(kind)}
        if not isinstance(raw, Mapping):
            self._note(at or "the answers", "a map of keys is expected", raw, valid=", ".join(known))
            return {}
        for name in raw:
            if name not in known:
                self._note(
                    _join(at, str(name)), "no such key", raw[name],
                    valid=", ".join(known), nearest=nearest(str(name), list(known)),
                )  # fmt: skip
        out: dict[str, Any] = {} if into is None else into
        if kind is Answers:
            self._answers = out
        for name, field in known.items():
            for value in self._field(kind, field, raw, _join(at, name), out):
                out[name] = value
        return out

    def _field(
        self, kind: type[Struct], field: FieldInfo, raw: Mapping[Any, Any], at: str, scope: dict[str, Any]
    ) -> Iterator[Any]:
        inner = _bare(field.type)
        if isinstance(inner, type) and issubclass(inner, Struct):
            if inner is Commands:
                yield self._commands(raw.get(field.name), at, scope)
            else:  # collected in place, so that a default may depend on a sibling
                self.struct(inner, raw.get(field.name), at, scope.setdefault(field.name, {}))
            return
        given = raw.get(field.name, NODEFAULT)
        if given is NODEFAULT or given is None:
            given = self._default(kind, field, at, scope)
        if given is NODEFAULT:
            return
        if field.name == "services" and kind is Answers:
            yield from self._services(given, at)
            return
        yield from self._leaf(field.type, given, at)

    def _default(self, kind: type[Struct], field: FieldInfo, at: str, scope: dict[str, Any]) -> Any:
        if field.default is not NODEFAULT:
            return field.default
        if field.default_factory is not NODEFAULT:
            return field.default_factory()
        try:
            if kind is Service and field.name in usual.SERVICE:
                return usual.SERVICE[field.name](scope, self._answers)
            if at in usual.ANSWERS:
                return usual.ANSWERS[at](self._answers)
        except KeyError:
            return NODEFAULT  # what it depends on is itself wrong, and reported
        self._note(at, "is missing and has no default", fix=f"Give it with --set {at}=VALUE or in the answers file.")
        return NODEFAULT

    def _commands(self, raw: object, at: str, scope: dict[str, Any]) -> dict[str, Any]:
        given = raw if isinstance(raw, Mapping) else {}
        names = [field.name for field in fields(Commands)]
        try:
            filled = {
                name: given.get(name) if given.get(name) is not None else usual.usual_command(name, scope)
                for name in names
            }
        except KeyError:
            filled = dict.fromkeys(names, "")
        extra = {name: value for name, value in given.items() if name not in names}
        return self.struct(Commands, filled | extra if isinstance(raw, Mapping) or raw is None else raw, at)

    def _services(self, raw: object, at: str) -> Iterator[Any]:
        if not isinstance(raw, (list, tuple)):
            self._note(at, "a list of services is expected", raw, fix="Write one item per service, each with a name.")
            return
        if not 1 <= len(raw) <= 30:
            self._note(at, "1 to 30 services are expected", f"{len(raw)} services")
        self._answers["services"] = raw
        yield [self.struct(Service, item, f"{at}[{number}]") for number, item in enumerate(raw)]

    def _leaf(self, kind: Any, raw: object, at: str) -> Iterator[Any]:
        choices = _choices(kind)
        if isinstance(raw, float) and not math.isfinite(raw):
            self._note(at, "a finite number is expected", raw)
        elif choices and (raw not in choices or isinstance(raw, (bool, float))):
            self._note(
                at,
                "no such choice",
                raw,
                valid=", ".join(map(str, choices)),
                nearest=str(choices[0]) if len(choices) == 1 else nearest(str(raw), choices),
            )
        elif get_origin(_bare(kind)) is tuple:
            yield from self._list(kind, raw, at)
        elif get_origin(_bare(kind)) is dict:
            yield from self._map(kind, raw, at)
        else:
            yield from self._convert(kind, raw, at)

    def _convert(self, kind: Any, raw: object, at: str) -> Iterator[Any]:
        if isinstance(raw, AsWritten):
            if _bare(kind) is str:
                self._note(at, "text is expected", str(raw), fix=f'Write it in quotes: "{raw}".')
                return
            raw = raw.number
        if isinstance(raw, str) and not _one_line(raw):
            self._note(at, "one line of printable text is expected", raw)
            return
        try:
            # Whole numbers are welcome where a float is expected.
            yield msgspec.convert(raw, kind, strict=_bare(kind) is not float or isinstance(raw, (bool, str)))
        except msgspec.ValidationError as error:
            message, fix = explain(kind, raw, str(error))
            self._note(at, message, raw, nearest=_meant(kind, raw), fix=fix)

    def _list(self, kind: Any, raw: object, at: str) -> Iterator[Any]:
        if not isinstance(raw, (list, tuple)):
            self._note(at, "a list is expected", raw, fix=f"Write [{raw}]." if isinstance(raw, (str, int)) else "")
            return
        item_kind = get_args(_bare(kind))[0]
        good = [value for number, item in enumerate(raw) for value in self._leaf(item_kind, item, f"{at}[{number}]")]
        if len(good) == len(raw):
            yield from self._convert(kind, good, at)

    def _map(self, kind: Any, raw: object, at: str) -> Iterator[Any]:
        if not isinstance(raw, Mapping):
            self._note(at, "a map of names to values is expected", raw)
            return
        key_kind, value_kind = get_args(_bare(kind))
        good = [
            (key, value)
            for given_key, given in raw.items()
            for key in self._convert(key_kind, given_key, f"{at}.{given_key}")
            for value in self._convert(value_kind, given, f"{at}.{given_key}")
        ]
        if len(good) == len(raw):
            yield dict(good)

    def _note(
        self,
        key: str,
        message: str,
        given: object = None,
        *,
        valid: str = "",
        nearest: str = "",
        fix: str = "",
    ) -> None:
        self._problems.append(Problem(key, message, given, valid, nearest, fix))


_KINDS: Final = {str: "text", int: "a whole number", bool: "true or false"}


def explain(kind: Any, raw: object, error: str) -> tuple[str, str]:
    """What a user reads instead of msgspec's message: (what is expected, what to do)."""
    bare, metas = unwrap(kind)
    if (word := _KINDS.get(bare)) and (bare is bool or not isinstance(raw, bare)):
        quoted = bare is str and isinstance(raw, (int, float))
        return f"{word} is expected", f'Write it in quotes: "{raw}".' if quoted else ""
    if isinstance(raw, (list, tuple)):
        limits = [("at least", meta.min_length) for meta in metas if meta.min_length]
        limits += [("at most", meta.max_length) for meta in metas if meta.max_length]
        wanted = " and ".join(f"{word} {count}" for word, count in limits)
        return f"{wanted} {'items are' if limits[-1][1] != 1 else 'item is'} expected", ""
    for meta in metas:
        if isinstance(raw, str) and meta.max_length is not None and len(raw) > meta.max_length:
            return f"at most {meta.max_length} characters are expected, this has {len(raw)}", ""
    bounds = [(word, value) for meta in metas for word, value in _bounds(meta)]
    if bounds:
        return "a number of " + " and ".join(f"{word} {value}" for word, value in bounds) + " is expected", ""
    help_ = next((meta.description for meta in metas if meta.description), "")
    pattern = next((meta.pattern for meta in metas if meta.pattern), "")
    message = "not in the expected form" if pattern else error.removesuffix(" - at `$`")
    return message, f"Expected: {help_}." if help_ else f"Expected: {pattern}"


def _meant(kind: Any, raw: object) -> str:
    """What a text in the wrong form was probably meant to be; "" where no guess has the right form."""
    bare, metas = unwrap(kind)
    if not isinstance(raw, str) or not (bare is int or any(meta.pattern for meta in metas)):
        return ""
    path = re.sub(r"^(https?://|git@)[^/:]*[/:]?|\.git$", "", raw).strip("/")
    host = re.sub(r"^https?://|/.*$", "", raw).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", raw.lower()).strip("-")
    called = called_schedule(raw)
    guesses = (raw.strip(), raw.lower(), called, host, path, path.partition("/")[2], slug, raw.upper(), f"/{raw}")
    for guess in guesses if bare is str else _whole(raw):
        try:
            if guess:
                return str(msgspec.convert(guess, kind))
        except msgspec.ValidationError:
            continue
    return ""


def _whole(text: str) -> list[int]:
    """The whole number that a text is, also one in percent."""
    found = re.fullmatch(r"\s*([0-9]{1,18})\s*%?\s*", text)
    return [int(found[1])] if found else []


def _one_line(text: str) -> bool:
    """Printable text: a pattern's `$` would let a final line end through, and some characters no format takes."""
    return not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} or _misleads(ord(c)) for c in text)


def _misleads(code: int) -> bool:
    """A noncharacter, a byte order mark, or a control that makes text read otherwise than it is."""
    bidirectional = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or code == 0xFEFF or bidirectional


def _bounds(meta: Meta) -> Iterator[tuple[str, float]]:
    pairs = (("at least", meta.ge), ("more than", meta.gt), ("at most", meta.le), ("less than", meta.lt))
    return ((word, value) for word, value in pairs if value is not None)


def _bare(kind: Any) -> Any:
    return unwrap(kind)[0]


def _choices(kind: Any) -> tuple[Any, ...]:
    bare = _bare(kind)
    return get_args(bare) if get_origin(bare) is Literal else ()


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
