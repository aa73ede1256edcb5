"""Answers without those that are refused: what was found must fit with what is given, and with what is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from generator.answers import dotted
from generator.errors import AnswersError, Problem
from generator.plan import plan
from generator.served import settle

_INSTEAD: Final[dict[tuple[str, object], object]] = {("language", "static"): "other", ("kind", "static"): "web"}
"""What is taken for a value that is not served, where the usual one would be plainly wrong."""


def fitted(raw: dict[str, Any], removable: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers without those that are refused, as far as they may be taken out, and why each was."""
    data, refused = copy(raw), dict[str, str]()
    for _ in range(len(removable) + 1):
        before = len(refused)
        for problem in _roots(_problems(data)):
            key = _leaf(problem.key, removable)
            if not key or key in refused or dotted.get(data, key) != removable[key]:
                continue
            last = key.rpartition(".")[2]
            instead = _INSTEAD.get((last, removable[key])) or (problem.nearest if last == "name" else "")
            _take_out(data, key, instead)
            refused[key] = problem.message + (f"; {instead} is taken" if instead else "")
        if len(refused) == before:
            break
    return data, refused


def _roots(problems: Iterable[Problem]) -> list[Problem]:
    """Those that others may follow from: what a cloud does not serve, nothing that depends on it does."""
    found = list(problems)
    first = [one for one in found if one.key.startswith(("cloud.", "orchestration."))]
    return first or found


def _problems(data: dict[str, Any]) -> Iterator[Problem]:
    """What is refused, by the answers alone and by the components; a project without a name has none here."""
    trial = copy(data)
    if dotted.get(trial, "project.name") is None:
        dotted.put(trial, "project.name", "app")
    try:
        plan(settle(trial)[0])
    except AnswersError as error:
        yield from error.problems


def _leaf(key: str, removable: Mapping[str, object]) -> str:
    """The fact that a problem is about, or that holds what it is about."""
    while key and key not in removable:
        key = key.rpartition("[" if key.endswith("]") else ".")[0]
    return key


def _take_out(data: dict[str, Any], key: str, instead: object) -> None:
    if instead:
        dotted.put(data, key, instead)
        return
    way, _, last = key.rpartition(".")
    holder = dotted.get(data, way) if way else data
    if isinstance(holder, dict):
        holder.pop(last, None)
        if not holder and way and not way.endswith("]"):  # of a table without an answer nobody learns anything
            _take_out(data, way, None)


def copy(data: Any) -> Any:
    """Answers that can be changed without the ones they were made from."""
    if isinstance(data, Mapping):
        return {key: copy(value) for key, value in data.items()}
    return [copy(item) for item in data] if isinstance(data, (list, tuple)) else data
