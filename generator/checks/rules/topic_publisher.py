"""Who is to publish to a topic may do so

A topic of SNS with a policy of its own takes messages from nobody but those that the policy names, and one that is
encrypted by a key of yours needs them in the policy of the key, too; by the key of AWS (`alias/aws/sns`) it takes none
of alarms at all. An alarm, a budget or an event of the database that is missing there is seen in a console, and nobody
hears of it. Judged are the services of AWS that the tree lets publish to a topic, where its policy and that of its key
stand in the tree and name services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.hcl_values import HOLE
from generator.checks.models import iam
from generator.checks.models.habits import Told, gathered
from generator.checks.models.iam_statement import Statement
from generator.checks.models.terraform_settings import Resource, bodies, of, refers
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared

FORMAT = Format.TERRAFORM

_TOPIC: Final = "aws_sns_topic"
_KEY: Final = "aws_kms_key"
_PUBLISHERS: Final = (
    ("aws_cloudwatch_metric_alarm", (), "alarm_actions", "cloudwatch.amazonaws.com"),
    ("aws_cloudwatch_metric_alarm", (), "ok_actions", "cloudwatch.amazonaws.com"),
    ("aws_cloudwatch_composite_alarm", (), "alarm_actions", "cloudwatch.amazonaws.com"),
    ("aws_budgets_budget", ("notification",), "subscriber_sns_topic_arns", "budgets.amazonaws.com"),
    ("aws_db_event_subscription", (), "sns_topic", "events.rds.amazonaws.com"),
    ("aws_cloudwatch_event_target", (), "arn", "events.amazonaws.com"),
)  # fmt: skip
"""Resource, blocks, argument that names a topic, and the service that publishes there."""


def files(sources: Sources) -> list[str]:
    those = (*of(sources, _TOPIC, "aws_sns_topic_policy"), *of(sources, _KEY, "aws_kms_key_policy"))
    return sorted({one.path for one in those}) if any(of(sources, _TOPIC)) else []


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    return gathered(one for topic in of(sources, _TOPIC) for one in _judged(sources, topic))


def _judged(sources: Sources, topic: Resource) -> Iterator[tuple[str, Flaw]]:
    publishers = _publishers(sources, topic)
    yield from _missing(_allowing(sources, topic, "aws_sns_topic_policy", "arn", "sns:publish"), publishers,
                        f"publish to {topic.address}")  # fmt: skip
    given = topic.body.get("kms_master_key_id")
    alarm = publishers.get("cloudwatch.amazonaws.com")
    if given and given.literal == "alias/aws/sns" and alarm:
        message = f"{topic.address} is encrypted by a key that lets no alarm in: {alarm} tells nobody"
        yield (
            topic.path,
            at(given, message, "Name a key of your own, with a policy that lets cloudwatch.amazonaws.com in."),
        )
    for name in refers(given.value, _KEY) if given else ():
        for key in of(sources, _KEY):
            if key.block.labels[1] == name and folder(key.path) == folder(topic.path):
                allowing = _allowing(sources, key, "aws_kms_key_policy", "key_id", "kms:generatedatakey")
                yield from _missing(allowing, publishers, f"use {key.address}, which encrypts {topic.address}")


def _publishers(sources: Sources, topic: Resource) -> dict[str, str]:
    """The services that publish to a topic, each with a resource that has them do so."""
    found: dict[str, str] = {}
    for type_, way, argument, service in _PUBLISHERS:
        for one in of(sources, type_):
            for body in bodies(one.body, way) if folder(one.path) == folder(topic.path) else ():
                given = body.get(argument)
                if given and topic.block.labels[1] in refers(given.value, _TOPIC):
                    found.setdefault(service, one.address)
    return found


def _allowing(sources: Sources, one: Resource, type_: str, argument: str, action: str) -> list[Statement]:
    """The statements of an object's own policy that let somebody do something; none where there is no such policy."""
    owners = {(one.type, one.block.labels[1])}
    for policy in of(sources, type_):
        given = policy.body.get(argument)
        if given and folder(policy.path) == folder(one.path) and one.block.labels[1] in refers(given.value, one.type):
            owners.add((policy.type, policy.block.labels[1]))
    return [
        statement
        for statement in iam.statements(sources)
        if statement.allows
        and folder(statement.path) == folder(one.path)
        and (statement.owner.type, statement.owner.name) in owners
        and any(action.startswith(word.text.lower().rstrip("*")) or HOLE in word.text for word in statement.actions)
    ]


def _missing(allowing: list[Statement], publishers: dict[str, str], what: str) -> Iterator[tuple[str, Flaw]]:
    named = [word for statement in allowing for word in statement.principals.get("Service", ())]
    others = [word.text for statement in allowing for key in ("AWS", "*") for word in statement.principals.get(key, ())]
    # Who is let in as an account may bring its services; the account of the key itself does not.
    open_to_others = any(not text.endswith(":root") for text in others)
    if not named or open_to_others:
        return
    statement = max(allowing, key=lambda one: sum(w.text in publishers for w in one.principals.get("Service", ())))
    for service, publisher in publishers.items():
        if not any(_may_be(word.text, service) for word in named):
            place = next(iter(statement.principals.get("Service", ())), named[0])
            message = f"{service} may not {what}: {publisher} tells nobody"
            yield statement.path, at(place, message, f'Add "{service}" to the services.')


def _may_be(text: str, service: str) -> bool:
    """Whether a text with holes may come to the name of a service."""
    return bool(re.fullmatch(".*".join(map(re.escape, text.split(HOLE))), service))
