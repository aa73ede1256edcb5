"""The answers that a folder shows, and how they become defaults: what is given wins, what is refused is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from generator.answers import dotted
from generator.answers.keys import by_name, word
from generator.answers.usual import OF_LANGUAGE
from generator.assess import compose, project, stores, units
from generator.assess.evidence import Evidence, Fact, Unclear, weigh
from generator.assess.fitted import copy, fitted
from generator.assess.folder import Folder
from generator.report import DetectedLine
from generator.secrets import looks_secret

_NUMBERS: Final = {"node": 1, "java": 1, "dotnet": 1, "static": 1, "go": 2, "python": 2}
"""How many numbers of a version choose the runtime of a language; all, where it is not named."""
_WORD: Final = r"(?:passw(?:or)?d|secret|token|api[_-]?key|access[_-]?key)"
_SECRET_WORD: Final = re.compile(rf"(?i)(?:{_WORD}\w{{0,30}}=|--?[\w-]{{0,30}}{_WORD}[\s=]+)[\"']?[^\s\"'$&|;<>-]")
"""What gives a credential to a command, and not by the name of a variable."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What a folder shows; `raw` are those of the facts that are defaults, as an answers file holds them."""

    folder: Folder
    facts: tuple[Fact, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    notes: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict)

    def begun(self) -> dict[str, Any]:
        """Answers to go on with: what is given changes them."""
        return copy(self.raw)  # type: ignore[no-any-return]

    def completed(self, raw: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
        """Answers that were begun so and then changed by settings, without what no longer fits."""
        data: dict[str, Any] = copy(raw)
        listed = data.get("services")
        services = listed if isinstance(listed, list) else []
        given = {_flat(setting.partition("=")[0].strip()) for setting in settings}
        if "services" in given:
            found = dict(self._filled(services))
        else:
            self._follow(services)
            found = {fact.key: fact.value for fact in self.facts}
        return fitted(data, {key: value for key, value in found.items() if _flat(key) not in given})[0]

    def _follow(self, services: list[Any]) -> None:
        """Takes out what was true with another language, or another package manager, alone."""
        for number, service in enumerate(services):
            was = _at(self.raw.get("services"), number)
            for key, followers in (("language", OF_LANGUAGE), ("package_manager", ("commands",))):
                if service.get(key) != was.get(key):
                    for follower in followers:
                        if service.get(follower) == was.get(follower):
                            service.pop(follower, None)

    def _filled(self, services: list[Any]) -> Iterator[tuple[str, object]]:
        """Gives services that are named as one that was found, and have its language, the rest of what was found."""
        before = {service.get("name"): service for service in self.raw.get("services") or ()}
        for number, service in enumerate(services):
            was = before.get(service.get("name"), {})
            if service.get("language", was.get("language")) == was.get("language"):
                added = {key: value for key, value in was.items() if key not in service}
                service.update(copy(added))
                yield from ((f"services[{number}].{key}", value) for key, value in added.items())

    def lines(self, raw: Any) -> list[DetectedLine]:
        """What a report says of the facts that are answers in `raw`, and of those that were refused."""
        names = [service.get("name") for service in raw["services"]]
        out = []
        for fact in self.facts:
            key = fact.key
            if number := re.match(r"services\[(\d+)\]", key):  # by its name: the order may be another
                name = _at(self.raw.get("services"), int(number[1])).get("name")
                if name not in names:
                    continue
                key = key.replace(number[0], f"services[{names.index(name)}]", 1)
            if fact.refused or dotted.get(raw, key) == fact.value:
                value = word(fact.value)
                out.append(
                    DetectedLine(
                        key=key, value=value, path=fact.path, line=fact.line, read=fact.read, refused=fact.refused
                    )
                )
        return out


def detect(root: Path) -> Detected:
    """Looks at a folder; raises ScaffoldError where it cannot be read."""
    found = look(root)
    raw, refused = fitted(dict(found.raw), {fact.key: fact.value for fact in found.facts})
    facts = tuple(msgspec.structs.replace(fact, refused=refused.get(fact.key, "")) for fact in found.facts)
    return replace(found, facts=facts, raw=raw)


def look(root: Path) -> Detected:
    """What a folder shows, before anything of it is refused."""
    folder = Folder(root)
    found, notes = units.services(folder)
    valid = [unit for unit in found if _is_valid("services[].path", unit.path)]
    notes += [f"{unit.path}: no path of a service may be called so" for unit in found if unit not in valid]
    facts: list[Fact] = []
    unclear: list[Unclear] = []
    for number, unit in enumerate(valid):
        of_unit = weigh(_public(map(_short(unit.language), unit.evidence), notes), f"services[{number}].")
        facts += of_unit[0]
        unclear += of_unit[1]
        notes += unit.notes
    whole = [*project.shown(folder, code=bool(valid)), *compose.stores(folder)]
    whole += [one for unit in valid for one in stores.shown(folder, unit)]
    of_whole = weigh(_public(whole, notes))
    facts = sorted([*of_whole[0], *facts], key=_order)
    told = tuple(dict.fromkeys((*notes, *folder.notes)))
    return Detected(folder, tuple(facts), (*of_whole[1], *unclear), told, _raw(facts))


def _order(fact: Fact) -> tuple[int, int]:
    """As the contract has them, service by service."""
    number = re.match(r"services\[(\d+)\]", fact.key)
    name = _flat(fact.key)
    first = "services[].name" if number else name
    return list(by_name()).index(first), (int(number[1]) * 100 + list(by_name()).index(name)) if number else 0


def _short(language: str) -> Any:
    """Makes versions of a language alike, so that 22 and 22.3.0 do not contradict each other."""
    count = _NUMBERS.get(language, 3)

    def short(one: Evidence) -> Evidence:
        return replace(one, value=".".join(str(one.value).split(".")[:count])) if one.key == "version" else one

    return short


def _flat(key: str) -> str:
    """A key without the number or the name of the service that it is of."""
    return re.sub(r"\[[^\]]*\]", "[]", key)


def _public(evidence: Iterable[Evidence], notes: list[str]) -> Iterator[Evidence]:
    """Without what looks like a credential: a report may be pasted somewhere."""
    for one in evidence:
        if what := _credential(one):
            at = f"{one.path}:{one.line}" if one.line else one.path
            notes.append(f"{at} holds what looks like {what}: {one.key} was left out")
        else:
            yield one


def _credential(one: Evidence) -> str:
    """What a credential in it looks like; in a command, what is given to something that is named as one."""
    if one.key.startswith("commands.") and _SECRET_WORD.search(str(one.value)):
        return "a password"
    return looks_secret(f"{one.value}\n{one.read}")


def _is_valid(name: str, value: object) -> bool:
    key = by_name()[name]
    return all(re.fullmatch(meta.pattern, str(value)) for meta in key.metas if meta.pattern) and all(
        len(str(value)) <= meta.max_length for meta in key.metas if meta.max_length
    )


def _raw(facts: Iterable[Fact]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for fact in facts:
        if number := re.match(r"services\[(\d+)\]", fact.key):
            listed = out.setdefault("services", [])
            listed += [{} for _ in range(int(number[1]) + 1 - len(listed))]
        dotted.put(out, fact.key, fact.value)
    return out


def _language(service: Any) -> object:
    return service.get("language") if isinstance(service, dict) else None


def _at(listed: Any, number: int) -> dict[str, Any]:
    return listed[number] if isinstance(listed, list) and number < len(listed) else {}
