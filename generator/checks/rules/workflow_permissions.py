"""Workflows say which permissions they need, and ask for no more

Without a word on `permissions`, a job has what the organisation gives by default, which may be
everything; with `write-all` it surely has, and one bad dependency of a test can push to the main branch.
Write `permissions: {}` at the top of the workflow, and give each job what its steps need. `contents:
write` is not for a job that only reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats import yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github, job_permissions
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB

files = github.workflow_paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    root = yaml.root(sources, path)
    for node in (root, *root.at("jobs").map.values()):
        if node.at("permissions").text == "write-all":
            yield habit(
                at(
                    node.at("permissions"),
                    "write-all gives every permission that there is",
                    "Write the permissions that are needed, such as `contents: read`.",
                )
            )
    for job in github.jobs(sources, path).values():
        wide = job.node.at("permissions", "contents")
        if wide.text == "write" and not job_permissions.may_write_contents(sources, path, job):
            message = f"job {job.id} may write to the repository, and nothing in it does"
            yield habit(at(wide, message, "Write `contents: read`."))
    yield from _found(sources, path)


@habit_rule("Write `permissions: {}` at the top, and give each job what it needs.")
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for path in github.workflow_paths(sources):
        root = yaml.root(sources, path)
        if root.at("permissions"):
            yield None
        elif root.at("jobs"):
            yield _lapse(path, root)


def _open_jobs(root: Node) -> list[str]:
    return [name for name, job in root.at("jobs").map.items() if not job.at("permissions")]


def _lapse(path: str, root: Node) -> Lapse:
    place, jobs = root.key("jobs"), _open_jobs(root)
    what = f"{', '.join(jobs)} may do whatever the organisation gives by default" if jobs else "a new job may do all"
    return lapse(path, place, f"the workflow says nothing of permissions: {what}", alone=bool(jobs))
