"""Workflows deploy to environments that exist, and to all of them

GitHub makes an environment that a workflow names and nobody knows, without approval and without
variables. Each name must be an environment of the repository, and each environment be named by some
workflow; where one can be chosen in a workflow of ours, it is chosen from all. So must what a release comes
from (`previous`), and the environments in the settings that GitHub gets. What those have beside, as another way into
production, is what a job runs in, too, and what Terraform trusts (`environment:NAME` in the subject of a token).
Environments of previews (`preview...`) come and go and are not judged, nor is a repository that is not made by
agency-scaffold: GitHub's environments need not be those of Terraform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import json, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.environments import wanted
from generator.checks.models.ours import is_managed, is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead, one_of
from generator.checks.source import Sources, lines, shared

FORMAT = Format.GITHUB

SETTINGS: Final = ".github/repository-settings.json"
_INPUT: Final = re.compile(r"\binputs\.([\w-]+)")
_MATRIX: Final = re.compile(r"\bmatrix\.([\w-]+)")
_QUOTED: Final = re.compile(r"'([\w.-]+)'")
_CHOSEN: Final = re.compile(r"(?:&&|\|\|)\s*'([\w.-]+)'(?!\s*[=!]=)")
"""What an expression may come to."""
_TRUSTED: Final = re.compile(r"(?<=[\":])environment:((?:[\w.-]|\$\{var\.environment\})+)\"")
_EACH: Final = "${var.environment}"


def files(sources: Sources) -> Iterator[str]:
    if wanted(sources) and is_ours(sources):
        yield from _workflows(sources)
        yield from (path for path in (SETTINGS,) if path in sources.tree)
        if _environments(sources):
            yield from (path for path in sources.ending(".tf") if b"environment:" in sources.tree[path].content)


def _workflows(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if _named(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    known = wanted(sources)
    if not path.startswith(github.WORKFLOWS):
        yield from _settings(sources) if path == SETTINGS else _trusted(sources, path)
        return
    for node in _named(sources, path):
        if node.text not in known | _kinds(sources) and not node.text.startswith("preview"):
            yield at(node, f"there is no environment {node.text}", one_of(known), did_you_mean(node.text, known))
    for options in _choices(sources, path):
        offered = {option.text for option in options.items}
        if known & offered and known - offered and is_managed(sources, path):
            missing = ", ".join(sorted(known - offered))
            fix = f"Add {missing} to the `options`."
            yield at(options, f"{missing} cannot be chosen here", fix)
    yield from _chosen(sources, path)
    if path == next(_workflows(sources)):
        used = _used(sources)
        for name in sorted(known - used) if used is not None else ():
            message = f"no workflow deploys to the environment {name}"
            yield Flaw(1, message, f"Add a job with `environment: {name}` to the workflow that deploys.")


def _chosen(sources: Sources, path: str) -> Iterator[Flaw]:
    """What an expression of an environment may come to, and is none."""
    known = wanted(sources) | _kinds(sources)
    for job in github.jobs(sources, path).values():
        for value in (job.node.at("environment"), job.node.at("environment", "name")):
            for name in _CHOSEN.findall(value.text) if "${{" in value.text else ():
                if name not in known and not name.startswith("preview"):
                    free = _kinds(sources) - (_used(sources) or known)
                    message = f"there is no environment {name}"
                    yield at(value, message, one_of(free or known), did_you_mean(name, free or known))


def _trusted(sources: Sources, path: str) -> Iterator[Flaw]:
    """The environments of which a token must come, and that are none."""
    known = wanted(sources) | _kinds(sources)
    for number, line in enumerate(lines(sources, path), 1):
        for match in _TRUSTED.finditer(line) if not line.lstrip().startswith(("#", "//")) else ():
            names = {match[1].replace(_EACH, name) for name in wanted(sources)}
            if not names & known and not match[1].startswith("preview"):
                others = {name.replace(of, _EACH) for name, of in _environments(sources) if of in wanted(sources)}
                fix = one_of({one for one in others if _EACH in one}, f"Write {_EACH}.")
                yield Flaw(number, f"there is no environment {match[1]}", fix, match.start(1) + 1)


def _choices(sources: Sources, path: str) -> Iterator[Node]:
    """The options of each input that chooses an environment."""
    for node in yaml.root(sources, path).at("on", "workflow_dispatch", "inputs").map.values():
        if not any("${{" in option.text for option in node.at("options").items):
            yield node.at("options")


@shared
def _named(sources: Sources, path: str) -> tuple[Node, ...]:
    """The values of every key `environment`, the choices of an input of that name, and what a release comes from."""
    found = []
    for node in yaml.root(sources, path).walk():
        value = node.at("environment")
        previous = node.at("with", "previous") if node.at("with", "environment") else yaml.ABSENT
        for one in (value, value.at("name"), *value.at("options").items, previous):
            if one.text and "${{" not in one.text:
                found.append(one)
    return tuple(found)


def _computed(sources: Sources, path: str) -> Iterator[frozenset[str] | None]:
    """What each `environment` that is an expression may be; None where whoever starts the workflow says it."""
    root = yaml.root(sources, path)
    asked = root.at("on", "workflow_dispatch", "inputs").map
    matrices = [node.at("matrix") for node in root.walk() if node.at("matrix")]
    for node in root.walk():
        for value in (node.at("environment"), node.at("environment", "name")):
            if "${{" not in value.text:
                continue
            inputs = [asked[name] for name in _INPUT.findall(value.text) if name in asked]
            if "client_payload" in value.text or any(not one.at("options") for one in inputs):
                yield None
            keys = _MATRIX.findall(value.text)
            rows = [row for one in matrices for row in one.at("include").items]
            listed = [item.text for key in keys for one in matrices for item in one.at(key).items]
            yield frozenset(
                (*_QUOTED.findall(value.text), *listed, *(row.at(key).text for key in keys for row in rows))
            )


@shared
def _environments(sources: Sources) -> tuple[tuple[str, str], ...]:
    """(name, the environment that it is a part of) in the settings."""
    given: Any = json.parse(sources, SETTINGS).value if SETTINGS in sources.tree else None
    entries = given.get("environments") if isinstance(given, dict) else None
    whole = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return tuple((one["name"], str(one.get("of", ""))) for one in whole if isinstance(one.get("name"), str))


def _kinds(sources: Sources) -> set[str]:
    """The environments of GitHub that are other ways into one of ours."""
    return {name for name, of in _environments(sources) if of in wanted(sources)}


def _settings(sources: Sources) -> Iterator[Flaw]:
    known, used = wanted(sources), _used(sources)
    for name, of in _environments(sources):
        if name.startswith("preview"):
            continue
        message = fix = ""
        if name not in known and of not in known:
            near = did_you_mean(name, known)
            message = f"there is no environment {name}{near}"
            fix = instead(near, one_of(known))
        elif used is not None and name not in known | used:
            message = f"no job runs in the environment {name}, which is another way into {of}"
            fix = f"Name it in the job that it was made for, instead of {of}, or take it out."
        if message:
            line, column = _place(sources, name)
            yield Flaw(line, message, fix, column)


def _used(sources: Sources) -> set[str] | None:
    """The environments that workflows name; None where one of them is not known."""
    named = {node.text for one in github.workflow_paths(sources) for node in _named(sources, one)}
    computed = [one for each in github.workflow_paths(sources) for one in _computed(sources, each)]
    return None if None in computed else named.union(*(one for one in computed if one))


def _place(sources: Sources, name: str) -> tuple[int, int]:
    """Where the settings have the name of an environment."""
    place = re.compile(rf'"name"\s*:\s*"(?={re.escape(name)}")')
    found = ((n, match) for n, one in enumerate(lines(sources, SETTINGS), 1) if (match := place.search(one)))
    return next(((n, match.end() + 1) for n, match in found), (0, 0))
