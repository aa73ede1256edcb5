"""Which service a Dockerfile builds and a container runs: by folder, by what is copied, by name, or not for certain."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from typing import Final

from generator.assess import compose, dockerfile, project
from generator.assess.dockerfile import Dockerfile
from generator.assess.evidence import Evidence, Strength, Unit
from generator.assess.folder import Folder, inside, parent
from generator.assess.languages import node
from generator.assess.starts import start

ASIDE: Final = re.compile(
    r"(^|/)(tests?|testdata|test-\w+|fixtures|examples?|samples?|docs?|documentation|e2e|cypress|benchmarks?|scripts|tools|hack|"
    r"templates|themes|playground|demos?|extras?|genproto|codegen|protos?|\w+-tests?|[\w.]+\.Tests)(/|$)",
    re.IGNORECASE,
)
"""Folders whose code is no service of the repository."""
NO_CODE: Final = re.compile(
    r"(^|/)(docker|packaging|deploy(ment)?s?|infra(structure)?|terraform|k8s|kubernetes|helm|charts?|ci)(/|$)"
)
"""Folders that say how something is run that lies elsewhere: a manifest in them is that of a tool."""
GENERIC: Final = frozenset({"src", "source", "code", "main", "cmd"})
"""Names of folders that say nothing of what lies in them."""
_LONGEST: Final = 200
"""Characters of an image's name that are looked at."""
_ASKED: Final = r"(?:-p|--package|--bin|--filter|-w|--workspace|-pl)[ =][\"']?(?:@[\w-]+/|:)?{name}(?![\w-])"
"""What builds one of several programs, by its name."""
_WORKS: Final = re.compile(r"(?i)worker|consumer|celery|sidekiq|queue|jobs")


def called(unit: Unit) -> list[str]:
    """The names that a unit may go by elsewhere."""
    own = [str(one.value) for one in unit.evidence if one.key == "name"]
    steps = [part for part in reversed(unit.path.split("/")) if part not in GENERIC | {"."}]
    return own or steps[:1]


def by_name(folder: Folder, units: list[Unit]) -> dict[str, list[Unit]]:
    """The units by what their images may be called: code in the root as the project is, with nothing before it."""
    names = [f"/{one.value}" for one in project.shown(folder, code=True) if one.key == "project.name"]
    known: dict[str, list[Unit]] = {}
    for unit in units:
        more = names if unit.path == "." and not unit.beside else []
        for name in dict.fromkeys([*called(unit), *more]):
            known.setdefault(name, []).append(unit)
    return known


def of_image(image: str, known: Mapping[str, list[Unit]]) -> list[Unit]:
    """Those that are called as an image is, perhaps with the project's name before it."""
    name = re.sub(r"^.*/|[:@].*$", "", image)[:_LONGEST]
    ends = [f"/{name}", name, *(name[at + 1 :] for at, sign in enumerate(name) if sign in "-_")]
    return list({id(unit): unit for end in ends for unit in known.get(end, ())}.values())


def add_dockerfiles(folder: Folder, units: list[Unit], notes: list[str]) -> dict[str, Unit]:
    """Gives each Dockerfile to the unit that it builds; what it is a worker more for is returned, by its path."""
    contexts = {run.dockerfile: run.place for run in compose.runs(folder) if run.dockerfile}
    paths = [p for p in sorted(folder.named(dockerfile.NAME)) if dockerfile.runs_it(p) and not ASIDE.search(parent(p))]
    built: list[tuple[Unit, Dockerfile]] = []
    for path in paths:
        made = dockerfile.read(folder, path)
        unit = _built_by(folder, units, made, contexts.get(path, ""), alone=len(paths) == 1)
        if unit is None:
            notes.append(f"{path}: which service it builds is not clear, so nothing was taken from it")
        else:
            built.append((unit, made))
    serving = {id(unit) for unit, made in built if not _works(folder, unit, made)}
    workers: dict[str, Unit] = {}
    for unit, made in built:
        if id(unit) in serving and _works(folder, unit, made):
            command, line = made.starts()
            started = start(command, node.scripts_of(folder, unit.path))
            read = f"it starts {started.program}" if started.kind else "the name of its Dockerfile"
            workers[made.path] = _worker(unit, _word(made) or "worker", made.path, line, read)
        else:
            _add(folder, unit, made)
    return workers


def _word(made: Dockerfile) -> str:
    """What a Dockerfile is called beside that."""
    return re.sub(r"(?i)\.?(dockerfile|containerfile)\.?", "", made.path.rpartition("/")[2])


def _works(folder: Folder, unit: Unit, made: Dockerfile) -> bool:
    """Whether a Dockerfile starts a worker, as its command says, or else its name."""
    kind = start(made.starts()[0], node.scripts_of(folder, unit.path)).kind
    return kind == "worker" or (not kind and bool(_WORKS.search(_word(made))))


def _add(folder: Folder, unit: Unit, made: Dockerfile) -> None:
    if made.serves_files(unit.language):
        unit.role = "service"
        image, line = made.bases[-1]
        for key in ("kind", "language"):
            unit.shows(key, "static", made.path, line, f"{image} serves plain files", Strength.STARTS)
        dockerfile.listens(unit, made)
    else:
        dockerfile.shown(unit, made, node.scripts_of(folder, unit.path))


