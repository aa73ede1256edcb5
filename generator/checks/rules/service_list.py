"""Lists of services name those that there are

Workflows say in `SERVICES` and in their matrices what is built, scanned and released; the tables of previews and
`services` in Terraform's values name the same services. A name that is none builds nothing and stops the release; a
service that is missing has no image, no registry, or no place in the release. The names are those of
`scripts/lib/release.env.sh` and of the answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.formats.yaml import Node
from generator.checks.models import github, release_table, service_names
from generator.checks.models.credentials import is_test
from generator.checks.models.github import Job
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources, folder, shared
from generator.spelling import closest

FORMAT = Format.GITHUB

_WHOLE: Final = (".github/workflows/_build.yml", ".github/workflows/_deploy.yml")
"""Workflows whose lists have every service."""
_FIX: Final = "Write the name of a service as the release scripts have it."
_MORE: Final = "Add it, or take it out of the release scripts and the answers, too."


def files(sources: Sources) -> Iterator[str]:
    if service_names.known(sources):
        yield from github.workflow_paths(sources)
        yield from (path for path in (release_table.PREVIEWS,) if path in sources.tree)
        yield from _values(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path == release_table.PREVIEWS:
        yield from _previews(sources, path)
    elif path.endswith(".tfvars"):
        yield from _of_terraform(sources, _values(sources)[path])
    else:
        for job in github.jobs(sources, path).values():
            for env in (job.node.at("env"), *(step.at("env") for step in job.steps)):
                yield from _listed(sources, env.at("SERVICES"), whole=path in _WHOLE)
            yield from _matrix(sources, job)


def _listed(sources: Sources, node: Node, *, whole: bool) -> Iterator[Flaw]:
    """A list in JSON, of names or of objects with a `service`; a list of the team's own may be of something else."""
    try:
        given = json.loads(node.text) if node.text.startswith("[") else []
    except (ValueError, RecursionError):
        return
    every = [one.get("service") if isinstance(one, dict) else one for one in given]
    names = [name for name in every if isinstance(name, str)]
    if names == every and (whole or not service_names.known(sources).isdisjoint(names)):
        yield from (at(node, message, _FIX) for name in names for message in _unknown(sources, name))
        yield from (at(node, message, _MORE) for message in (_missing(sources, names) if whole and names else ()))


def _matrix(sources: Sources, job: Job) -> Iterator[Flaw]:
    """Rows that build or scan the image of a service, and those whose name is almost one."""
    rows = job.node.at("strategy", "matrix", "include").items
    keys = {key for row in rows for key in row.map}
    known = sorted(service_names.known(sources))
    for name in (row.at("service") for row in rows if keys <= {"service", "path"}):
        if "uses" in job.node.map or closest(name.text, known):
            yield from (at(name, message, _FIX) for message in _unknown(sources, name.text))


def _previews(sources: Sources, path: str) -> Iterator[Flaw]:
    for variable in ("PREVIEW_SERVICES", "PREVIEW_ROUTES", "PREVIEW_SEEDS"):
        for row in release_table.rows(sources, path, variable):
            for number, name in enumerate(row.words if variable == "PREVIEW_SEEDS" else row.words[:1]):
                yield from (Flaw(row.line, one, _FIX, row.column(number)) for one in _unknown(sources, name))


@shared
def _values(sources: Sources) -> dict[str, Argument]:
    """The `services` of Terraform's values beside a registry for each of them."""
    roots = {folder(one) for one in sources.ending(".tf") if b"aws_ecr_repository" in sources.tree[one].content}
    found: dict[str, Argument] = {}
    for path in sources.ending(".tfvars"):
        if folder(folder(path)) in roots and not is_test(path):
            argument = hcl.parse(sources, path).body.get("services")
            found |= {path: argument} if argument and hcl.unwrap(argument.value).type == "object" else {}
    return found


def _of_terraform(sources: Sources, argument: Argument) -> Iterator[Flaw]:
    entries = hcl.entries(argument.value)
    for name, node, _ in entries:
        line, column = hcl.place(node)
        yield from (Flaw(line, message, _FIX, column) for message in _unknown(sources, name or ""))
    yield from (at(argument, message, _MORE) for message in _missing(sources, [name or "" for name, _, _ in entries]))


def _unknown(sources: Sources, name: str) -> Iterator[str]:
    known = service_names.known(sources)
    if name and name not in known and "$" not in name:
        yield f"there is no service {name}{did_you_mean(name, known)}"


def _missing(sources: Sources, names: list[str]) -> Iterator[str]:
    for service in sorted(service_names.required(sources) - set(names)):
        # One that is only misspelt is told as that.
        if not any(did_you_mean(service, {name}) for name in set(names) - service_names.known(sources)):
            yield f"{service} is missing here, which {release_table.PATH} releases"
