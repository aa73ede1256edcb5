"""What goes over a network is encrypted, by TLS 1.2 or newer

TLS 1.0 and 1.1 can be broken, and what goes over plain HTTP is read by whoever is on the way: passwords, cookies,
data. A listener on port 80 redirects to HTTPS, a load balancer uses a policy of TLS 1.2 or 1.3, and a database takes
connections with TLS alone. A load balancer that only serves its own network is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from generator.checks.models.habits import habit
from generator.checks.models.terraform_settings import (
    Resource,
    Setting,
    bodies,
    first,
    judge,
    of,
    paths,
    refers,
    resources,
    types,
    values,
)
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, lines, shared, text

FORMAT = Format.TERRAFORM

_OLD: Final = (
    "ELBSecurityPolicy-2015-05", "ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-FS-1-1-2019-08", "ELBSecurityPolicy-TLS-1-0-2015-04", "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS13-1-0-2021-06", "ELBSecurityPolicy-TLS13-1-1-2021-06",
)  # fmt: skip
_POLICY: Final = re.compile(r"^\s*(?:- )?[\w./\"'-]+\s*[:=]\s*[\"']?(ELBSecurityPolicy-[\w-]+)[\"']?\s*(?:[#}]|$)")
_CLASSIC: Final = re.compile(r"\s*(?:value\b|[\"']?[\w./-]*-ssl-negotiation-policy\b)")
"""Where the policy may be one of a Classic Load Balancer."""
_OF_CLASSIC: Final = "ELBSecurityPolicy-TLS-1-2-2017-01"
"""What every kind of load balancer takes: a classic one has no TLS 1.3."""
_LISTENERS: Final = ("aws_lb_listener", "aws_alb_listener")
_WEAK: Final = "{given}: {what} takes connections by TLS 1.0 or 1.1, which can be broken"
_PLAIN: Final = "{given}: {what} takes connections without TLS, which can be read on the way"
_AZURE_APPS: Final = (
    "azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_linux_function_app", "azurerm_windows_function_app",
    "azurerm_app_service", "azurerm_function_app",
)  # fmt: skip
_TABLE: Final = (
    Setting(
        ("aws_cloudfront_distribution",), ("viewer_certificate", "minimum_protocol_version"),
        ("SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"), _WEAK, 'Use "TLSv1.2_2021".',
    ),
    *(
        Setting(
            ("aws_cloudfront_distribution",), (block, "viewer_protocol_policy"), ("allow-all",), _PLAIN,
            'Use "redirect-to-https".',
        )
        for block in ("default_cache_behavior", "ordered_cache_behavior")
    ),
    Setting(("aws_api_gateway_domain_name",), ("security_policy",), ("TLS_1_0",), _WEAK, 'Use "TLS_1_2".'),
    Setting(
        ("aws_elasticache_replication_group",), ("transit_encryption_enabled",), ("false",), _PLAIN, "Set it to true.",
    ),
    Setting(
        ("aws_opensearch_domain", "aws_elasticsearch_domain"), ("domain_endpoint_options", "enforce_https"),
        ("false",), _PLAIN, "Set it to true.",
    ),
    Setting(("azurerm_storage_account",), ("min_tls_version",), ("TLS1_0", "TLS1_1"), _WEAK, 'Use "TLS1_2".'),
    Setting(
        ("azurerm_storage_account",), ("https_traffic_only_enabled",), ("false",), _PLAIN, "Set it to true.",
    ),
    Setting(
        ("azurerm_storage_account",), ("enable_https_traffic_only",), ("false",), _PLAIN, "Set it to true.",
    ),
    Setting(
        ("azurerm_mssql_server", "azurerm_redis_cache"), ("minimum_tls_version",), ("1.0", "1.1", "Disabled"), _WEAK,
        'Use "1.2".',
    ),
    Setting(("azurerm_redis_cache",), ("enable_non_ssl_port",), ("true",), _PLAIN, "Set it to false."),
    Setting(("azurerm_redis_cache",), ("non_ssl_port_enabled",), ("true",), _PLAIN, "Set it to false."),
    Setting(_AZURE_APPS, ("https_only",), ("false",), _PLAIN, "Set https_only = true."),
    Setting(("google_compute_ssl_policy",), ("min_tls_version",), ("TLS_1_0", "TLS_1_1"), _WEAK, 'Use "TLS_1_2".'),
    Setting(
        ("google_sql_database_instance",), ("settings", "ip_configuration", "ssl_mode"),
        ("ALLOW_UNENCRYPTED_AND_ENCRYPTED",), _PLAIN, 'Use "ENCRYPTED_ONLY".',
    ),
    Setting(
        ("google_sql_database_instance",), ("settings", "ip_configuration", "require_ssl"), ("false",), _PLAIN,
        "Set it to true.",
    ),
)  # fmt: skip
_FORCED: Final = {"rds.force_ssl": ("0",), "require_secure_transport": ("0", "OFF")}
_PARAMETERS: Final = ("aws_db_parameter_group", "aws_rds_cluster_parameter_group")


def files(sources: Sources) -> Iterator[str]:
    judged = paths(sources, *types(_TABLE), *_PARAMETERS, *_LISTENERS)
    named = (p for p in sources.ending(".yaml", ".yml", ".tf", ".tfvars") if "ELBSecurityPolicy-" in text(sources, p))
    yield from dict.fromkeys([*judged, *named])


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _policies(sources, path) if "ELBSecurityPolicy-" in text(sources, path) else ()
    yield from _found(sources).get(path, ())


def _policies(sources: Sources, path: str) -> Iterator[Flaw]:
    """The policies of load balancers, in Terraform and in manifests."""
    for number, line in enumerate(lines(sources, path), 1):
        match = _POLICY.match(line) if "ELBSecurityPolicy-" in line else None
        if match and match[1] in _OLD:
            message = f"{match[1]} takes connections by TLS 1.0 or 1.1, which can be broken"
            newest = _OF_CLASSIC if _CLASSIC.match(line) else "ELBSecurityPolicy-TLS13-1-2-2021-06"
            yield habit(Flaw(number, message, f"Write {newest}.", match.start(1) + 1))


@shared
def _found(sources: Sources) -> Mapping[str, list[Flaw]]:
    found = judge(sources, _TABLE)
    for path, flaw in (*_databases(sources), *_listeners(sources)):
        found.setdefault(path, []).append(flaw)
    return found


def _databases(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for one in of(sources, *_PARAMETERS):
        for body in bodies(one.body, ("parameter",)):
            named, given = body.get("name"), body.get("value")
            name = (named.literal if named else None) or ""
            for value in values(sources, one.path, given) if given and name in _FORCED else ():
                if value.text in _FORCED[name]:
                    message = f"{name} = {value.text}: the database takes connections without TLS"
                    yield value.path, habit(at(value, message, "Set it to 1."))


def _listeners(sources: Sources) -> Iterator[tuple[str, Flaw]]:
    for one in of(sources, *_LISTENERS):
        protocol = one.body.get("protocol")
        plain = protocol is not None and protocol.literal == "HTTP"
        secured = first(one.body, "certificate_arn") or first(one.body, "ssl_policy")
        if protocol and plain and secured:
            message = f"{one.address} has {secured.name}, and protocol HTTP: AWS refuses a certificate without TLS"
            yield one.path, at(protocol, message, 'Set protocol = "HTTPS".')
        elif plain:
            yield from ((one.path, flaw) for flaw in _forwarding(sources, one))


def _forwarding(sources: Sources, listener: Resource) -> Iterator[Flaw]:
    for action in bodies(listener.body, ("default_action",)):
        kind = action.get("type")
        redirect = next(action.of("redirect"), None)
        if kind and kind.literal == "forward" and (redirect or _is_public(sources, listener)):
            message = f"{listener.address} serves plain HTTP: what users send can be read on the way"
            yield habit(at(kind, message, 'Redirect to HTTPS: type = "redirect".'))


def _is_public(sources: Sources, listener: Resource) -> bool:
    """Whether the listener's load balancer stands beside it and says that it is reached from the internet."""
    balancer = listener.body.get("load_balancer_arn")
    for type_ in ("aws_lb", "aws_alb"):
        names = set(refers(balancer.value, type_)) if balancer else set()
        for one in resources(sources).get(type_, ()):
            if one.block.name in names and folder(one.path) == folder(listener.path):
                internal = one.body.get("internal")
                return internal is None or internal.literal == "false"
    return False
