"""The steps of workflows at which it is known what files are there, and what they know of matrices and inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import github, given_values, job_permissions
from generator.checks.models.github import Job
from generator.checks.models.given_values import Scope
from generator.checks.models.habits import Told, gathered
from generator.checks.models.ignored import is_ignored
from generator.checks.models.service_folders import is_of_a_service
from generator.checks.rule import Flaw
from generator.checks.source import Sources, join, shared, text

FOLDERS: Final[Mapping[str, str]] = {
    "docker/build-push-action": "context",
    "astral-sh/setup-uv": "working-directory",
    "golangci/golangci-lint-action": "working-directory",
}
"""The input of an action that is a folder of the repository."""
FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "docker/build-push-action": ("file",),
    "aquasecurity/trivy-action": ("trivyignores", "ignore-policy"),
    "hadolint/hadolint-action": ("dockerfile", "config"),
    "actions/setup-python": ("python-version-file",),
    "actions/setup-node": ("node-version-file",),
    "actions/setup-go": ("go-version-file",),
    "actions/setup-java": ("java-version-file",),
}
"""The inputs that are files of it."""
_MAKES: Final = re.compile(r"actions/(?:download-artifact|cache)\b")
"""Known actions that bring folders."""
_BUILT: Final = frozenset({
    "_site", "bin", "build", "coverage", "dist", "node_modules", "out", "public", "site", "target",
})  # fmt: skip
"""Folders that builds make, whatever they are told."""


@dataclass(frozen=True, slots=True)
class Known:
    """A step before which nothing has brought files that nobody knows."""

    path: str
    """The file that it stands in: a workflow, or an action that a workflow uses."""
    step: Node
    action: str
    """What it uses, without the version; "" for a script."""
    usual: Node
    """Where scripts of the job work."""
    env: tuple[Node, ...]
    """The environments around it."""
    scopes: tuple[Scope, ...]
    before: tuple[Node, ...]
    """The steps before it."""


def files(sources: Sources) -> Iterator[str]:
    """The repository's own workflows and actions: there such steps, and what they are given, are written."""
    yield from (path for path in github.workflow_paths(sources) if not github.is_for_others(sources, path))
    yield from github.action_paths(sources)


@shared
def steps(sources: Sources) -> tuple[Known, ...]:
    """Those of the jobs of all workflows, and of the repository's actions that they use."""
    return tuple(
        one
        for path in github.workflow_paths(sources)
        if not github.is_for_others(sources, path)
        for job in github.jobs(sources, path).values()
        for one in _of_job(sources, path, job)
    )


def _of_job(sources: Sources, path: str, job: Job) -> Iterator[Known]:
    root = yaml.root(sources, path)
    usual = job.node.at("defaults", "run", "working-directory") or root.at("defaults", "run", "working-directory")
    around = (root.at("env"), job.node.at("env"))
    every = given_values.of_job(sources, path, job.id)
    there, before = False, list[Node]()
    for step in job.steps:
        uses = step.at("uses").text
        action = uses.partition("@")[0]
        if action == "actions/checkout":
            if not _is_of_this(step.at("with")):
                return
            there = True
        elif there:
            scopes = tuple(one for one in every if given_values.holds(step.at("if").text, one))
            yield Known(path, step, action, usual, (*around, step.at("env")), scopes, tuple(before))
            yield from _of_action(sources, path, step, scopes, before)
        if _MAKES.match(uses) or not (not uses or uses.startswith("./") or job_permissions.HARMLESS.fullmatch(uses)):
            return
        before.append(step)


def _of_action(
    sources: Sources, path: str, step: Node, scopes: tuple[Scope, ...], above: list[Node]
) -> Iterator[Known]:
    target = github.local_target(sources, step.at("uses").text)
    before = list(above)
    bound = given_values.of_action(sources, path, step, scopes) if target in sources.tree else ()
    for inner in github.jobs(sources, target)[""].steps if bound and "" in github.jobs(sources, target) else ():
        uses = inner.at("uses").text
        if uses.startswith("actions/checkout@") and not _is_of_this(inner.at("with")):
            return
        within = tuple(one for one in bound if given_values.holds(inner.at("if").text, one))
        yield Known(target, inner, uses.partition("@")[0], ABSENT, (inner.at("env"),), within, tuple(before))
        if _MAKES.match(uses) or not (not uses or job_permissions.HARMLESS.fullmatch(uses)):
            return
        before.append(inner)


