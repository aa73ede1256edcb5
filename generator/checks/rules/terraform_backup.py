"""What holds data keeps backups and earlier versions

Without automated backups a database cannot go back to the minute before a mistake, and without versions a bucket
keeps only the last thing that somebody wrote over it. Keep `backup_retention_period` above 0, versions `Enabled` and
point-in-time recovery on; a variables file of one environment is judged like the resource itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_NO_BACKUPS: Final = "{given}: {what} has no automated backups, and no point in time to go back to"
_TABLE: Final = (
    Setting(
        ("aws_db_instance",), ("backup_retention_period",), ("0",), _NO_BACKUPS, "Keep backups for 7 days or more.",
        unless=lambda body: body.get("replicate_source_db") is not None,
        absent=True,
    ),
    Setting(
        ("aws_rds_cluster",), ("backup_retention_period",), ("0",), _NO_BACKUPS, "Keep backups for 7 days or more.",
    ),
    Setting(
        ("aws_s3_bucket_versioning",), ("versioning_configuration", "status"), ("Suspended", "Disabled"),
        "{given}: what is overwritten or deleted in the bucket of {what} is gone", 'Set status = "Enabled".',
    ),
    Setting(
        ("aws_s3_bucket", "google_storage_bucket"), ("versioning", "enabled"), ("false",),
        "{given}: what is overwritten or deleted in {what} is gone", "Set enabled = true.",
    ),
    Setting(
        ("aws_dynamodb_table",), ("point_in_time_recovery", "enabled"), ("false",),
        "{given}: {what} has no point in time to go back to", "Set enabled = true.",
    ),
    Setting(
        ("google_sql_database_instance",), ("settings", "backup_configuration", "enabled"), ("false",),
        "{given}: {what} has no automated backups", "Set enabled = true.",
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
