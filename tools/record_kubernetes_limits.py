"""Bounds that the API server's own code holds numbers to (`pkg/apis/*/validation` of Kubernetes), and no schema says.

By the definition's name and its property. Where the server takes 0 for "not given", 0 is within.
"""

from __future__ import annotations

from typing import Any, Final


def _range(least: int, most: int | None = None) -> dict[str, Any]:
    return {"minimum": least} if most is None else {"minimum": least, "maximum": most}


_PORT = _range(1, 65535)
_PORT_OR_NONE = _range(0, 65535)
_PORT_OR_NAME = {**_PORT, "pattern": "^[a-z0-9-]*[a-z][a-z0-9-]*$"}
_MODE = _range(0, 0o777)
_COUNT = _range(0)
_ID = _range(0, 2**31 - 1)

_FIELDS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "ContainerPort": {"containerPort": _PORT, "hostPort": _PORT_OR_NONE},
    "ServicePort": {"port": _PORT, "nodePort": _PORT_OR_NONE, "targetPort": {**_PORT_OR_NAME, **_PORT_OR_NONE}},
    "EndpointPort": {"port": _PORT_OR_NONE},
    "HTTPGetAction": {"port": _PORT_OR_NAME},
    "TCPSocketAction": {"port": _PORT_OR_NAME},
    "GRPCAction": {"port": _PORT},
    "NetworkPolicyPort": {"port": _PORT_OR_NAME, "endPort": _PORT},
    "ServiceBackendPort": {"number": _PORT_OR_NONE},
    "Probe": dict.fromkeys(
        ("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds"), _COUNT
    ),
    "PodSpec": {"terminationGracePeriodSeconds": _COUNT, "activeDeadlineSeconds": _range(1, 2**31 - 1)},
    "SecurityContext": {"runAsUser": _ID, "runAsGroup": _ID},
    "PodSecurityContext": {"runAsUser": _ID, "runAsGroup": _ID, "fsGroup": _ID},
    "DeploymentSpec": dict.fromkeys(
        ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"), _COUNT
    ),
    "ReplicaSetSpec": dict.fromkeys(("replicas", "minReadySeconds"), _COUNT),
    "StatefulSetSpec": dict.fromkeys(("replicas", "minReadySeconds", "revisionHistoryLimit"), _COUNT),
    "DaemonSetSpec": dict.fromkeys(("minReadySeconds", "revisionHistoryLimit"), _COUNT),
    "JobSpec": dict.fromkeys(
        ("activeDeadlineSeconds", "backoffLimit", "completions", "parallelism", "ttlSecondsAfterFinished"), _COUNT
    ),
    "CronJobSpec": dict.fromkeys(
        ("failedJobsHistoryLimit", "successfulJobsHistoryLimit", "startingDeadlineSeconds"), _COUNT
    ),
    "HorizontalPodAutoscalerSpec": {"minReplicas": _COUNT, "maxReplicas": _range(1)},
    "HPAScalingRules": {"stabilizationWindowSeconds": _range(0, 3600)},
    "HPAScalingPolicy": {"value": _range(1), "periodSeconds": _range(1, 1800)},
    "MetricTarget": {"averageUtilization": _range(1)},
    "ConfigMapVolumeSource": {"defaultMode": _MODE},
    "SecretVolumeSource": {"defaultMode": _MODE},
    "ProjectedVolumeSource": {"defaultMode": _MODE},
    "DownwardAPIVolumeSource": {"defaultMode": _MODE},
    "KeyToPath": {"mode": _MODE},
    "TopologySpreadConstraint": {"maxSkew": _range(1), "minDomains": _range(1)},
    "WeightedPodAffinityTerm": {"weight": _range(1, 100)},
    "PreferredSchedulingTerm": {"weight": _range(1, 100)},
    "ClientIPConfig": {"timeoutSeconds": _range(1, 86400)},
    "ValidatingWebhook": {"timeoutSeconds": _range(0, 30)},
    "MutatingWebhook": {"timeoutSeconds": _range(0, 30)},
    "LabelSelectorRequirement": {"operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]}},
}
LIMITS: Final[dict[tuple[str, str], dict[str, Any]]] = {
    **{(definition, field): limit for definition, fields in _FIELDS.items() for field, limit in fields.items()},
    ("Quantity", ""): {
        "pattern": r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?[0-9]+)?$"
    },
}
"""What is added to a property, or (with "" in its place) to the definition itself."""
