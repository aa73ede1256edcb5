"""What a questionnaire changes in an answers file: no more than makes the file give the answers that were given."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from generator.answers import Answers, dotted
from generator.answers.align import same
from generator.answers.keys import by_name
from generator.errors import AnswersError
from generator.served import settle


def changed(raw: Any, answers: Answers) -> Any:
    """The plain answers of a file, with each value that is another one in `answers`.

    A key that is not in the file stays out of it where its default is what was answered, also a default that follows
    from a key that changes.
    """
    wanted = msgspec.to_builtins(answers)
    out = copy.deepcopy(raw) if isinstance(raw, dict) else {}
    have = _settled(out) or out
    if _names(have.get("services")) != _names(wanted["services"]):
        out["services"] = _by_name(out.get("services"), wanted["services"])
        have = _settled(out) or out
    others = {name: value for name, value in _leaves("", wanted) if not same(dotted.get(have, name), value)}
    for name in [name for name in others if dotted.get(out, name) is None]:
        without = {other: value for other, value in others.items() if other != name}
        if same(_settled(_put(out, without)), wanted):
            others = without
    found = _put(out, others)
    return found if same(_settled(found), wanted) else wanted


def _settled(raw: dict[str, Any]) -> Any:
    """The whole answers that plain ones give; None where they are refused."""
    try:
        return msgspec.to_builtins(settle(raw)[0])
    except AnswersError:
        return None


def _put(raw: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    out = copy.deepcopy(raw)
    for name, value in values.items():
        dotted.put(out, name, value)
    return out


def _leaves(at: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The dotted name of each key, and its value."""
    if at == "services":
        for number, service in enumerate(value):
            yield from _leaves(f"{at}[{number}]", service)
    elif isinstance(value, Mapping) and re.sub(r"\[[0-9]+\]", "[]", at) not in by_name():
        for word, part in value.items():
            yield from _leaves(f"{at}.{word}" if at else word, part)
    else:
        yield at, value


def _names(services: Any) -> list[Any]:
    return [one.get("name") if isinstance(one, Mapping) else None for one in services or ()]


def _by_name(have: Any, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The services that are wanted, as the file has them; of others the name."""
    known = dict(zip(map(repr, _names(have)), have or (), strict=True))
    return [dict(known.get(repr(one["name"]), {"name": one["name"]})) for one in wanted]
