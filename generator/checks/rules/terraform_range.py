"""Numbers, names and schedules of Terraform are such as AWS takes

AWS refuses a number that is out of its range, a retention of logs that it does not have, a name that is too long, and a
schedule of EventBridge whose `cron(...)` has no six fields. The provider knows only some of it: the others stop an
apply half-way, with the rest of the change made. Values are followed through variables to where they are given.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.models.terraform_settings import Resource, Value, bodies, of, paths, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM


@dataclass(frozen=True, slots=True)
class _Range:
    """The numbers that an argument may have."""

    types: tuple[str, ...]
    way: tuple[str, ...]
    """The names of nested blocks, and the argument's last."""
    taken: Container[int]
    words: str


def _between(least: int, most: int) -> tuple[Container[int], str]:
    return range(least, most + 1), f"{least} to {most}"


def _or_zero(least: int, most: int) -> tuple[Container[int], str]:
    return {0, *range(least, most + 1)}, f"0, or {least} to {most}"


def _among(*numbers: int) -> tuple[Container[int], str]:
    return frozenset(numbers), f"one of {', '.join(map(str, numbers))}"


_RETENTIONS: Final = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""Days for which CloudWatch keeps logs; 0 is for ever."""
_GROUPS: Final = ("aws_lb_target_group", "aws_alb_target_group")
_RANGES: Final = (
    _Range(_GROUPS, ("health_check", "interval"), *_between(5, 300)),
    _Range(_GROUPS, ("health_check", "timeout"), *_between(2, 120)),
    _Range(_GROUPS, ("health_check", "healthy_threshold"), *_between(2, 10)),
    _Range(_GROUPS, ("health_check", "unhealthy_threshold"), *_between(2, 10)),
    _Range(_GROUPS, ("deregistration_delay",), *_between(0, 3600)),
    _Range(_GROUPS, ("slow_start",), *_or_zero(30, 900)),
    _Range(("aws_lb", "aws_alb"), ("idle_timeout",), *_between(1, 4000)),
    _Range(("aws_db_instance",), ("backup_retention_period",), *_between(0, 35)),
    _Range(("aws_rds_cluster",), ("backup_retention_period",), *_between(1, 35)),
    _Range(("aws_db_instance",), ("monitoring_interval",), *_among(0, 1, 5, 10, 15, 30, 60)),
    _Range(("aws_kms_key",), ("deletion_window_in_days",), *_between(7, 30)),
    _Range(("aws_secretsmanager_secret",), ("recovery_window_in_days",), *_or_zero(7, 30)),
    _Range(("aws_iam_role",), ("max_session_duration",), *_between(3600, 43200)),
    _Range(("aws_sqs_queue",), ("visibility_timeout_seconds",), *_between(0, 43200)),
    _Range(("aws_sqs_queue",), ("message_retention_seconds",), *_between(60, 1209600)),
    _Range(("aws_lambda_function",), ("timeout",), *_between(1, 900)),
    _Range(("aws_ecs_service",), ("deployment_minimum_healthy_percent",), *_between(0, 100)),
    _Range(
        ("aws_cloudwatch_log_group",), ("retention_in_days",),
        *_among(*_RETENTIONS),
    ),
)  # fmt: skip
_LONGEST: Final[Mapping[tuple[str, str], int]] = {
    ("aws_lb", "name"): 32, ("aws_alb", "name"): 32, ("aws_lb_target_group", "name"): 32,
    ("aws_alb_target_group", "name"): 32, ("aws_iam_role", "name"): 64, ("aws_db_instance", "identifier"): 63,
    ("aws_rds_cluster", "cluster_identifier"): 63, ("aws_s3_bucket", "bucket"): 63,
    ("aws_lambda_function", "function_name"): 64, ("aws_iam_user", "name"): 64, ("aws_iam_policy", "name"): 128,
    ("aws_cloudwatch_event_rule", "name"): 64, ("aws_scheduler_schedule", "name"): 64,
}  # fmt: skip
"""Signs that a name may have."""
_SCHEDULES: Final = ("aws_cloudwatch_event_rule", "aws_scheduler_schedule")
_TYPES: Final = tuple(
    dict.fromkeys([*(one for row in _RANGES for one in row.types), *(type_ for type_, _ in _LONGEST), *_SCHEDULES])
)


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *_TYPES)


def check(sources: Sources, path: str) -> list[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> dict[str, list[Flaw]]:
    found: dict[str, list[Flaw]] = {}
    for path, flaw in _flaws(sources):
        those = found.setdefault(path, [])
        # What several resources take from one place is one mistake.
        if all((one.line, one.column) != (flaw.line, flaw.column) for one in those):
            those.append(flaw)
    return found


def _flaws(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for row in _RANGES:
        for one, value in _values(sources, row.types, row.way):
            number = value.value
            if isinstance(number, int) and not isinstance(number, bool) and number not in row.taken:
                message = f"{value.name} = {number}: AWS takes {row.words} for {row.way[-1]} of {one.address}"
                yield value.path, at(value, message, f"Write {row.words}.")
    for (type_, name), longest in _LONGEST.items():
        for one, value in _values(sources, (type_,), (name,)):
            if isinstance(value.value, str) and "\0" not in value.value and len(value.value) > longest:
                message = f"{name} of {one.address} has {len(value.value)} signs, and AWS takes {longest}"
                yield value.path, at(value, message, f"Write a name of at most {longest} signs.")
    for one, value in _values(sources, _SCHEDULES, ("schedule_expression",)):
        wrong = _mistake(value.text)
        if wrong:
            message = f"{value.text} is no schedule of {one.address}: {wrong}"
            fix = "Write minute, hour, day, month, weekday and year, one of the two days as `?`: cron(0 3 * * ? *)."
            yield value.path, at(value, message, fix)


def _values(sources: Sources, types: tuple[str, ...], way: tuple[str, ...]) -> Iterator[tuple[Resource, Value]]:
    *blocks, name = way
    for one in of(sources, *types):
        for body in bodies(one.body, blocks):
            argument = body.get(name)
            for value in values(sources, one.path, argument) if argument else ():
                yield one, value


def _mistake(text: str) -> str:
    """What is wrong with `cron(...)`; "" for nothing, or for what is no such text."""
    match = re.fullmatch(r"cron\(([^()\0]*)\)", text)
    fields = match[1].split() if match else []
    if not match:
        return ""
    if len(fields) != 6:
        return f"it has {len(fields)} fields, and takes 6"
    return "one of the two days must be `?`, and the other not" if (fields[2] == "?") == (fields[4] == "?") else ""
