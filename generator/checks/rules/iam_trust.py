"""Only those whom it is meant for can become a role

A token of GitHub says which repository, branch or environment a job runs for (`sub`) and whom it was made for
(`aud`). A role that tests neither is everybody's: any workflow of any repository on GitHub becomes it.
`repo:owner/name:*` lets any branch and any pull request in; name the environment or the branch. A service of AWS that
acts for many accounts is held to one by `aws:SourceAccount` or `aws:SourceArn`; that is asked for where most roles of
the tree do so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam
from generator.checks.models.habits import habit
from generator.checks.models.iam import Statement, Test
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_GITHUB: Final = "token.actions.githubusercontent.com"
_WEB: Final = "sts:assumerolewithwebidentity"
_ASSUME: Final = ("sts:assumerole", "sts:*")
_SOURCES: Final = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
_REPOSITORY: Final = (":repository", ":repository_id", ":repository_owner_id", ":enterprise")
_FOR_MANY: Final = (
    "airflow", "airflow-env", "aps", "backup", "bedrock", "cloudtrail", "codebuild", "codepipeline", "config",
    "delivery.logs", "dlm", "ecs-tasks", "firehose", "glue", "grafana", "logs", "monitoring.rds", "pipes", "rds",
    "sagemaker", "scheduler", "ses", "sns", "ssm", "states", "transfer", "vpc-flow-logs",
)  # fmt: skip
"""Services that use a role for whoever names it, which AWS asks to hold to an account."""
_ANY_REF: Final = re.compile(r"repo:[^:*]+:\*")
_ANY_REPOSITORY: Final = re.compile(r"\*|repo:\*.*|repo:[^:/]*/?\*.*")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.ending(".tf") if any(map(_is_trust, iam.of_file(sources, path))))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for statement in filter(_is_trust, iam.of_file(sources, path)):
        if _web(statement):
            yield from _of_tokens(statement)
        elif "Service" in statement.principals:
            yield from _of_services(sources, statement)
        else:
            yield from _of_accounts(statement)


def _is_trust(statement: Statement) -> bool:
    assumes = any(word.text.lower() in (_WEB, *_ASSUME) for word in statement.actions)
    return statement.allows and assumes and bool(statement.principals)


def _web(statement: Statement) -> bool:
    return any(word.text.lower() == _WEB for word in statement.actions)


def _of_tokens(statement: Statement) -> Iterator[Flaw]:
    hosts = [word.text for word in statement.principals.get("Federated", ())] + [test.key for test in statement.tests]
    if not any(_GITHUB in host for host in hosts) or not statement.whole:
        return
    subjects = statement.tested(":sub")
    if not subjects and not any(statement.tested(key) for key in _REPOSITORY):
        called = bool(statement.tested(":job_workflow_ref"))
        who = "any repository that calls the workflow" if called else "any workflow of any repository on GitHub"
        message = f"{who} can become this role: its condition does not test sub"
        flaw = at(statement, message, f'Test "{_GITHUB}:sub" for the repository and its environment.')
        yield habit(flaw) if called else flaw
    if not statement.tested(":aud"):
        message = "a token that was made for somebody else opens this role: its condition does not test aud"
        yield habit(at(statement, message, f'Test "{_GITHUB}:aud" for "sts.amazonaws.com".'))
    for test in subjects:
        yield from _subject(test)


def _subject(test: Test) -> Iterator[Flaw]:
    for word in test.values:
        if _ANY_REPOSITORY.fullmatch(word.text):
            message = f"workflows of other repositories on GitHub can become this role: sub may be {word.text}"
            yield at(word, message, "Name the repository.")
        elif _ANY_REF.fullmatch(word.text):
            shown = word.text.replace(HOLE, "...")
            message = f"any branch and any pull request of the repository can become this role: sub may be {shown}"
            yield habit(at(word, message, "Name the environment or the branch."))


def _of_services(sources: Sources, statement: Statement) -> Iterator[Flaw]:
    names = [word.text for word in statement.principals["Service"] if _for_many(word.text)]
    if names and statement.whole and not _held(statement) and _usually_held(sources):
        message = f"{names[0]} can use this role for another account: nothing tests aws:SourceAccount"
        yield habit(at(statement, message, "Test aws:SourceAccount, as the other roles do."))


def _for_many(service: str) -> bool:
    return service.removesuffix(".amazonaws.com") in _FOR_MANY


def _held(statement: Statement) -> bool:
    return any(statement.tested(key) for key in _SOURCES)


@shared
def _usually_held(sources: Sources) -> bool:
    """Whether half of the roles for such services are held to an account, or more."""
    those = [
        one
        for one in iam.statements(sources)
        if _is_trust(one) and any(_for_many(word.text) for word in one.principals.get("Service", ()))
    ]
    held = sum(1 for one in those if _held(one))
    return held > 0 and held * 2 >= len(those)


def _of_accounts(statement: Statement) -> Iterator[Flaw]:
    everybody = any(word.text == "*" for key in ("AWS", "*") for word in statement.principals.get(key, ()))
    if everybody and statement.whole and not statement.tests:
        message = "anybody with an account of AWS can become this role"
        yield at(statement, message, "Name the account or the role.")
