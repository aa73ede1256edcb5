"""A database survives the loss of one zone

With `multi_az = false` the database is in one zone; when that zone fails, everything that needs the database is down
until somebody restores it elsewhere. Where a test environment may be down, say so by a condition or a variable, not by
a plain `false` for all environments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_TABLE: Final = (
    Setting(
        ("aws_db_instance",), ("multi_az",), ("false",),
        "{given}: {what} is down for as long as its one zone is", "Set multi_az = true, at least in production.",
        unless=lambda body: body.get("replicate_source_db") is not None,
        chosen=True,
    ),
    Setting(
        ("aws_elasticache_replication_group",), ("automatic_failover_enabled",), ("false",),
        "{given}: when its node fails, {what} is down", "Set automatic_failover_enabled = true.",
        chosen=True,
    ),
    Setting(
        ("google_sql_database_instance",), ("settings", "availability_type"), ("ZONAL",),
        "{given}: {what} is down for as long as its one zone is", 'Set availability_type = "REGIONAL".',
        unless=lambda body: body.get("master_instance_name") is not None,
        chosen=True,
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
