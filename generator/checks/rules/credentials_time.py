"""Credentials last as long as the job that uses them

A job that signs in at AWS for an hour and runs for two is refused in the middle of its work: a release stops half-way,
and cannot even go back. Let `role-duration-seconds` be at least `timeout-minutes`. A role gives credentials for at most
its `max_session_duration`, an hour where it says nothing: who asks for more gets none.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.formats.numbers import whole
from generator.checks.models import github
from generator.checks.models.habits import habit
from generator.checks.models.sign_ins import HOUR, role_variables, sign_ins
from generator.checks.models.terraform_settings import of, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.GITHUB


def files(sources: Sources) -> Iterator[str]:
    if sign_ins(sources):
        yield from github.workflow_paths(sources)
        yield from dict.fromkeys(one.path for one in of(sources, "aws_iam_role"))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in sign_ins(sources) if not path.endswith(".tf") else ():
        minutes = whole(one.job.node.at("timeout-minutes").text) if one.path == path else None
        if minutes is not None and minutes * 60 > one.lasts:
            message = f"job {one.job.id} may take {minutes} minutes, and its credentials last {one.lasts // 60}"
            fix = f"Write {minutes * 60} seconds, or a shorter `timeout-minutes`."
            yield habit(at(one.seconds or one.step, message, fix))
    if path.endswith(".tf"):
        yield from _roles(sources, path)


def _roles(sources: Sources, path: str) -> Iterator[Flaw]:
    """Roles of this file that refuse to last as long as somebody asks."""
    names = {role: variable for variable, role in role_variables(sources).items()}
    for one in of(sources, "aws_iam_role"):
        variable = names.get(one.block.name) if one.path == path else None
        asked = [each for each in sign_ins(sources) if variable and each.role == variable]
        most = max(asked, key=lambda each: each.lasts, default=None)
        given = one.body.get("max_session_duration")
        known = [value.value for value in values(sources, path, given)] if given else [HOUR]
        limit = known[0] if len(known) == 1 and isinstance(known[0], int) else None
        if most and limit is not None and most.lasts > limit:
            place = f"{most.path}:{(most.seconds or most.step).line}"
            message = f"{one.address} lasts {limit} s at most, and job {most.job.id} asks for {most.lasts} ({place})"
            yield at(given or one.block, message, f"Write `max_session_duration = {most.lasts}` or more.")
