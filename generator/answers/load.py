"""Reads answers from a file, from standard input, and from `--set`."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, get_args

from generator.answers import dotted, usual
from generator.answers.json import from_json
from generator.answers.keys import Key, by_name
from generator.answers.migrate import migrate
from generator.answers.nearest import nearest, rising
from generator.answers.read import as_written
from generator.errors import AnswersError, Problem, ScaffoldError

MAX_BYTES: Final = 1_000_000
"""No answers file is larger; what is was meant for something else."""
_DEEPEST: Final = 20
"""Levels of nesting that are read; answers have 4. The time to read a deeper text would grow with its square."""
_WHOLE: Final = r"[+-]?[0-9]{1,18}"


def from_file(name: str) -> Any:
    """The plain data of an answers file (YAML 1.2 or JSON), or of standard input for `-`, in the newest version.

    Raises ScaffoldError where it cannot be read or parsed, with the line, or is of a later version than we know.
    """
    where = "standard input" if name == "-" else name
    return migrate(parse(text_of(name, where), where), where)


def text_of(name: str, where: str) -> str:
    """The text of an answers file, as it is; raises ScaffoldError."""
    try:
        content = _standard_input() if name == "-" else _read(Path(name))
    except OSError as error:
        raise ScaffoldError(
            f"{where} cannot be read: {error.strerror}", hint="Give an existing file to --answers."
        ) from error
    if len(content) > MAX_BYTES:
        raise ScaffoldError(f"{where} is larger than {MAX_BYTES:,} bytes", hint="Is it an answers file?")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ScaffoldError(f"{where} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8.") from error


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OSError(9, "it is closed")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def parse(text: str, where: str) -> Any:
    """The plain data of YAML 1.2 or JSON; `where` names the source in errors."""
    if text.removeprefix("\ufeff").lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):  # YAML's reader takes it, or says where it is wrong
            return from_json(text, _DEEPEST)
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 -- 50 ms that --defaults need not pay

    try:
        data = deepcopy(_loaded(text, where))  # whoever asks may change it
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        reason = getattr(error, "problem", None) or (str(error).splitlines() or ["nested too deeply"])[0]
        if twice := re.match(r'found duplicate key "([^"]*)"', reason):
            reason = f"the key {twice[1]} stands twice"
        raise ScaffoldError(f"{place}: {reason}", hint="The answers are YAML 1.2 or JSON.") from error
    return {} if data is None else data


@lru_cache(maxsize=8)
def _loaded(text: str, where: str) -> Any:
    """What an update reads several times is parsed once: a long file takes a tenth of a second."""
    reader = _reader()
    _refuse_bombs(reader.parse(text), where)
    return reader.load(text)


def compose(text: str) -> Any:
    """The nodes of a text that `parse` has read, with their places in it; None where it holds nothing."""
    return _reader().compose(text)


def _reader() -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 -- as above

    reader = YAML(typ="safe", pure=True)
    reader.Constructor = _constructor()
    return reader


def _refuse_bombs(events: Iterable[Any], where: str) -> None:
    """Stops at what makes a small text take long to read, before it is read: aliases, and nesting without end."""
    depth = 0
    for event in events:
        line = event.start_mark.line + 1
        if getattr(event, "anchor", None):
            raise ScaffoldError(f"{where}:{line}: anchors and aliases are not read", hint="Write the value out.")
        kind = type(event).__name__
        depth += kind.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= kind.endswith(("MappingEndEvent", "SequenceEndEvent"))
        if depth > _DEEPEST:
            raise ScaffoldError(
                f"{where}:{line}: nested more than {_DEEPEST} deep", hint="Answers are at most 4 levels deep."
            )


@cache
def _constructor() -> Any:
    """Like YAML's own, but a decimal number keeps its text where its value would not show it (3.10, 012)."""
    from ruamel.yaml.constructor import SafeConstructor  # noqa: PLC0415

    class Constructor(SafeConstructor):
        pass

    for kind in ("int", "float"):
        tag, usual = f"tag:yaml.org,2002:{kind}", getattr(SafeConstructor, f"construct_yaml_{kind}")
        Constructor.add_constructor(tag, lambda self, node, usual=usual: as_written(usual(self, node), node.value))
    return Constructor


