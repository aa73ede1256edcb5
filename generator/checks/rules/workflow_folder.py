"""Steps of workflows work in folders that are there

A step whose `working-directory` does not exist fails before its first command. Correct the path. A folder that an
earlier step may have made is not judged: its name stands in that step, or the step is an action that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import github, job_permissions
from generator.checks.models.github import Job
from generator.checks.models.ignored import is_ignored
from generator.checks.models.service_folders import is_of_a_service
from generator.checks.rule import Flaw, Format, at, did_you_mean_path
from generator.checks.source import Sources, folders, join, text

FORMAT = Format.GITHUB

_MAKES = re.compile(r"actions/(?:download-artifact|cache)\b")
"""Known actions that bring folders."""
_BUILT = frozenset({"_site", "bin", "build", "coverage", "dist", "node_modules", "out", "public", "site", "target"})
"""Folders that builds make, whatever they are told."""


def files(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if not github.is_for_others(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    usual = yaml.root(sources, path).at("defaults", "run", "working-directory")
    found: dict[tuple[int, int], Flaw] = {}
    for job in github.jobs(sources, path).values():
        for flaw in _of_job(sources, job, job.node.at("defaults", "run", "working-directory") or usual):
            found.setdefault((flaw.line, flaw.column), flaw)
    yield from found.values()


def _of_job(sources: Sources, job: Job, usual: Node) -> Iterator[Flaw]:
    there, said = False, ""
    for step in job.steps:
        uses = step.at("uses").text
        if uses.startswith("actions/checkout@"):
            if not _is_of_this(step.at("with")):
                return
            there = True
        elif uses:
            if _MAKES.match(uses) or not (uses.startswith("./") or job_permissions.HARMLESS.fullmatch(uses)):
                return
        elif step.at("run") and there:
            place = step.at("working-directory") or usual
            for node, folder in _given(job, place):
                if not _is_there(sources, folder, said):
                    fix = "Write a folder of the repository, or make it in a step before."
                    yield at(node, f"there is no folder {folder}", fix, did_you_mean_path(folder, folders(sources)))
        said += _said(sources, step)


def _is_of_this(inputs: Node) -> bool:
    """Whether a checkout brings this repository as it is here, and to where steps begin."""
    ref = inputs.at("ref").text
    return not (inputs.at("repository") or inputs.at("path")) and (not ref or "github." in ref)


def _given(job: Job, place: Node) -> Iterator[tuple[Node, str]]:
    """The folders that a place may be, each where it is written; none where only a run can tell."""
    name = re.fullmatch(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}", place.text)
    matrix = job.node.at("strategy", "matrix")
    rows = [row.at(name[1]) for row in matrix.at("include").items] if name else []
    for node in (*rows, *matrix.at(name[1]).items) if name else (place,):
        written = re.sub(r"^\$\{\{\s*github\.workspace\s*\}\}/", "", node.text.strip())
        folder = join("", written)
        if folder and not re.match(r"/|~|\.\./", written) and not re.search(r"[$*\\]", written):
            yield node, folder


def _is_there(sources: Sources, folder: str, said: str) -> bool:
    """Whether a folder is in the repository, or may be made by what was said before."""
    if sources.has_folder(folder) or is_of_a_service(sources, folder) or is_ignored(sources, folder):
        return True
    first = next(one for one in _ways(folder) if not sources.has_folder(one)).rpartition("/")[2]
    modules = text(sources, ".gitmodules") if ".gitmodules" in sources.tree else ""
    return first in _BUILT or re.search(rf"(?<![\w-]){re.escape(first)}(?![\w-])", f"{said}\n{modules}") is not None


def _ways(folder: str) -> Iterator[str]:
    """The folder and those above it, from the top."""
    parts = folder.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def _said(sources: Sources, step: Node) -> str:
    """What a step says that it does, with the scripts and actions of the repository that it runs."""
    target = github.local_target(sources, step.at("uses").text)
    runs = [step, *(one for job in github.jobs(sources, target).values() for one in job.steps)] if target else [step]
    words = [one.text for part in runs for one in (*part.at("with").map.values(), *part.at("env").map.values())]
    return "\n".join([*words, *(job_permissions.script(sources, one.at("run") or ABSENT) for one in runs), ""])
