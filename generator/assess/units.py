"""From a folder to its services: which code runs, what it is called, and all that its files show of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Final, Protocol, cast

from generator.assess import dockerfile, kubernetes, versions
from generator.assess.containers import ASIDE, GENERIC, NO_CODE, add_dockerfiles, add_runs
from generator.assess.evidence import Evidence, Strength, Unit, weigh
from generator.assess.folder import Folder, parent
from generator.assess.languages import dotnet, go, java, node, other, python, ruby, rust, static
from generator.assess.project import slug


class Detector(Protocol):
    """What a module of `languages/` offers."""

    def find(self, folder: Folder) -> Iterator[Unit]:
        """The folders of its code."""

    def look(self, folder: Folder, unit: Unit, others: Iterable[str]) -> None:
        """Adds what the files of a unit show; `others` are the folders of other units."""


_MODULES: Final[Mapping[str, ModuleType]] = {
    "python": python, "node": node, "go": go, "java": java, "dotnet": dotnet, "ruby": ruby, "rust": rust,
    "static": static, "other": other,
}  # fmt: skip
DETECTORS: Final = {name: cast(Detector, module) for name, module in _MODULES.items()}
_ROLES: Final = ("library", "program", "service")


def services(folder: Folder) -> tuple[list[Unit], list[str]]:
    """The services, with all that is shown of each, and what a reader should know of the rest."""
    units = [unit for detector in DETECTORS.values() for unit in detector.find(folder)]
    aside = sorted({unit.path for unit in units if unit.role == "service" and ASIDE.search(unit.path)})
    units = [unit for unit in units if not (ASIDE.search(unit.path) or NO_CODE.search(unit.path))]
    elsewhere = {unit.path for unit in units if unit.role == "elsewhere"}
    found = _one_for_each_place([unit for unit in units if unit.path not in elsewhere])
    notes = [f"left out, as folders of tests, examples and manuals are: {_some(aside)}"] if aside else []
    found += _built_alone(folder, {unit.path for unit in units})
    workers = add_dockerfiles(folder, found, notes)
    found += add_runs(folder, found, workers, notes)
    kubernetes.shown(folder, found)
    chosen = _chosen(found, notes)
    places = [unit.path for unit in found]
    for unit in chosen:
        if detector := DETECTORS.get(unit.language):
            detector.look(folder, unit, places)
        versions.shown(folder, unit)
        _only_what_it_has(unit)
    _name_all(chosen)
    return chosen, notes


def _one_for_each_place(units: list[Unit]) -> list[Unit]:
    """Of several languages in a folder the one that runs there; a page or a build of assets gives way to a server."""
    places: dict[str, list[Unit]] = {}
    for unit in units:
        places.setdefault(unit.path, []).append(unit)
    out: list[Unit] = []
    for found in places.values():
        foreign = any(unit.language == "other" for unit in found)
        best = max(
            [unit for unit in found if not (foreign and unit.kind() == "static")],
            key=lambda u: (_ROLES.index(u.role), u.kind() != "static", u.language not in {"node", "static", "other"}),
        )
        out += [unit for unit in found if unit.language == best.language]
    return out


def _built_alone(folder: Folder, places: set[str]) -> list[Unit]:
    """A folder with a Dockerfile for a language that is known, and no manifest: none of `places`."""
    out: dict[str, Unit] = {}
    for path in folder.named(dockerfile.NAME):
        place = parent(path)
        aside = ASIDE.search(place) or NO_CODE.search(place)
        if place in places or place in out or aside or not dockerfile.runs_it(path):
            continue
        made = dockerfile.read(folder, path)
        name, line = dockerfile.language(made)
        suffix = {"python": ".py", "node": ".js", "ruby": ".rb"}.get(name, "\0")
        if any(file.endswith(suffix) and parent(file) == place for file in folder.below(place)):
            out[place] = Unit(place, name)
            out[place].shows("language", name, path, line, f"the base image {made.bases[-1][0]}", Strength.DECLARED)
    return list(out.values())


def _chosen(units: list[Unit], notes: list[str]) -> list[Unit]:
    """The services; where nothing shows one, the only code that there is."""
    found = [unit for unit in units if unit.role == "service"]
    if not found:
        programs = [unit for unit in units if unit.role == "program"] or units
        if len(programs) == 1:
            what = (
                "nothing shows how it is run" if programs[0].role == "program" else "nothing shows that it runs at all"
            )
            notes.append(f"{_shown(programs[0])} is the only code that was found; {what}")
            return programs
    rest = [_shown(unit) for unit in units if unit.role == "program"]
    if rest:
        notes.append(f"programs that nothing shows to be services: {_some(rest)}")
    if len(found) > 30:
        notes.append(f"{len(found)} services were found, and 30 are the most that there can be: the first were taken")
    return found[:30]


def _some(words: list[str]) -> str:
    return "; ".join(words[:10]) + (" ..." if len(words) > 10 else "")


def _shown(unit: Unit) -> str:
    name = next((f"{one.value}, " for one in unit.evidence if one.key == "name"), "")
    return f"{name}{unit.language} in {'the root' if unit.path == '.' else unit.path}"


def _only_what_it_has(unit: Unit) -> None:
    """Of a worker neither port nor paths are known; what CI does with code that two run, it does for one of them."""
    if unit.beside:
        path, _, line = unit.beside.rpartition(":")
        unit.evidence = [one for one in unit.evidence if one.key == "commands.build" or "commands." not in one.key]
        for key in ("commands.lint", "commands.unit"):
            unit.shows(key, "", path, int(line), "done for the code that it shares", Strength.FIXED)
    if unit.kind() == "worker":
        unit.evidence = [
            one for one in unit.evidence if one.key not in {"port", "health_path", "metrics_path", "public"}
        ]
    low = [one for one in unit.evidence if one.key == "port" and int(one.value) < 1024]
    if low:
        places = ", ".join(f"{one.path}:{one.line}" for one in low[:3]) + (" ..." if len(low) > 3 else "")
        unit.notes.append(f"port {low[0].value} ({places}) is not taken: without root none below 1024 can be opened")
    unit.evidence = [one for one in unit.evidence if one not in low]
    manifest = next((one.path for one in unit.evidence if one.key == "language"), unit.path)
    unit.shows("path", unit.path, manifest, 0, "the folder of its code", Strength.FIXED)


def _name_all(units: list[Unit]) -> None:
    """A valid name for each, no two alike: what the code or compose calls it, else its folder."""
    taken: set[str] = set()
    prefix = _common([unit.path for unit in units])
    for unit in units:
        own = [one for one in weigh(one for one in unit.evidence if one.key == "name")[0] if slug(str(one.value), 30)]
        steps = [part for part in reversed(unit.path.split("/")) if part not in GENERIC | {"."}]
        last = (steps or ["app"])[0].removeprefix(prefix)
        name = slug(str(own[0].value) if own else last, 30) or "app"
        evidence = [one for one in unit.evidence if one.key != "name"]
        if name in taken:
            longer = slug("-".join(reversed(steps[:2])), 30) or name
            name = next(one for one in (longer, *(f"{name[:27]}-{n}" for n in range(2, 40))) if one not in taken)
            own = []
        taken.add(name)
        read = "the folder's name" if steps else "the usual name"
        at = (own[0].path, own[0].line, own[0].read) if own else (unit.path, 0, read)
        unit.evidence = [Evidence("name", name, *at, Strength.FIXED), *evidence]


def _common(paths: list[str]) -> str:
    """The words that the folders of all services begin with: the project's name says them already."""
    names = [path.rpartition("/")[2].split("-") for path in paths]
    count = 0
    while len({tuple(name) for name in names}) > 1 and len({tuple(name[: count + 1]) for name in names}) == 1:
        count += 1
    return "".join(f"{word}-" for word in names[0][:count]) if names else ""
