"""The structure of Prometheus' and Alertmanager's files, as JSON Schemas with closed objects."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from generator.checks.formats.schema import Schema


def _closed(keys: str, **known: Any) -> dict[str, Any]:
    required = [key.rstrip("!") for key in keys.split() if key.endswith("!")]
    names: dict[str, Any] = {key.rstrip("!"): True for key in keys.split()}
    return {"type": "object", "additionalProperties": False, "properties": names | known, "required": required}


def _list(item: Any) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": item}


_DURATION: Final = {"type": "string", "pattern": r"^((\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|0)$"}
_TEXTS: Final = {"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean"]}}
_LIMITS: Final = (
    "body_size_limit sample_limit label_limit label_name_length_limit label_value_length_limit target_limit"
    " keep_dropped_targets metric_name_validation_scheme metric_name_escaping_scheme scrape_native_histograms"
    " always_scrape_classic_histograms convert_classic_histograms_to_nhcb extra_scrape_metrics scrape_protocols"
    " scrape_failure_log_file"
)
_HTTP: Final = (
    "basic_auth authorization oauth2 tls_config follow_redirects enable_http2 proxy_url no_proxy"
    " proxy_from_environment proxy_connect_header bearer_token bearer_token_file http_headers"
)
_DISCOVERY: Final = (
    "azure consul digitalocean docker dockerswarm dns ec2 eureka file gce hetzner http ionos kuma lightsail linode"
    " marathon nerve nomad openstack ovhcloud puppetdb scaleway serverset stackit static triton uyuni vultr"
)
_RELABEL: Final = _list(
    _closed(
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
_KUBERNETES: Final = _list(
    _closed(
        f"api_server kubeconfig_file namespaces selectors attach_metadata role! {_HTTP}",
        role={"enum": ["node", "service", "pod", "endpoints", "endpointslice", "ingress"]},
    )
)
_AWS: Final = _list(
    _closed(
        f"role! region endpoint access_key secret_key profile role_arn filters clusters refresh_interval port {_HTTP}",
        role={"enum": ["ec2", "ecs", "lightsail", "msk"]},
        # An ECS cluster that is not named by its ARN stops the discovery.
        clusters=_list({"type": "string", "pattern": "^arn:"}),
        refresh_interval=_DURATION,
        port={"type": "integer"},
    )
)
_REMOTE_WRITE: Final = _list(
    _closed(
        "url! name remote_timeout headers send_exemplars send_native_histograms round_robin_dns queue_config"
        f" metadata_config protobuf_message azuread google_iam {_HTTP}",
        sigv4=_closed("region access_key secret_key profile role_arn external_id use_fips_sts_endpoint service_name"),
        write_relabel_configs=_RELABEL,
        remote_timeout=_DURATION,
    )
)
_SCRAPE: Final = _closed(
    "job_name! fallback_scrape_protocol metrics_path honor_labels honor_timestamps track_timestamps_staleness scheme"
    f" params enable_compression native_histogram_bucket_limit native_histogram_min_bucket_factor {_LIMITS} {_HTTP} "
    + " ".join(f"{name}_sd_configs" for name in _DISCOVERY.split()),
    static_configs=_list(_closed("targets! labels", labels=_TEXTS)),
    kubernetes_sd_configs=_KUBERNETES,
    aws_sd_configs=_AWS,
    relabel_configs=_RELABEL,
    metric_relabel_configs=_RELABEL,
    scrape_interval=_DURATION,
    scrape_timeout=_DURATION,
)
_GROUP: Final = _closed(
    "name! query_offset limit rules! interval",
    labels=_TEXTS,
    interval=_DURATION,
    rules={
        "type": "array",
        "items": _closed(
            "record alert expr!",
            **{"for": _DURATION, "keep_firing_for": _DURATION, "labels": _TEXTS, "annotations": _TEXTS},
        )
        | {"oneOf": [{"required": ["record"]}, {"required": ["alert"]}]},
    },
)
_ROUTE: Final = _closed(
    "receiver group_by continue match match_re matchers group_wait group_interval repeat_interval mute_time_intervals"
    " active_time_intervals",
    routes=_list({"$ref": "#/$defs/route"}),
)
_RECEIVER: Final = _closed(
    "name! "
    + " ".join(
        f"{kind}_configs"
        for kind in [
            "discord",
            "email",
            "incidentio",
            "jira",
            "mattermost",
            "msteams",
            "msteamsv2",
            "opsgenie",
            "pagerduty",
            "pushover",
            "rocketchat",
            "slack",
            "sns",
            "telegram",
            "victorops",
            "webex",
            "webhook",
            "wechat",
        ]
    )
)
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "configuration": _closed(
        "runtime scrape_config_files remote_read storage tracing otlp",
        **{
            "global": _closed(
                f"evaluation_interval rule_query_offset external_labels query_log_file {_LIMITS}",
                scrape_interval=_DURATION,
                scrape_timeout=_DURATION,
            ),
            "rule_files": _list({"type": "string"}),
            "remote_write": _REMOTE_WRITE,
            "scrape_configs": _list(_SCRAPE),
            "alerting": _closed("alertmanagers", alert_relabel_configs=_RELABEL),
        },
    ),
    "rules": _closed("groups! namespace", groups=_list(_GROUP)),
    "tests": _closed("rule_files! tests! evaluation_interval group_eval_order fuzzy_compare start_timestamp"),
    "alertmanager": _closed(
        "global templates inhibit_rules mute_time_intervals time_intervals tracing route!",
        receivers=_list(_RECEIVER),
        route={"$ref": "#/$defs/route"},
    )
    | {"$defs": {"route": _ROUTE}},
}


@cache
def schema(name: str) -> Schema:
    """The structure of a file: configuration, rules, tests or alertmanager."""
    return Schema(_SCHEMAS[name])
