"""What is not meant for everybody cannot be reached, or read, by everybody

A database, a port for administration or a bucket that is open to `0.0.0.0/0` is found within minutes by those who look
for such. Keep databases and computers in private networks, let in only those who need it, keep the lock of
public access on buckets, and name principals in policies. Other ports that are open to everybody, as those of a load
balancer, are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from generator.checks.models import iam
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform_network import ALL, EVERYWHERE, Opening, everywhere, openings
from generator.checks.models.terraform_settings import Setting, bodies, judge, of, refers, resources, variable
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, shared
from generator.finding import Severity

FORMAT = Format.TERRAFORM

_ADDRESS: Final = "{given}: what is started there can be reached from the internet, past every load balancer"
_LOCK: Final = "aws_s3_bucket_public_access_block"
_TABLE: Final = (
    Setting(
        ("aws_db_instance", "aws_rds_cluster_instance", "aws_redshift_cluster", "aws_dms_replication_instance"),
        ("publicly_accessible",), ("true",),
        "{given}: anybody may try passwords at {what}", "Set publicly_accessible = false.", Severity.ERROR,
    ),
    Setting(
        ("aws_subnet",), ("map_public_ip_on_launch",), ("true",),
        "{what}: " + _ADDRESS, "Set map_public_ip_on_launch = false.",
    ),
    Setting(
        ("aws_ecs_service",), ("network_configuration", "assign_public_ip"), ("true",),
        "{given}: tasks of {what} can be reached past the load balancer", "Set assign_public_ip = false.",
    ),
    *(
        Setting(
            (_LOCK, "aws_s3_account_public_access_block"), (name,), ("false",),
            "{given} in {what}: one line of a policy or an ACL opens the bucket to everybody", f"Set {name} = true.",
        )
        for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    ),
    Setting(
        ("aws_s3_bucket", "aws_s3_bucket_acl"), ("acl",), ("public-read", "public-read-write"),
        "{given}: anybody can read {what}", 'Use "private".',
    ),
    Setting(
        ("azurerm_storage_container",), ("container_access_type",), ("blob", "container"),
        "{given}: anybody can read {what}", 'Use "private".',
    ),
    Setting(
        ("azurerm_mssql_server", "azurerm_postgresql_server", "azurerm_mysql_server", "azurerm_mariadb_server",
         "azurerm_postgresql_flexible_server", "azurerm_cosmosdb_account"),
        ("public_network_access_enabled",), ("true",),
        "{given}: {what} has an address on the internet", "Set public_network_access_enabled = false.",
    ),
    Setting(
        ("google_storage_bucket_iam_member", "google_project_iam_member", "google_storage_bucket_access_control"),
        ("member",), ("allUsers", "allAuthenticatedUsers"),
        "{given}: everybody has the role that {what} gives", "Name the members.",
    ),
)  # fmt: skip
_NAMED: Final = "Name the networks that reach it."
_FIRST: Final = EVERYWHERE[0].partition("/")[0]
_CONTROL: Final = {22: "SSH", 3389: "RDP", 23: "Telnet", 2375: "Docker", 2379: "etcd", 10250: "kubelet", 5900: "VNC"}
_DATA: Final = {
    5432: "PostgreSQL", 3306: "MySQL", 1433: "SQL Server", 1521: "Oracle", 27017: "MongoDB", 6379: "Redis",
    9200: "Elasticsearch", 11211: "Memcached", 5984: "CouchDB", 9042: "Cassandra", 445: "SMB", 2049: "NFS",
}  # fmt: skip
_INSIDE: Final = re.compile(r"(?:^|[_-])(databases?|db|rds|redis|cache|endpoints?|internal|private|nodes?)(?:$|[_-])")
"""Names of what is meant for the inside of a network."""


def files(sources: Sources) -> Iterator[str]:
    if resources(sources) or any(sources.ending(".tfvars")):
        yield from sources.ending(".tf", ".tfvars")


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, ())


@shared
def _found(sources: Sources) -> Mapping[str, list[Flaw]]:
    found: dict[str, list[Flaw]] = judge(sources, _TABLE)
    others = (*_ports(sources), *_buckets(sources), *_policies(sources), *_clusters(sources), *_networks(sources))
    for path, flaw in others:
        if flaw not in found.setdefault(path, []):
            found[path].append(flaw)
    return found


def _ports(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for one in openings(sources):
        what, sure = _reached(one)
        if what:
            message = f"{one.place.name} lets everybody on the internet reach {what} ({one.resource.address})"
            fix = "Name the addresses or the security group that need it."
            flaw = at(one.place, message, fix)
            yield one.place.path, flaw if sure else habit(flaw)


def _reached(one: Opening) -> tuple[str, bool]:
    """What an opening leads to that is nobody's business outside, and whether it cannot be meant; "" for nothing."""
    if one.ports is not None and ALL in one.ports:
        return "every port", True
    for port, what in {**_CONTROL, **_DATA}.items():
        if any(first <= port <= last for first, last in one.ports or ()):
            return f"{what} (port {port})", True
    inside = _INSIDE.search(one.resource.block.name.lower())
    return f"what is called {inside[1]}" if inside else "", False


