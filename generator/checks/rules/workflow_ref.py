"""Workflows start for the branch and the tags that they are for

A workflow that starts for another branch than the default one starts for nobody, and where the roles of the cloud
trust another one, each of its jobs is refused. The default branch is that of the variable `default_branch` of
Terraform. A tag that starts a release is also looked at by its script: a pattern under `tags` that the script refuses
releases nothing. Judged are the workflows that agency-scaffold made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.patterns import fits
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.ours import is_managed, is_ours
from generator.checks.models.terraform import modules
from generator.checks.models.workflow_text import script_lines
from generator.checks.rule import Flaw, Format, Point, at
from generator.checks.source import Sources, shared

FORMAT = Format.GITHUB

_VARIABLE: Final = "default_branch"
_EVENTS: Final = ("push", "pull_request")
_BRANCH: Final = re.compile(r"(?:refs/remotes/origin/|refs/heads/|--branch[ =])([\w./-]*\w)")
_REFUSED: Final = re.compile(r"\[\[ ! \"\$\{?(\w+)\}?\" =~ (\S{1,200}) \]\]")
_ANY: Final = ("1", "1.2.3", "1.2.3-4", "a", "2026-01-31")
"""What stands for `*` in a tag that is tried."""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        yield from _workflows(sources)
        yield from dict.fromkeys(argument[0] for argument in _trusted(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    trusted = {branch for _, branch, _ in _trusted(sources)}
    used = {branch for one in _workflows(sources) for _, branch in _branches(sources, one)}
    if path.endswith(".tf"):
        for where, branch, place in _trusted(sources):
            if where == path and used and branch not in used:
                message = f"no workflow starts for the branch {branch}, which the roles trust"
                yield at(place, message, f'Write "{min(used)}".')
        return
    for place, branch in _branches(sources, path) if len(trusted) == 1 and trusted & used else ():
        if branch not in trusted:
            message = f"{branch} is not the default branch, which is {min(trusted)}"
            yield at(place, message, f"Write {min(trusted)}.")
    yield from _tags(sources, path)


def _workflows(sources: Sources) -> Iterator[str]:
    return (path for path in github.workflow_paths(sources) if is_managed(sources, path))


@shared
def _trusted(sources: Sources) -> tuple[tuple[str, str, Point], ...]:
    """(file, branch, place) of the default branch, where Terraform says it and no file of values says another."""
    found = []
    for module in modules(sources).values():
        declared = module.variables.get(_VARIABLE)
        default = declared.body.get("default") if declared else None
        if declared and default and default.literal:
            found.append((declared.path, default.literal, Point(default.line, 0)))
    values = (file for path, file in sources.tree.items() if path.endswith(".tfvars"))
    return () if any(_VARIABLE.encode() in file.content for file in values) else tuple(found)


@shared
def _branches(sources: Sources, path: str) -> tuple[tuple[Point, str], ...]:
    """The branches that a workflow names, each with its place; of a list with the right one or a pattern, none."""
    found: list[tuple[Point, str]] = []
    right = {branch for _, branch, _ in _trusted(sources)}
    for event in _EVENTS:
        nodes = yaml.root(sources, path).at("on", event, "branches").items
        names = {node.text for node in nodes}
        nodes = [one for one in nodes if one.text in right] or nodes
        if not any(sign in name for name in names for sign in "*?[!$"):
            found += ((Point(node.line, node.column), node.text) for node in nodes)
    for part in github.embedded(sources, path):
        asked = [one for one in part.parsed.comparisons if one.names == ("github", "ref")]
        asked = [one for one in asked if one.text.removeprefix("refs/heads/") in right] or asked
        for one in asked:
            if one.text.startswith("refs/heads/"):
                line, column = part.place(one.offset)
                found.append((Point(line, column), one.text.removeprefix("refs/heads/")))
    for job in github.jobs(sources, path).values():
        for piece in (piece for step in job.steps for piece in script_lines(sources, path, step.at("run"))):
            found += ((Point(piece.line, 0), match[1]) for match in _BRANCH.finditer(piece.text))
    return tuple(found)


def _tags(sources: Sources, path: str) -> Iterator[Flaw]:
    """Patterns of tags that start a workflow whose script refuses each of them."""
    tags = [tag for tag in yaml.root(sources, path).at("on", "push", "tags").items if not tag.text.startswith("!")]
    for pattern in _taken(github.jobs(sources, path).values()) if tags else ():
        for tag in tags:
            if all(fits(pattern, one) is False for one in _examples(tag.text)):
                message = f"no tag that fits {tag.text} is taken by the script, which asks for {pattern}"
                yield at(tag, message, "Write a pattern for the tags that the script takes.")


def _taken(jobs: Iterable[Job]) -> Iterator[str]:
    """What the name of the tag must fit, or a script ends."""
    for job in jobs:
        for step in job.steps:
            for name, pattern in _REFUSED.findall(step.at("run").text):
                given = step.at("env", name) or job.node.at("env", name)
                if re.fullmatch(r"\$\{\{ *github\.ref_name *\}\}", given.text):
                    yield pattern


def _examples(pattern: str) -> Iterator[str]:
    """Tags that fit GitHub's pattern."""
    plain = re.sub(r"\[(?:0-9|1-9)\][+?]?", "1", pattern)
    plain = re.sub(r"\[\w[^\]]*\][+?]?", "a", plain)
    for word in _ANY:
        yield re.sub(r"\*+", word, plain).replace("+", "").replace("?", "")
