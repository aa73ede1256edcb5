"""Matrices of workflows say of a service what the answers say

A row that names a service says in which folder it lies, at which port its container is asked, and by which host its
users come. With another one the tests ask nobody, and nothing is merged or released; or those of another service run,
and are taken for these. The hosts of a matrix are those of services, in an environment or without. Judged in
repositories of agency-scaffold, by the answers; what is to be otherwise is changed there, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import environments, github, service_names
from generator.checks.models.ours import is_ours
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources
from generator.places import ANSWERS_FILE
from generator.spelling import Guess, closest

FORMAT = Format.GITHUB

_ALIKE = 0.75
_OF_LISTS = {"service", "path"}
"""The keys of rows that are lists of services, which another rule compares."""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources) and service_names.answered(sources):
        yield from github.workflow_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for job in github.jobs(sources, path).values():
        matrix = job.node.at("strategy", "matrix")
        rows = matrix.at("include").items
        for row in rows:
            yield from _row(sources, row, listed={key for one in rows for key in one.map} <= _OF_LISTS)
        for host in matrix.at("host").items:
            yield from _host(sources, host)


def _row(sources: Sources, row: Node, *, listed: bool) -> Iterator[Flaw]:
    name, known = row.at("service"), service_names.answered(sources)
    service = known.get(name.text)
    if service is None:
        # A row of the team's own may be about something else, which is no service.
        near = did_you_mean(name.text, known)
        if near and not listed:
            yield at(name, f"there is no service {name.text}", near=near)
        return
    host = ".".join(filter(None, (service.at("host").text, _domain(sources))))
    facts = (("path", service.at("path").text), ("port", service.at("port").text))
    for key, right in (*facts, ("host", host if service.at("host").text and _domain(sources) else "")):
        given = row.at(key)
        if given.text and right and given.text != right and "${{" not in given.text:
            message = f"the {key} of {name.text} is {right} ({ANSWERS_FILE}:{service.at(key).line}), not {given.text}"
            yield at(given, message, f"Write {right}.")


def _host(sources: Sources, host: Node) -> Iterator[Flaw]:
    """A host below the domain that is almost one of a service."""
    label, _, domain = host.text.partition(".")
    own = [one.at("host").text for one in service_names.answered(sources).values() if one.at("host").text]
    known = [f"{prefix}{one}" for one in own for prefix in ("", *_prefixes(sources))]
    near = closest(label, known, _ALIKE) if domain and domain == _domain(sources) and label not in known else ""
    if near:
        yield at(host, f"no service has the host {host.text}", near=Guess(f"{near}.{domain}"))


def _prefixes(sources: Sources) -> list[str]:
    return [f"{environment}-" for environment in environments.answered(sources)]


def _domain(sources: Sources) -> str:
    return yaml.root(sources, ANSWERS_FILE).at("project", "domain").text
