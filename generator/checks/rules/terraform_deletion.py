"""What holds data is not deleted by one wrong plan

A plan that replaces or removes a database, a bucket or its key takes the data with it, and Terraform asks nobody. At
night somebody renames a module, applies, and the database is gone without a last snapshot. Keep `deletion_protection`
and `prevent_destroy`, take a final snapshot, and leave `force_destroy` off; what may be thrown away in a test
environment is better said by a variable of that environment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_DATABASES: Final = ("aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster")
_KEEPS: Final = (*_DATABASES, "aws_s3_bucket", "aws_kms_key", "aws_dynamodb_table", "aws_efs_file_system")

_TABLE: Final = (
    Setting(
        _DATABASES, ("deletion_protection",), ("false",),
        "{given} lets one wrong plan delete {what} with its data", "Set deletion_protection = true.",
        unless=lambda body: body.get("replicate_source_db") is not None,
        absent=True,
        chosen=True,
    ),
    Setting(
        ("google_sql_database_instance", "google_bigquery_table", "google_spanner_database"),
        ("deletion_protection",), ("false",),
        "{given} lets one wrong plan delete {what} with its data", "Set deletion_protection = true.",
        chosen=True,
    ),
    Setting(
        ("aws_dynamodb_table",), ("deletion_protection_enabled",), ("false",),
        "{given} lets one wrong plan delete {what} with its data", "Set deletion_protection_enabled = true.",
        chosen=True,
    ),
    Setting(
        _DATABASES, ("skip_final_snapshot",), ("true",),
        "{given}: when {what} is deleted, its data is gone",
        "Set skip_final_snapshot = false and name a final_snapshot_identifier.",
        unless=lambda body: body.get("replicate_source_db") is not None,
        chosen=True,
    ),
    Setting(
        ("aws_s3_bucket", "google_storage_bucket"), ("force_destroy",), ("true",),
        "{given} deletes everything in {what} together with it", "Leave force_destroy out.",
        chosen=True,
    ),
    Setting(
        _KEEPS, ("lifecycle", "prevent_destroy"), ("false",),
        "{given} takes away what keeps {what} from being destroyed by a wrong plan", "Set prevent_destroy = true.",
        chosen=True,
    ),
    Setting(
        ("azurerm_key_vault",), ("purge_protection_enabled",), ("false",),
        "{given} lets {what} be deleted for good, with every key in it", "Set purge_protection_enabled = true.",
        chosen=True,
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