def assign(data: dict[str, Any], settings: Iterable[str]) -> tuple[Problem, ...]:
    """Puts `key=value` settings into plain answers; returns what is wrong with those that could not be put.

    Their order does not matter: services come first, so that a setting of one finds it; a map and settings of its
    entries add up; and no value is set twice, whatever it is called.
    """
    problems: list[Problem] = []
    done: dict[str, str] = {}
    for setting in sorted(settings, key=lambda one: one.partition("=")[0].strip() != "services"):
        name, equals, text = setting.partition("=")
        name = name.strip()
        try:
            if not equals or not name:
                raise _Wrong("a setting has the form KEY=VALUE", given=setting)
            exact, value = _meant(data, name, text)
            for part in (parts := _parts(exact, value)):
                if part in done:
                    raise _Wrong(f"was set before, by {done[part]}", given=text, fix="Set each value once.")
            if isinstance(value, dict):
                value |= {
                    part[len(exact) + 1 :]: dotted.get(data, part) for part in done if part.startswith(f"{exact}.")
                }
            dotted.put(data, exact, value)
            done |= dict.fromkeys(parts, setting)
        except _Wrong as wrong:
            problems.append(Problem(name or setting, wrong.message, wrong.given, wrong.valid, wrong.nearest, wrong.fix))
            if wrong.meant is not None:  # so that what is wrong with that is told at once
                dotted.put(data, name, wrong.meant)
    return tuple(problems)


class _Wrong(Exception):  # noqa: N818 -- becomes a Problem, never leaves this module
    def __init__(
        self,
        message: str,
        *,
        given: object = None,
        valid: str = "",
        nearest: str = "",
        fix: str = "",
        meant: Any = None,
    ) -> None:
        super().__init__(message)
        self.meant = meant
        self.message, self.given, self.valid, self.nearest, self.fix = message, given, valid, nearest, fix


def _parts(name: str, value: object) -> list[str]:
    """The exact names of what a setting gives: of the key, and of each entry where the value has some."""
    if isinstance(value, dict):
        return [name, *(f"{name}.{entry}" for entry in value)]
    if name == "services" and isinstance(value, list):
        return [name, *(part for n, one in enumerate(value) for part in _parts(f"services[{n}]", one))]
    return [name]


def _meant(data: dict[str, Any], name: str, text: str) -> tuple[str, Any]:
    """The exact name of what a setting is about, and the value that it gives."""
    if name == "services":
        return name, _services(text)
    flat = re.sub(r"\[[^\]]*\]", "[]", name)
    key, entry = by_name().get(flat), False
    if key is None and "." in flat:  # an entry of a map, such as cloud.accounts.prod
        parent = by_name().get(flat.rpartition(".")[0])
        if parent is not None and parent.map and "[" not in name.rpartition(".")[2]:
            key, entry = parent, True
    if key is None:
        raise _Wrong(
            "no such key",
            given=text,
            nearest=_nearest_key(name),
            fix="`agency-scaffold schema` lists every key.",
        )
    exact = re.sub(r"^services\[([^\]]*)\]", lambda found: f"services[{_position(data, found[1])}]", name)
    return exact, text if entry else value_of(key, text)


def _nearest_key(name: str) -> str:
    """The key that was probably meant, as it can be set: `services[0].port` for `services.0.prot`."""
    number = next(iter(re.findall(r"(?<=services[.\[])[\w-]+", name)), "0")
    flat = re.sub(r"^services[.\[]\]?[\w-]*\]?\.?", "services[].", name) if name.startswith("services") else name
    below = [key for key in by_name() if key.startswith(f"{name}.")]
    found = nearest(flat, list(by_name())) or (below[0] if below else "")
    return found.replace("[]", f"[{number}]")


