"""Puts settings of the command line (`--set KEY=VALUE`) into plain answers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, get_args

from generator.answers import dotted, usual
from generator.answers.keys import Key, by_name
from generator.answers.nearest import nearest, rising
from generator.errors import AnswersError, Problem

_WHOLE: Final = r"[+-]?[0-9]{1,18}"


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
