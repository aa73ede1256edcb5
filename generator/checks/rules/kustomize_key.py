"""Keys of a kustomization are known

kustomize refuses a key that it does not know. The list is that of `kustomize.config.k8s.io/v1beta1`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.models import kubernetes
from generator.checks.rule import Flaw, Format, at, did_you_mean
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_KEYS: Final = frozenset((
    "apiVersion", "kind", "metadata", "resources", "components", "bases", "crds", "configurations", "openapi",
    "generators", "transformers", "validators", "namespace", "namePrefix", "nameSuffix", "commonLabels", "labels",
    "commonAnnotations", "buildMetadata", "images", "imageTags", "replicas", "patches", "patchesStrategicMerge",
    "patchesJson6902", "replacements", "vars", "configMapGenerator", "secretGenerator", "generatorOptions",
    "helmCharts", "helmGlobals", "helmChartInflationGenerator", "sortOptions", "inventory",
))  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return iter(kubernetes.kustomizations(sources))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for key in kubernetes.kustomizations(sources)[path].keys:
        if key.text not in _KEYS:
            yield at(key, f"unknown key {key.text}", f"Take {key.text} out.", did_you_mean(key.text, _KEYS))
