"""Checks that a branch requires exist, and stand for every job before them

A ruleset that waits for a check which no job has lets nothing be merged any more. A job that gathers
others (`if: always()`, `needs`) is green while a job that it does not wait for is red: add each job of
its workflow to its `needs`. Without `always()` it is skipped as soon as one before it fails, and GitHub counts a
check that was skipped as passed. The rulesets are read from `.github/repository-settings.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.checks.models import github, repository
from generator.checks.models.github import Job
from generator.checks.rule import Flaw, Format, at, did_you_mean, one_of
from generator.checks.source import Sources, shared

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if repository.contexts(sources):
        yield repository.SETTINGS
        yield from github.workflow_paths(sources)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path != repository.SETTINGS:
        for job in github.jobs(sources, path).values():
            yield from _gathers(sources, path, job)
        return
    names = _names(sources)
    for context in repository.contexts(sources):
        if not any(re.fullmatch(name, context.text) for name in names):
            message = f"no job has the name {context.text}, so nothing can be merged"
            plain = [name for name in names if re.fullmatch(r"[\w-]+", name)]
            yield at(context, message, one_of(plain, "Write the name of a job."), did_you_mean(context.text, plain))


@shared
def _names(sources: Sources) -> tuple[str, ...]:
    """Patterns of the names that the checks of jobs have; one of a called workflow begins with its caller's."""
    found = []
    for path in github.workflow_paths(sources):
        for job in github.jobs(sources, path).values():
            parts = re.split(r"\$\{\{.*?\}\}", _shown(job))
            inner = r" / .+" if job.node.at("uses") else r" \(.+\)" if job.node.at("strategy", "matrix") else ""
            pattern = ".*".join(re.escape(part).replace(r"\-", "-") for part in parts)
            found.append(f"{pattern}(?:{inner})?" if inner else pattern)
    return tuple(found)


def _gathers(sources: Sources, path: str, job: Job) -> Iterator[Flaw]:
    """Jobs that a required one should wait for, and does not."""
    jobs = github.jobs(sources, path)
    required = {context.text for context in repository.contexts(sources)}
    if _shown(job) not in required or not job.needs:
        return
    if not github.ANYWAY.search(job.node.at("if").text):
        alone = [name for name in job.needs if name in jobs and _shown(jobs[name]) not in required]
        if alone:
            message = (
                f"the required check {job.id} is skipped where {', '.join(alone)} failed, and counts as passed then"
            )
            place = job.node.at("if") or job.node.key("needs")
            yield at(place, message, "Write `if: always()`, and let a step fail where one of `needs` did.")
        return
    forgotten = [
        name
        for name in jobs
        if name != job.id and name not in _before(jobs, job, passing=True) and job.id not in _before(jobs, jobs[name])
    ]
    if forgotten:
        message = f"the required check {job.id} is green whatever becomes of {', '.join(forgotten)}"
        yield at(job.node.at("needs"), message, f"Add {', '.join(forgotten)} to `needs`.")


def _shown(job: Job) -> str:
    """What the check of a job is called, where it has no parts that are filled in."""
    return job.node.at("name").text or job.id


def _before(jobs: dict[str, Job], job: Job, *, passing: bool = False) -> set[str]:
    """All jobs that one waits for, directly or not; with `passing` those without whose success it is not green."""
    found: set[str] = set()
    waiting = [job]
    while waiting:
        one = waiting.pop()
        fresh = [need for need in one.needs if need not in found and need in jobs]
        if not passing or one is job or not github.ANYWAY.search(one.node.at("if").text):
            found.update(fresh)
            waiting += [jobs[need] for need in fresh]
    return found
