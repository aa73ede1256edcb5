"""A database has windows apart from each other, and parameters of its own version

AWS refuses a database whose backup window and maintenance window overlap, or last less than 30 minutes, and one with a
group of parameters for another engine or another major version: an upgrade changes `engine_version` and `family`
together. What the text does not say is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import module_of
from generator.checks.models.terraform_settings import Resource, in_file, of, refers, values
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder

FORMAT = Format.TERRAFORM

_DATABASES: Final = ("aws_db_instance", "aws_rds_cluster")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_LEAST: Final = 30
"""Minutes that a window lasts at least."""
_TIME: Final = r"([01]\d|2[0-3]):([0-5]\d)"
_BACKUP: Final = re.compile(f"{_TIME}-{_TIME}")
_MAINTENANCE: Final = re.compile(f"([a-z]{{3}}):{_TIME}-([a-z]{{3}}):{_TIME}")
_FAMILY: Final = re.compile(r"(postgres|mysql|mariadb)(\d+(?:\.\d+)?)")


def files(sources: Sources) -> Iterator[str]:
    yield from dict.fromkeys(one.path for one in of(sources, *_DATABASES))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for one in in_file(sources, path, *_DATABASES):
        yield from _windows(sources, one)
        yield from _parameters(sources, one)


def _only(sources: Sources, path: str, argument: Argument | None) -> str:
    """The one value that an argument has; "" where it has several, or nobody knows."""
    found = {one.text for one in values(sources, path, argument)} if argument else set()
    return found.pop() if len(found) == 1 else ""


def _windows(sources: Sources, one: Resource) -> Iterator[Flaw]:
    backup = one.body.get("backup_window") or one.body.get("preferred_backup_window")
    upkeep = one.body.get("maintenance_window") or one.body.get("preferred_maintenance_window")
    daily = _BACKUP.fullmatch(_only(sources, one.path, backup))
    weekly = _MAINTENANCE.fullmatch(_only(sources, one.path, upkeep).lower())
    if backup and daily:
        start, end = _minutes(*daily.group(1, 2)), _minutes(*daily.group(3, 4))
        if (end - start) % _DAY < _LEAST:
            yield at(backup, f"{daily[0]} is shorter than {_LEAST} minutes", f"Let it last {_LEAST} minutes or more.")
    if backup and daily and weekly and {weekly[1], weekly[4]} <= {*_DAYS} and _overlap(daily, weekly):
        message = f"the backups of {one.address} from {daily[0]} overlap its maintenance, {weekly[0]}"
        yield at(backup, message, "Write a window that ends before the other begins.")


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


def _overlap(daily: re.Match[str], weekly: re.Match[str]) -> bool:
    start, end = _minutes(*daily.group(1, 2)), _minutes(*daily.group(3, 4))
    length = (end - start) % _DAY
    first = _DAYS.index(weekly[1]) * _DAY + _minutes(*weekly.group(2, 3))
    lasts = (_DAYS.index(weekly[4]) * _DAY + _minutes(*weekly.group(5, 6)) - first) % (7 * _DAY)
    starts = (day * _DAY + start for day in range(7))
    return any((one - first) % (7 * _DAY) < lasts or (first - one) % (7 * _DAY) < length for one in starts)


def _is_ahead(one: Resource) -> bool:
    """Whether the database may have another version than the file says."""
    ignored = [inner.body.get("ignore_changes") for inner in one.body.of("lifecycle")]
    return any("engine_version" in hcl.word(each.value) for each in ignored if each)


def _parameters(sources: Sources, one: Resource) -> Iterator[Flaw]:
    engine = _only(sources, one.path, one.body.get("engine"))
    version, group = one.body.get("engine_version"), one.body.get("parameter_group_name")
    given = _only(sources, one.path, version) if is_ours(sources) or not _is_ahead(one) else ""
    names = set(refers(group.value, "aws_db_parameter_group")) if group and one.type == _DATABASES[0] else set()
    module = module_of(sources, one.path)
    for other in of(sources, "aws_db_parameter_group") if engine and names and module else ():
        family = other.body.get("family")
        match = _FAMILY.fullmatch(_only(sources, other.path, family))
        if other.block.name not in names or folder(other.path) != folder(one.path) or not family or not match:
            continue
        # `18`, `18.1` and `8.0.36` have the families 18 and 8.0.
        fits = not given or f"{given}.".startswith(f"{match[2]}.") or (match[2].startswith(f"{given}."))
        if engine != match[1] or not fits:
            wanted = f"{engine} {given}".strip()
            message = f"{one.address} is {wanted}, and its parameters are for {match[0]}: AWS refuses them"
            place = f"{one.path}:{(version or one.block).line}"
            if other.path == one.path:
                yield at(family, message, f"Write the family of {wanted}, or correct the engine ({place}).")
            else:
                yield at(version or one.block, message, f"Write the family of {wanted} in {other.path}.")