def _built_by(folder: Folder, units: list[Unit], made: Dockerfile, context: str, *, alone: bool) -> Unit | None:
    """The unit of a Dockerfile: that of its folder, of its name, the only one it copies, or that of its context."""
    text = folder.text(made.path)
    place = re.sub(r"(^|/)src/main/docker$", "", parent(made.path)) or "."  # where Quarkus puts them
    beside = [unit for unit in units if unit.path == place]
    if len(beside) > 1:  # programs of one module
        beside = [
            u for u in beside if any(re.search(rf"cmd/{re.escape(n)}\b|/{re.escape(n)}\b", text) for n in called(u))
        ]
    if len(beside) == 1:
        return beside[0]
    word = _word(made)
    named = [unit for unit in units if word and word in called(unit)]
    runs = [unit for unit in units if unit.path != "." and unit.role != "library"]
    copied = [unit for unit in runs if any(_names(copy, unit.path) for copy in made.copies)]
    known = context or ("." if alone or place == "." or NO_CODE.search(place) else "")
    whole = [unit for unit in units if unit.path == known and copies(folder, made, known)]
    alike = [unit for unit in runs if known == "." and unit.language == dockerfile.language(made)[0]]
    asked = [u for u in alike if any(re.search(_ASKED.format(name=re.escape(n)), text) for n in called(u))]
    only = [unit for unit in alike if copies(folder, made, known)]
    return next((found[0] for found in (named, copied, whole, asked, only) if len(found) == 1), None)


def _names(copy: str, place: str) -> bool:
    return place in copy and re.search(rf"(^|[\s./]){re.escape(place)}(/|\s|$)", copy) is not None


def copies(folder: Folder, made: Dockerfile, context: str) -> bool:
    """Whether a Dockerfile takes all that lies in its context, or a manifest that lies there."""
    manifests = (
        "package.json",
        "pyproject.toml",
        "requirements.txt",
        "go.mod",
        "Cargo.toml",
        "Gemfile",
        "pom.xml",
        "build.gradle*",
    )
    sources = [word.removeprefix("./") for copy in made.copies if "--from" not in copy for word in copy.split()[:-1]]
    there = [name for name in manifests if any(folder.below(context)) and _there(folder, context, name)]
    return any(word in {"", ".", "*"} or any(fnmatch.fnmatch(name, word) for name in there) for word in sources)


def _there(folder: Folder, context: str, name: str) -> bool:
    return any(
        fnmatch.fnmatch(path, inside(context, name)) for path in folder.below(context) if parent(path) == context
    )


def add_runs(folder: Folder, units: list[Unit], workers: Mapping[str, Unit], notes: list[str]) -> list[Unit]:
    """Adds what compose files and Procfiles say; what runs a worker from the code of another is a service more."""
    more = [*workers.values()]
    known = by_name(folder, units)
    for run in compose.runs(folder):
        if worker := workers.get(run.dockerfile):
            worker.shows("name", run.name, run.path, run.line, "its name there", Strength.STARTS + 1)
            continue
        unit = _run_by(folder, units, run, known)
        if unit is None:
            continue
        started = start(run.command, node.scripts_of(folder, unit.path))
        at = f"{run.path}:{run.line} {run.name}"
        if run.entry.get("profiles") or str(run.entry.get("restart")) in {"no", "False"}:
            unit.role = "program"
            notes.append(f"{at} runs only when it is asked for: it was taken for no service")
        elif started.kind == "scheduler":
            notes.append(f"{at} must run once only, and replicas of ours are several: left out")
        elif run.name in {"release", "migrate", "migrations"} or compose.one_off(run):
            if not run.entry and compose.one_off(run):
                unit.shows(
                    "commands.migrate", str(run.command), run.path, run.line, f"the line {run.name}", Strength.FIXED
                )
        elif started.kind == "worker" and unit.kind() != "worker":
            more.append(_worker(unit, run.name, run.path, run.line, f"it starts {started.program}"))
        else:
            compose.shown(unit, run, node.scripts_of(folder, unit.path))
            strength = Strength.DECLARED if run.entry else Strength.USUAL
            unit.shows("name", run.name, run.path, run.line, "its name there", strength - len(run.path) // 10)
    return [unit for number, unit in enumerate(more) if called(unit) not in [called(one) for one in more[:number]]]


def _run_by(folder: Folder, units: list[Unit], run: compose.Run, known: Mapping[str, list[Unit]]) -> Unit | None:
    """The unit whose code a container runs; None where that is not certain."""
    if not run.dockerfile:  # a line of a Procfile, or an image alone
        image = str(run.entry.get("image", ""))
        found = [unit for unit in units if unit.path == run.place] if run.place else of_image(image, known)
    elif "$" in run.dockerfile:
        found = [unit for unit in units if run.name in called(unit)]
    else:
        found = [unit for unit in units if unit.path == parent(run.dockerfile)]
        if not found and (
            run.dockerfile not in folder or copies(folder, dockerfile.read(folder, run.dockerfile), run.place)
        ):
            found = [unit for unit in units if unit.path == run.place]
    exact = [unit for unit in found if run.name in called(unit)]
    return next((some[0] for some in (exact, found) if len(some) == 1), None)


def _worker(beside: Unit, name: str, path: str, line: int, read: str) -> Unit:
    """A worker that runs from the code of another service."""
    same = [one for one in beside.evidence if one.key in {"language", "version", "package_manager"}]
    same.append(Evidence("name", name, path, line, "its name there", Strength.STARTS))
    same.append(Evidence("kind", "worker", path, line, read, Strength.STARTS + 1))
    return Unit(beside.path, beside.language, "service", same, beside.dependencies, beside=f"{path}:{line}")
