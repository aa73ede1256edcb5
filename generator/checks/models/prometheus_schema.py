"""The structure of Prometheus' files, as JSON Schemas with closed objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

from generator.checks.formats.schema import Schema
from generator.checks.formats.yaml import Node
from generator.checks.rule import Flaw


def closed(keys: str, **known: Any) -> dict[str, Any]:
    """A mapping with these keys and no others; one that ends in `!` must be there."""
    required = [key.rstrip("!") for key in keys.split() if key.endswith("!")]
    names: dict[str, Any] = {key.rstrip("!"): True for key in keys.split()}
    return {"type": "object", "additionalProperties": False, "properties": names | known, "required": required}


def listed(item: Any) -> dict[str, Any]:
    """A list of these, or nothing."""
    return {"type": ["array", "null"], "items": item}


# What has a $, % or brace is filled in by something else first.
_TIME: Final = r"^((\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|0|.*[$%{].*)$"
# Zero needs no unit, and YAML makes a number of it.
DURATION: Final = {"anyOf": [{"type": "string", "pattern": _TIME}, {"const": 0}]}
_BARE: Final = re.compile(r"(?<=[a-z]: )(\d+) is not a string$")
"""What is said of a number where a duration stands; of texts only the items of lists are told to be texts."""
_SIZE: Final = {"pattern": r"^(\d+(\.\d+)?([KMGTPE]i?)?B|\d+[KMGTPE]?|.*[$%{].*)$"}
TEXTS: Final = {"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean"]}}
_LIMITS: Final = (
    "body_size_limit sample_limit label_limit label_name_length_limit label_value_length_limit target_limit"
    " keep_dropped_targets metric_name_validation_scheme metric_name_escaping_scheme scrape_native_histograms"
    " always_scrape_classic_histograms convert_classic_histograms_to_nhcb extra_scrape_metrics scrape_protocols"
    " scrape_failure_log_file"
)
HTTP: Final = (
    "basic_auth authorization oauth2 tls_config follow_redirects enable_http2 proxy_url no_proxy"
    " proxy_from_environment proxy_connect_header bearer_token bearer_token_file http_headers"
)
_DISCOVERY: Final = (
    "azure consul digitalocean docker dockerswarm dns ec2 eureka file gce hetzner http ionos kuma lightsail"
    " linode marathon nerve nomad oci openstack outscale ovhcloud puppetdb scaleway serverset stackit static triton"
    " uyuni vultr"
)
_RELABEL: Final = listed(
    closed(
        "source_labels separator target_label regex modulus replacement action",
        action={
            "enum": [
                "replace",
                "lowercase",
                "uppercase",
                "keep",
                "drop",
                "keepequal",
                "dropequal",
                "hashmod",
                "labelmap",
                "labeldrop",
                "labelkeep",
            ]
        },
    )
)
_KUBERNETES: Final = listed(
    closed(
        f"api_server kubeconfig_file namespaces selectors attach_metadata role! {HTTP}",
        role={"enum": ["node", "service", "pod", "endpoints", "endpointslice", "ingress"]},
    )
)
_AWS: Final = listed(
    closed(
        f"role! region endpoint access_key secret_key profile role_arn filters clusters refresh_interval port {HTTP}",
        role={"enum": ["ec2", "ecs", "lightsail", "msk"]},
        # An ECS cluster that is not named by its ARN stops the discovery.
        clusters=listed({"type": "string", "pattern": "^arn:"}),
        refresh_interval=DURATION,
        port={"type": "integer"},
    )
)
_DNS: Final = listed(
    closed("names! type port", type={"enum": ["A", "AAAA", "MX", "NS", "SRV"]}, refresh_interval=DURATION)
)
_REMOTE_WRITE: Final = listed(
    closed(
        "url! name remote_timeout headers send_exemplars send_native_histograms round_robin_dns queue_config"
        f" metadata_config protobuf_message azuread google_iam {HTTP}",
        sigv4=closed("region access_key secret_key profile role_arn external_id use_fips_sts_endpoint service_name"),
        write_relabel_configs=_RELABEL,
        remote_timeout=DURATION,
    )
)
_SCRAPE: Final = closed(
    "job_name! fallback_scrape_protocol metrics_path honor_labels honor_timestamps track_timestamps_staleness scheme"
    f" params enable_compression native_histogram_bucket_limit native_histogram_min_bucket_factor {_LIMITS} {HTTP} "
    + " ".join(f"{name}_sd_configs" for name in _DISCOVERY.split()),
    static_configs=listed(closed("targets! labels", labels=TEXTS)),
    kubernetes_sd_configs=_KUBERNETES,
    aws_sd_configs=_AWS,
    dns_sd_configs=_DNS,
    body_size_limit=_SIZE,
    relabel_configs=_RELABEL,
    metric_relabel_configs=_RELABEL,
    scrape_interval=DURATION,
    scrape_timeout=DURATION,
)
_ALERTMANAGERS: Final = closed(
    f"api_version path_prefix scheme sigv4 {HTTP} " + " ".join(f"{name}_sd_configs" for name in _DISCOVERY.split()),
    timeout=DURATION,
    static_configs=listed(closed("targets! labels", labels=TEXTS)),
    dns_sd_configs=_DNS,
    kubernetes_sd_configs=_KUBERNETES,
    relabel_configs=_RELABEL,
    alert_relabel_configs=_RELABEL,
)
_GROUP: Final = closed(
    "name! query_offset limit rules! interval partial_response_strategy source_tenants evaluation_delay"
    " align_evaluation_time_on_interval",
    labels=TEXTS,
    interval=DURATION,
    rules={
        "type": "array",
        "items": closed(
            "record alert expr!",
            **{"for": DURATION, "keep_firing_for": DURATION, "labels": TEXTS, "annotations": TEXTS},
        )
        | {"oneOf": [{"required": ["record"]}, {"required": ["alert"]}]},
    },
)
_TEST: Final = closed(
    "external_url name start_timestamp",
    interval=DURATION,
    external_labels=TEXTS,
    input_series=listed(closed("series! values!")),
    alert_rule_test=listed(
        closed(
            "alertname!",
            eval_time=DURATION,
            exp_alerts=listed(closed("", exp_labels=TEXTS, exp_annotations=TEXTS)),
        )
    ),
    promql_expr_test=listed(closed("expr!", eval_time=DURATION, exp_samples=listed(closed("labels value histogram")))),
)
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "configuration": closed(
        "runtime scrape_config_files remote_read storage tracing otlp",
        **{
            "global": closed(
                f"rule_query_offset external_labels query_log_file {_LIMITS}",
                body_size_limit=_SIZE,
                evaluation_interval=DURATION,
                scrape_interval=DURATION,
                scrape_timeout=DURATION,
            ),
            "rule_files": listed({"type": "string"}),
            "remote_write": _REMOTE_WRITE,
            "scrape_configs": listed(_SCRAPE),
            "alerting": closed("", alert_relabel_configs=_RELABEL, alertmanagers=listed(_ALERTMANAGERS)),
        },
    ),
    "rules": closed("groups! namespace", groups=listed(_GROUP)),
    "tests": closed(
        "rule_files! tests! group_eval_order fuzzy_compare start_timestamp",
        evaluation_interval=DURATION,
        tests=listed(_TEST),
    ),
}


@cache
def schema(name: str) -> Schema:
    """The structure of a file: configuration, rules or tests."""
    return Schema(_SCHEMAS[name])


def flaws(name: str, root: Node) -> Iterator[Flaw]:
    """What a file has that its structure has not."""
    return (in_words(flaw) for flaw in schema(name).flaws(root))


def in_words(flaw: Flaw) -> Flaw:
    """The same, with what a duration and a size look like instead of their patterns."""
    message = flaw.message.replace(f"does not match {_TIME}", "is no duration, such as 30s or 1h30m")
    message = _BARE.sub(r"\1 is no duration, such as 30s or 1h30m", message)
    message = message.replace(f"does not match {_SIZE['pattern']}", "is no size, such as 20MB")
    if message == flaw.message:
        return flaw
    form = (
        "a number with B, KB, MB or GB, such as 20MB"
        if message.endswith("20MB")
        else "numbers with units, such as 1h30m"
    )
    return replace(flaw, message=message, fix=f"Write {form}, without blanks.")
