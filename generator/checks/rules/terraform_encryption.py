"""What holds data is encrypted, by a key that is turned

Whoever gets a copy of a disk, a snapshot or a backup that is not encrypted reads it. A key that is never turned stays
good for whoever got hold of it once. Where the log groups of a tree are encrypted by a key of its own, one without it
can be read by everybody who may read logs in the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from generator.checks.formats import hcl
from generator.checks.models.habits import habit
from generator.checks.models.terraform_settings import Setting, judge, of, paths, types, usual
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_OPEN: Final = "{given}: whoever gets a copy of what {what} stores can read it"
_TABLE: Final = (
    Setting(
        ("aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"),
        ("storage_encrypted",), ("false",), _OPEN, "Set storage_encrypted = true.",
    ),
    Setting(
        ("aws_ebs_volume", "aws_efs_file_system", "aws_redshift_cluster", "aws_ebs_snapshot_copy"),
        ("encrypted",), ("false",), _OPEN, "Set encrypted = true.",
    ),
    *(
        Setting(
            ("aws_instance", "aws_launch_template", "aws_launch_configuration"),
            (*way, "encrypted"), ("false",), _OPEN, "Set encrypted = true.",
        )
        for way in (("root_block_device",), ("ebs_block_device",), ("block_device_mappings", "ebs"))
    ),
    Setting(
        ("aws_elasticache_replication_group",), ("at_rest_encryption_enabled",), ("false",),
        _OPEN, "Set at_rest_encryption_enabled = true.",
    ),
    Setting(
        ("aws_opensearch_domain", "aws_elasticsearch_domain"), ("encrypt_at_rest", "enabled"), ("false",),
        _OPEN, "Set enabled = true.",
    ),
    Setting(
        ("aws_ecs_cluster",),
        ("configuration", "execute_command_configuration", "log_configuration", "cloud_watch_encryption_enabled"),
        ("false",), "{given}: what people type in the containers of {what} is logged in clear", "Set it to true.",
    ),
    Setting(
        ("aws_sqs_queue",), ("sqs_managed_sse_enabled",), ("false",), _OPEN, "Leave it out, or name a key.",
        unless=lambda body: body.get("kms_master_key_id") is not None,
    ),
    Setting(
        ("aws_kms_key",), ("enable_key_rotation",), ("false",),
        "{given}: {what} is one key for ever", "Set enable_key_rotation = true.",
        unless=lambda body: body.get("key_usage") is not None or body.get("customer_master_key_spec") is not None,
        absent=True,
    ),
)  # fmt: skip
_HABITS: Final = (
    ("aws_cloudwatch_log_group", "kms_key_id", "by a key of its own"),
    ("aws_sns_topic", "kms_master_key_id", "by a key of its own"),
)
_DATABASE: Final = "aws_db_instance"
_CLASSES: Final = ("kubernetes_storage_class", "kubernetes_storage_class_v1")
_FROM_ANOTHER: Final = ("replicate_source_db", "snapshot_identifier", "restore_to_point_in_time", "s3_import")
"""What a database takes its encryption from."""


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE), *_CLASSES, *(type_ for type_, _, _ in _HABITS))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, ())


@shared
def _found(sources: Sources) -> Mapping[str, list[Flaw]]:
    found = judge(sources, _TABLE)
    for path, flaw in (*_unusual(sources), *_databases(sources), *_classes(sources)):
        found.setdefault(path, []).append(flaw)
    return found


def _unusual(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for type_, argument, how in _HABITS:
        for one in of(sources, type_) if usual(sources, type_, argument) else ():
            if one.body.get(argument) is None:
                message = f"{one.address} has no {argument}, so it is not encrypted {how} as the others are"
                yield one.path, habit(at(one.block, message, f"Add {argument}."))


def _databases(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for one in of(sources, _DATABASE):
        given = {a.name for a in one.body.arguments} | {b.type for b in one.body.blocks}
        if not given & {"storage_encrypted", "kms_key_id", *_FROM_ANOTHER}:
            message = f"{one.address} is not encrypted: storage_encrypted is false where it is not given"
            yield (
                one.path,
                habit(at(one.block, message, "Set storage_encrypted = true.")),
            )


def _classes(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """The classes of storage that pods get their disks from."""
    for one in of(sources, *_CLASSES):
        given = one.body.get("parameters")
        for key, where, value in hcl.entries(given.value) if given else ():
            if key == "encrypted" and hcl.literal(value) == "false":
                line, column = hcl.place(where)
                message = f"encrypted = false: whoever gets a copy of a disk of {one.address} can read it"
                yield one.path, habit(Flaw(line, message, 'Set it to "true".', column))