def _is_of_this(inputs: Node) -> bool:
    """Whether a checkout brings this repository as it is here, and to where steps begin."""
    ref = inputs.at("ref").text
    return not (inputs.at("repository") or inputs.at("path")) and (not ref or "github." in ref)


@shared
def _said(sources: Sources, step: Node) -> str:
    """What a step says that it does, with the scripts and actions of the repository that it runs."""
    target = github.local_target(sources, step.at("uses").text)
    runs = [step, *(one for job in github.jobs(sources, target).values() for one in job.steps)] if target else [step]
    words = [word for part in runs for word in _words(part)]
    return "\n".join([*words, *(job_permissions.script(sources, one.at("run") or ABSENT) for one in runs), ""])


def _words(step: Node) -> Iterator[str]:
    """The values of a step, but for the files that an action only reads."""
    action = step.at("uses").text.partition("@")[0]
    reads = (FOLDERS.get(action, ""), *FILES.get(action, ()))
    yield from (node.text for key, node in step.at("with").map.items() if key not in reads)
    yield from (node.text for node in step.at("env").map.values())


@dataclass(frozen=True, slots=True)
class Missing:
    """Paths that a place of a step names, which nothing brings."""

    places: tuple[str, ...]
    """What the place becomes with different values; mostly one."""
    path: str
    written: Node
    """Where somebody wrote it, in the file `path`: the place itself, or the row or the call that it comes from."""
    is_whole: bool
    """Whether the path is written there as it is, and not made of values."""
    used: str
    """Where it is used, as part of a message; "" for where it is written."""


def missing(sources: Sources, known: Known, node: Node, below: str = "") -> Iterator[Missing]:
    """What a place of a step names, or what lies `below` that, and is not there; some places are lists."""
    found: dict[tuple[str, Node], dict[str, None]] = {}
    for value in [given_values.filled(known.path, node, scope) for scope in known.scopes if node]:
        for written in re.split(r"[,\s]+", value.text) if value else ():
            place = join(written, below)
            if value and place and written and is_plain(written) and not _may_be_there(sources, place, known):
                found.setdefault((value.path, value.node), {})[place] = None
    for (path, where), places in found.items():
        used = "" if where is node else f", which {known.path}:{node.line} needs"
        yield Missing(tuple(places), path, where, given_values.is_known(where.text), used)


def is_plain(written: str) -> bool:
    """Whether a path is one of the repository, written out."""
    return not re.match(r"/|~|\.\./", written) and not re.search(r"[$*\\#]|://|\{\{", written)


def _may_be_there(sources: Sources, place: str, known: Known) -> bool:
    """Whether a file or a folder is in the repository, or may be made by a step before."""
    if place in sources.tree or sources.has_folder(place):
        return True
    if is_of_a_service(sources, place) or is_ignored(sources, place):
        return True
    first = next(one for one in _ways(place) if not sources.has_folder(one)).rpartition("/")[2]
    modules = text(sources, ".gitmodules") if ".gitmodules" in sources.tree else ""
    named = re.compile(rf"(?<![\w-]){re.escape(first)}(?![\w-])")
    return first in _BUILT or any(
        named.search(one) for one in (modules, *(_said(sources, one) for one in known.before))
    )


def _ways(place: str) -> Iterator[str]:
    """The path and the folders above it, from the top."""
    parts = place.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def told(sources: Sources, judge: Callable[[Sources, Known], Iterable[tuple[str, Flaw]]]) -> Told:
    """What is wrong with the steps, by file: a value that several of them need is told once."""
    found: dict[tuple[str, int, int], tuple[str, Flaw]] = {}
    for path, flaw in (one for known in steps(sources) for one in judge(sources, known)):
        found.setdefault((path, flaw.line, flaw.column), (path, flaw))
    return gathered(found.values())
