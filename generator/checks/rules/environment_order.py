"""Environments are reached in their order

A release or a change of the infrastructure is tried in each environment before the next one gets it. The order is that
of `environments` in `agency-scaffold.yml`: `previous` names the environment before the one that is released to, and a
job for an environment `needs` one of those for the environment before it, directly or not. Judged are the workflows
that agency-scaffold made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.environments import answered
from generator.checks.models.github import Job
from generator.checks.models.ours import is_managed
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if len(answered(sources)) > 1:
        yield from (path for path in github.workflow_paths(sources) if is_managed(sources, path))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    order = answered(sources)
    jobs = github.jobs(sources, path)
    places = {name: place for name, job in jobs.items() if (place := _environment(job)) and place.text in order}
    for name, place in places.items():
        number = order.index(place.text)
        before = order[number - 1] if number else ""
        yield from _previous(jobs[name], place.text, before)
        those = {other for other, one in places.items() if one.text == before}
        needed = _needed(jobs, name)
        # What comes behind another job for the same environment follows from it.
        if those and not those & needed and not any(places[one].text == place.text for one in needed & set(places)):
            key = next((key for key in jobs[name].node.keys if key.text == "needs"), place)
            message = f"job {name} reaches {place.text} without having waited for {before}"
            yield at(key, message, f"Add {sorted(those)[-1]} to its `needs`.")


def _environment(job: Job) -> Node | None:
    """Where a job names the one environment that it is for; None for a job of several, or of none."""
    matrix = job.node.at("strategy", "matrix")
    rows = [row.at("environment") for row in matrix.at("include").items] + matrix.at("environment").items
    named = [job.node.at("environment"), job.node.at("environment", "name"), job.node.at("with", "environment")]
    found = [one for one in (*named, *rows) if one.text and "${{" not in one.text]
    return found[0] if len({one.text for one in found}) == 1 else None


def _previous(job: Job, environment: str, before: str) -> Iterator[Flaw]:
    previous = job.node.at("with", "previous")
    if "previous" in job.node.at("with").map and previous.text != before and "${{" not in previous.text:
        asked = f"{previous.text} is asked" if previous.text else "nobody is asked"
        message = (
            f"{asked} whether it ran what {environment} gets, where {before or 'no environment'} is the one before"
        )
        yield at(previous, message, f'Write "{before}".')


def _needed(jobs: Mapping[str, Job], name: str) -> set[str]:
    """The jobs that one waits for, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(jobs[waiting.pop()].needs) & set(jobs) - found
        found |= new
        waiting += new
    return found