def _buckets(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """Buckets without their lock, in trees that give locks to buckets: elsewhere S3 itself locks new ones."""
    locks = resources(sources).get(_LOCK, ())
    if not locks or "aws_s3_account_public_access_block" in resources(sources):
        return
    locked: set[tuple[str, str]] = set()
    for lock in locks:
        given = lock.body.get("bucket")
        named = set(refers(given.value, "aws_s3_bucket")) if given else set()
        if not named:
            return
        locked |= {(folder(lock.path), name) for name in named}
    for bucket in of(sources, "aws_s3_bucket"):
        if (folder(bucket.path), bucket.block.name) not in locked:
            message = f"{bucket.address} has no {_LOCK}: one line of a policy opens it to everybody"
            yield bucket.path, habit(at(bucket.block, message, f"Add an {_LOCK}."))


_MEANT_FOR_ALL: Final = {
    "aws_vpc_endpoint", "aws_vpc_endpoint_policy", "aws_api_gateway_rest_api", "aws_api_gateway_rest_api_policy",
    "aws_organizations_policy", "aws_ecrpublic_repository_policy", "aws_iam_role", "aws_kms_key", "aws_kms_key_policy",
}  # fmt: skip
"""Whose policies may name everybody, or are judged as trust."""
_IN_A_NETWORK: Final = {
    f"aws_{name}{suffix}" for name in ("opensearch_domain", "elasticsearch_domain") for suffix in ("", "_policy")
}
"""What security groups may protect instead."""


def _policies(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for statement in iam.statements(sources):
        word = iam.everybody(statement)
        actions = [one.text for one in statement.actions]
        if word is None or not actions or all(one.lower().startswith("sts:") for one in actions):
            continue
        uses = iam.uses(sources, statement)
        if uses and not uses <= _MEANT_FOR_ALL:
            reads = all(one.startswith("s3:Get") for one in actions) or uses <= _IN_A_NETWORK
            message = f"everybody may {', '.join(actions[:2])}: the policy allows it to any principal"
            flaw = at(word, message, "Name the accounts or roles.")
            yield statement.path, habit(flaw) if reads else flaw


def _clusters(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for one in of(sources, "aws_eks_cluster"):
        for body in bodies(one.body, ("vpc_config",)):
            given, public = body.get("public_access_cidrs"), body.get("endpoint_public_access")
            said = public.literal if public else "true"
            if given is None and (said == "true" or (said is None and is_ours(sources))):
                message = f"{one.address} has no public_access_cidrs: everybody may knock at its API server"
                yield one.path, habit(at(one.block, message, _NAMED))
            chosen = given is not None and variable(given.value) != ""
            for value in () if chosen else everywhere(sources, one.path, given, EVERYWHERE):
                message = f"{value.name} lets everybody knock at the API server of {one.address}"
                yield value.path, habit(at(value, message, _NAMED))


def _networks(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    """Databases of Azure and Google that take connections from every address."""
    for one in of(sources, "google_sql_database_instance"):
        for body in bodies(one.body, ("settings", "ip_configuration", "authorized_networks")):
            for value in everywhere(sources, one.path, body.get("value"), EVERYWHERE):
                message = f"{value.name} lets everybody try passwords at {one.address}"
                yield value.path, at(value, message, _NAMED)
    azure = ("mssql", "postgresql", "mysql", "mariadb", "postgresql_flexible_server", "mysql_flexible_server")
    for one in of(sources, *(f"azurerm_{kind}_firewall_rule" for kind in azure)):
        first, last = one.body.get("start_ip_address"), one.body.get("end_ip_address")
        if first and last and first.literal == _FIRST and last.literal == "255.255.255.255":
            message = f"{one.address} lets everybody try passwords at the database"
            yield one.path, at(last, message, "Name the addresses that reach it.")
