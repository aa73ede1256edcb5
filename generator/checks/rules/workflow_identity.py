"""A role trusts the jobs that take it

AWS compares the subject of a job's token with what the role trusts. A job in an environment has `environment:NAME` as
its subject, whatever started it; one without has its branch (`ref:refs/heads/NAME`) or `pull_request`. A role that
trusts the one and is taken by the other is refused, at the first release and not before. Change both together. Judged
are roles that Terraform gives to variables of CI (`DEPLOY_ROLE_ARN = aws_iam_role.deploy.arn`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl, yaml
from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import given_values
from generator.checks.models.deploys import triggers
from generator.checks.models.github import Job
from generator.checks.models.habits import Told, gathered
from generator.checks.models.sign_ins import SignIn, role_variables, sign_ins
from generator.checks.models.terraform import modules
from generator.checks.models.terraform_settings import Resource, certain, of
from generator.checks.rule import Flaw, Format, Placed, Point, at
from generator.checks.source import Sources, folder, shared

FORMAT = Format.GITHUB

_SUBJECT: Final = "token.actions.githubusercontent.com:sub"
_CONTEXT: Final = re.compile(rf"(?:repo:[^:]*|{HOLE}):(.+)", re.DOTALL)
_BRANCH: Final = ("push", "release", "repository_dispatch", "schedule", "workflow_dispatch", "workflow_run")
"""Events after which a token has the branch or the tag as its subject."""
_KEY: Final = re.compile(r"\blocal\.(\w+)(?:\.(\w+)|\[\"(\w+)\"\])$")


def files(sources: Sources) -> Iterator[str]:
    if role_variables(sources) and sign_ins(sources):
        yield from dict.fromkeys(one.path for one in sign_ins(sources))
        yield from dict.fromkeys([*(one.path for one in of(sources, "aws_iam_role")), *_told(sources)])


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return gathered(_flaws(sources))


def _flaws(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for variable, name in role_variables(sources).items():
        made = [one for one in of(sources, "aws_iam_role") if one.block.name == name]
        trusted = _trusted(sources, made[0]) if len(made) == 1 else []
        users = [one for one in sign_ins(sources) if one.role == variable] if trusted else []
        refused = [one for one in users if not _is_let_in(_subjects(sources, one.path, one.job), trusted)]
        if len(refused) == len(users):
            yield from (_of_role(sources, made[0], trusted, one) for one in refused[:1])
        else:
            yield from (_of_job(made[0], trusted, one) for one in refused)


def _of_role(sources: Sources, role: Resource, trusted: list[str], one: SignIn) -> tuple[str, Flaw]:
    subject = _shown(_subjects(sources, one.path, one.job))
    where = f"job {one.job.id} ({one.path}:{one.step.line})"
    message = f"{role.address} trusts {_shown(trusted)} alone, and {where} comes as {subject}"
    path, place = _place(sources, role, trusted)
    environment = one.job.node.at("environment")
    fix = "Let it trust the environments of its jobs." if environment else "Let it trust what its jobs come as."
    return path, at(place, message, f"Let it trust {subject}." if "..." not in subject else fix)


def _of_job(role: Resource, trusted: list[str], one: SignIn) -> tuple[str, Flaw]:
    environment = one.job.node.at("environment")
    where = f"{role.address} ({role.path}:{role.block.line})"
    if environment:
        message = f"job {one.job.id} runs in an environment, and its role {where} trusts {_shown(trusted)} alone"
        return one.path, at(environment, message, "Take `environment` out, or let the role trust it.")
    message = f"job {one.job.id} runs in no environment, and its role {where} trusts {_shown(trusted)} alone"
    return one.path, at(one.step.at("uses"), message, "Give the job its `environment` again.")


def _shown(subjects: list[str]) -> str:
    return " or ".join(dict.fromkeys(one.replace(HOLE, "...") for one in subjects))


def _trusted(sources: Sources, role: Resource) -> list[str]:
    """What of the subjects that a role trusts stands behind the repository; none where it is not known."""
    given = role.body.get("assume_role_policy")
    policy = certain(sources, role.path, given.value) if given else None
    found: list[str] = []
    for statement in _at(policy, "Statement") or [] if isinstance(policy, dict) else ():
        tests = _at(statement, "Condition")
        for test in tests.values() if isinstance(tests, dict) else ():
            subjects = _at(test, _SUBJECT)
            for subject in subjects if isinstance(subjects, list) else [subjects] if subjects else ():
                match = _CONTEXT.fullmatch(subject) if isinstance(subject, str) else None
                if match is None:
                    return []
                found.append(match[1])
    return list(dict.fromkeys(found))


def _at(value: Any, key: str) -> Any:
    return value[key] if isinstance(value, dict) and key in value else None


def _place(sources: Sources, role: Resource, trusted: list[str]) -> tuple[str, Placed]:
    """Where somebody says what a role trusts: in a table of the module under the key of the role, or at the role."""
    given = role.body.get("assume_role_policy")
    named = _KEY.search(hcl.word(given.value)) if given else None
    key = (named[2] or named[3]) if named else ""
    for declared in modules(sources)[folder(role.path)].locals.values() if key else ():
        for name, node, value in hcl.entries(declared.body.arguments[0].value):
            words = certain(sources, declared.path, value) if name == key else None
            if isinstance(words, list) and words == trusted:
                return declared.path, Point(*hcl.place(node))
    return role.path, given or role.block


def _subjects(sources: Sources, path: str, job: Job, above: tuple[str, ...] = ()) -> list[str]:
    """What the tokens of a job may have as their subject; a hole for what is not known."""
    environment = job.node.at("environment", "name") or job.node.at("environment")
    if environment:
        text = environment.text
        return [HOLE if not text or "''" in text else f"environment:{HOLE if '${{' in text else text}"]
    found: list[str] = []
    for event in triggers(yaml.root(sources, path)):
        if event == "workflow_call" and path not in above:
            for caller, each in given_values.callers(sources).get(path, ()):
                found += _subjects(sources, caller, each, (*above, path))
        elif event in _BRANCH:
            found.append(f"ref:refs/{HOLE}")
        else:
            found.append("pull_request" if event == "pull_request" else HOLE)
    return found or [HOLE]


def _is_let_in(subjects: list[str], trusted: list[str]) -> bool:
    return any(_may_be(one, other) for one in subjects for other in trusted)


def _may_be(one: str, other: str) -> bool:
    """Whether two texts may be the same, where a hole or a star may be anything."""
    ours, theirs = (re.split(rf"[{HOLE}*?]", text, maxsplit=1) for text in (one, other))
    if len(ours) == len(theirs) == 1:
        return one == other
    first, second = (ours[0], theirs[0]) if len(ours) > 1 else (theirs[0], ours[0])
    return second.startswith(first) or (len(ours) == len(theirs) and first.startswith(second))
