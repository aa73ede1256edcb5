"""Charts bring the kinds that the repository uses

With `installCRDs = false` or `crds = { enabled = false }` a chart leaves its kinds to somebody else, and a
cluster without them refuses every object of them: no secret is copied, no certificate issued. Switch it on, or
keep the definitions in the repository. Elsewhere than in a repository of agency-scaffold it is a warning: the
definitions may come another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models import kubernetes
from generator.checks.models.habits import habit
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.TERRAFORM

_CHARTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "argo-cd": ("argoproj.io", ("Application", "ApplicationSet", "AppProject")),
    "argo-rollouts": (
        "argoproj.io",
        ("AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate", "Experiment", "Rollout"),
    ),
    "cert-manager": ("cert-manager.io", ()),
    "external-secrets": ("external-secrets.io", ()),
    "kube-prometheus-stack": ("monitoring.coreos.com", ()),
}
"""Charts with such a switch: the group of their kinds, also at its end, and the kinds where others share the group."""
_SWITCHES: Final = ("installCRDs", "crds.enabled", "crds.install")


def files(sources: Sources) -> Iterator[str]:
    return (path for path in hcl.paths(sources) if path.endswith(".tf") and any(_charts(sources, path)))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for chart, block in _charts(sources, path):
        used = sorted(kind for group, kind in _used(sources) if _is_of(chart, group, kind))
        for switch, node in _given(block) if used else ():
            if switch in _SWITCHES and hcl.literal(node) == "false":
                line, column = hcl.place(node)
                message = f"the chart {chart} brings no kinds, and nothing else brings {used[0]}"
                yield habit(Flaw(line, message, f"Write `{switch} = true`.", column))


def _charts(sources: Sources, path: str) -> Iterator[tuple[str, Block]]:
    for block in hcl.parse(sources, path).body.of("resource"):
        chart = block.body.get("chart") if block.labels[:1] == ("helm_release",) else None
        name = ((chart.literal if chart else None) or "").rpartition("/")[2]
        if name in _CHARTS:
            yield name, block


def _is_of(chart: str, group: str, kind: str) -> bool:
    own, kinds = _CHARTS[chart]
    return (group == own or group.endswith(f".{own}")) and (not kinds or kind in kinds)


@shared
def _used(sources: Sources) -> frozenset[tuple[str, str]]:
    """(group, kind) of the objects of the tree whose definitions it does not hold."""
    defined = {
        (one.node.at("spec", "group").text, one.node.at("spec", "names", "kind").text)
        for one in kubernetes.of_kind(sources, "CustomResourceDefinition")
    }
    return frozenset((one.group, one.kind) for one in kubernetes.manifests(sources)) - defined


def _given(block: Block) -> Iterator[tuple[str, Any]]:
    """The values that a chart gets, each by its way, with the syntax node that gives it."""
    values = block.body.get("values")
    for item in hcl.elements(values.value) if values else ():
        call = hcl.unwrap(item)
        if call.type == "function_call" and hcl.word(call.named_children[0]) == "yamlencode":
            for argument in call.named_children[-1].named_children[:1]:
                yield from _entries(argument, "")
    for one in block.body.of("set"):
        name, value = one.body.get("name"), one.body.get("value")
        if name and value:
            yield name.literal or "", value.value
    listed = block.body.get("set")
    for item in hcl.elements(listed.value) if listed else ():
        entry = {key: value for key, _, value in hcl.entries(item)}
        if "name" in entry and "value" in entry:
            yield hcl.literal(entry["name"]) or "", entry["value"]


def _entries(node: Any, way: str) -> Iterator[tuple[str, Any]]:
    for key, _, value in hcl.entries(node):
        yield f"{way}{key}", value
        yield from _entries(value, f"{way}{key}.")