def _position(data: dict[str, Any], service: str) -> int:
    """Which service is meant by a position or a name."""
    if not isinstance(data.get("services"), list) or not data["services"]:
        data["services"] = usual.services()
    names = {n: str(s.get("name")) for n, s in enumerate(data["services"]) if isinstance(s, dict)}
    for number, name in names.items():
        if service in {str(number), name}:
            return number
    raise _Wrong(
        "no such service",
        given=service,
        valid=", ".join(f"{number} ({name})" for number, name in names.items()),
        nearest=nearest(service, list(names.values())),
    )


def value_of(key: Key, text: str) -> Any:
    """The value of a key as `--set` takes it."""
    if key.many:
        words = [word.strip() for word in text.split(",") if word.strip()]
        return _numbers(words, text) if key.numbers else words
    if key.map:
        entries: dict[str, str] = {}
        for word in (word for word in text.split(",") if word.strip()):
            name, _, value = (part.strip() for part in word.partition(":"))
            if name in entries:
                raise _Wrong(f"{name} stands twice", given=text, fix="Give each entry once.")
            entries[name] = value
        return entries
    return _scalar(text, key.type)


def _numbers(words: list[str], text: str) -> list[int]:
    """Whole numbers, refused as one: what stands around them is mostly the same mistake in each."""
    if all(re.fullmatch(_WHOLE, word) for word in words):
        return [int(word) for word in words]
    found = rising(int(number) for number in re.findall(r"(?<![\w.])[0-9]{1,9}(?![\w.])", text))
    raise _Wrong(
        "whole numbers are expected, with commas between them",
        given=text,
        valid="such as 10,25,50,100",
        nearest=",".join(map(str, found)),
        meant=found or None,
    )


def _scalar(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() in {"true", "false"}:
            return text.lower() == "true"
        raise _Wrong(
            "true or false is expected",
            given=text,
            valid="true, false",
            nearest=nearest(text, ("true", "false")),
        )
    if kind is int or {type(one) for one in get_args(kind)} == {int}:
        if re.fullmatch(_WHOLE, text.strip()):
            return int(text)
        raise _Wrong("a whole number is expected", given=text)
    if kind is float:
        if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text.strip()):
            return float(text)
        raise _Wrong("a number is expected", given=text, fix="Write it as 0.05.")
    return text


def services_line(text: str) -> list[dict[str, Any]]:
    """Services on one line, `name[:kind[:language[:port]]], ...`, as plain data; raises AnswersError.

    A job has its schedule in the port's place: `cleanup:job:go:0 3 * * mon,thu, web`.
    """
    try:
        return _services(text)
    except _Wrong as wrong:
        raise AnswersError((Problem("services", wrong.message, wrong.given, wrong.valid, wrong.nearest),)) from wrong


def _items(text: str) -> list[str]:
    """The services of the line; a comma that no blank follows belongs to the schedule before it."""
    out: list[str] = []
    for part in text.split(","):
        scheduled = bool(out) and out[-1].count(":") == 3 and out[-1].split(":")[1].strip() == "job"
        if scheduled and ":" not in part and part[:1].strip():
            out[-1] += f",{part.rstrip()}"
        elif part.strip():
            out.append(part.strip())
    return out


def _services(text: str) -> list[dict[str, Any]]:
    out = []
    for item in _items(text):
        words = [word.strip() for word in item.split(":")]
        if len(words) > 4:
            raise _Wrong(
                "a service has at most four words",
                given=item,
                valid="name:kind:language:port",
                nearest=":".join(words[:4]),
            )
        service: dict[str, Any] = {k: w for k, w in zip(("name", "kind", "language"), words, strict=False) if w}
        if len(words) == 4 and words[3] and service.get("kind") == "job":
            service["schedule"] = words[3]
        elif len(words) == 4 and words[3]:
            if not re.fullmatch(r"[0-9]{1,5}", words[3]):
                raise _Wrong(f"the port of {words[0]} must be a whole number", given=words[3], valid="1024 to 65535")
            service["port"] = int(words[3])
        out.append(service)
    if not out:
        raise _Wrong("at least one service is expected", given=text, valid="name:kind:language:port", nearest="app")
    return out
