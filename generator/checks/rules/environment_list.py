"""Every environment has its files everywhere

An environment that has an overlay but no values for Terraform (or the other way round) cannot be
deployed. The environments are those of `agency-scaffold.yml`, else all that occur; each needs a file
in every `environments/` folder of Terraform and a folder in every `overlays/`. The release scripts, the
Makefile, the matrices of workflows and the lists that those hand to scripts name all of them, too, the release scripts
in the order in which a release reaches them. In a repository of somebody else each folder stands for itself, and its
values and its backends are held to each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from generator.checks.formats import yaml
from generator.checks.models import github, matrices
from generator.checks.models.environments import answered, places, wanted
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_managed, is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, folder, lines, makefiles
from generator.finding import Severity
from generator.spelling import closest

FORMAT = Format.TERRAFORM

SCRIPTS: Final = "scripts/lib/release.env.sh"
_RELEASED: Final = re.compile(r"^export RELEASE_ENVIRONMENTS='([^']*)'")
_FILTERED: Final = re.compile(r"\$\(filter ((?:[\w-]+ ?)+),\$\(call scaffold_given,ENV\)")


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys(path for by in places(sources).values() for path in by.values())
    if is_ours(sources):
        yield from (path for path in (SCRIPTS,) if path in sources.tree)
        yield from makefiles(sources)
        yield from github.workflow_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    for place, by in places(sources).items():
        if path in by.values():
            yield from _files(sources, path, place, by)
    if len(known) > 1 and is_ours(sources):
        if path.startswith(github.WORKFLOWS):
            yield from _matrices(sources, path)
            yield from _handed(sources, path)
        else:
            yield from _lists(sources, path)


def _files(sources: Sources, path: str, place: str, by: dict[str, str]) -> Iterator[Flaw]:
    """What is wrong with a file of an environment; what is missing is told at the first that stands there."""
    known = wanted(sources)
    if not is_ours(sources):
        # Folders of different parts may well have different environments; the files in one belong together.
        beside = [names for other, names in places(sources).items() if folder(other) == folder(place)]
        known = {name for names in beside for name in names}
    for name in sorted(known - set(by)) if path == next(iter(by.values())) else ():
        lacking = place.replace("*", name) + ("/kustomization.yaml" if place.endswith("*") else "")
        message = f"there is no {lacking} beside this one: the environment {name} has none"
        yield habit(Flaw(1, message, f"Add {lacking}."))
    for name in sorted(set(by) - known):
        if by[name] == path:
            near = closest(name, sorted(known))
            fix = f"Rename it to {path.replace(name, near)}." if near else f"Remove it, or add the environment {name}."
            yield habit(Flaw(1, f"there is no environment {name}{did_you_mean(name, known)}", fix))


def _lists(sources: Sources, path: str) -> Iterator[Flaw]:
    """What scripts and Makefiles list."""
    known = wanted(sources)
    for number, line in enumerate(lines(sources, path), 1):
        released, filtered = _RELEASED.match(line), _FILTERED.search(line)
        match = (released if path == SCRIPTS else None) or filtered
        given = match[1].split() if match else []
        if match and set(given) != known:
            missing = ", ".join(sorted(known - set(given)))
            more = ", ".join(sorted(set(given) - known))
            message = f"the environment {missing} is missing here" if missing else f"there is no environment {more}"
            fix = f"Write {' '.join(answered(sources) or sorted(known))}."
            yield Flaw(number, message, fix, match.start(1) + 1)
        elif match and released and answered(sources) and tuple(given) != answered(sources):
            message = (
                f"a release would reach {', then '.join(given)}, where the order is {', '.join(answered(sources))}"
            )
            yield Flaw(number, message, f"Write {' '.join(answered(sources))}.", match.start(1) + 1)


def _matrices(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    for part in matrices.of_environments(sources, path):
        missing = ", ".join(sorted(known - part.environments))
        what = f" for {part.what}" if part.what else ""
        if not part.environments:
            yield at(
                part.place,
                "the matrix names no environment, so the job cannot run",
                f"Add a row for {', '.join(sorted(known))}.",
            )
        # A job for one environment alone is made so.
        elif missing and len(part.environments) > 1:
            flaw = at(
                part.place, f"the matrix leaves out the environment {missing}{what}", f"Add an entry for {missing}."
            )
            yield replace(flaw, severity=Severity.WARNING)


def _handed(sources: Sources, path: str) -> Iterator[Flaw]:
    """What a workflow hands to a script as a list of environments, or of their parts (`prod.bootstrap`)."""
    known = wanted(sources)
    for node in yaml.root(sources, path).walk() if is_managed(sources, path) else ():
        for value in node.at("env").map.values():
            given = {word.partition(".")[0] for word in value.text.split()}
            missing = ", ".join(sorted(known - given))
            if len(given) > 1 and given < known:
                yield at(value, f"the list leaves out the environment {missing}", f"Add {missing}.")
