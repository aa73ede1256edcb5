"""Containers have no rights of the kernel that they do not use

A privileged container owns its node; one that may gain rights needs a single setuid file in its image,
and the usual capabilities are more than a web service uses. The restricted profile refuses all three,
and a pod without seccomp. Write `allowPrivilegeEscalation: false`, `capabilities: {drop: [ALL]}` and
`seccompProfile: {type: RuntimeDefault}`. A repository that drops nothing hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.models import built_forms, pods
from generator.checks.models.habits import Lapse, Told, habit, habit_rule
from generator.checks.models.kustomize_build import Applied
from generator.checks.models.kustomize_selecting import Built
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, shared

FORMAT = Format.KUBERNETES

_FINE: Final = ("NET_BIND_SERVICE", "CHOWN", "SETGID", "SETUID", "DAC_OVERRIDE", "FOWNER", "KILL", "FSETID", "SETPCAP")
"""Capabilities that containers have anyway, or that open no door."""
_NO_GAIN: Final = "Write `allowPrivilegeEscalation: false`."
_DROP: Final = "`drop: [ALL]`"
_SECCOMP: Final = "`seccompProfile`"
_WRITTEN: Final = {_DROP: "`capabilities: {drop: [ALL]}`", _SECCOMP: "`seccompProfile: {type: RuntimeDefault}`"}
"""What is missing, as a manifest has it."""

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    yield from _given(sources).get(path, [])
    yield from _found(sources, path)


@shared
def _given(sources: Sources) -> Told:
    return built_forms.told(pods.workloads(sources), _gives)


def _gives(_: Applied, one: Built) -> Iterator[tuple[str, Flaw]]:
    first = {one.file_of(wrong[0]): wrong for wrong in reversed(list(_wrong(one)))}
    for path, (node, what, fix) in first.items():
        yield path, habit(at(node, f"{pods.label(one.manifest)}: {what}", fix))


def _wrong(one: Built) -> Iterator[tuple[Node, str, str]]:
    """What gives a container more than it has by itself, and what takes it away."""
    for container in pods.containers(one):
        own, name = container.at(pods.SECURITY), container.at("name").text
        if own.at("privileged").text == "true":
            yield own.at("privileged"), f"container {name} is privileged, and owns its node", "Take `privileged` out."
        elif own.at("allowPrivilegeEscalation").text == "true":
            yield own.at("allowPrivilegeEscalation"), f"container {name} may gain rights", _NO_GAIN
        added = own.at("capabilities", "add")
        much = [each.text for each in added.items if each.text.removeprefix("CAP_") not in _FINE]
        if much:
            what = f"container {name} has the capabilities {', '.join(much)}"
            yield own.at("capabilities").key("add"), what, f"Take {', '.join(much)} out of `add`."


@habit_rule()
def _found(sources: Sources) -> Iterator[Lapse | None]:
    return built_forms.places(pods.workloads(sources), _keeps)


def _keeps(_: Applied, one: Built) -> Iterator[Lapse | None]:
    missing = list(_missing(one))
    if not missing:
        yield None
    elif not list(_wrong(one)):
        words = list(dict.fromkeys(what for _, what in missing))
        message = f"{pods.label(one.manifest)} keeps more rights than it uses: it does not set {', '.join(words)}"
        yield built_forms.lapsed(one, missing[0][0], message, _fix(words))


def _fix(words: list[str]) -> str:
    """What to write, of what is missing in a container and what in the pod."""
    own = [_WRITTEN.get(one, one) for one in words if one != _SECCOMP]
    parts = [f"{' and '.join(own)} under the `securityContext` of each container"] if own else []
    parts += [f"{_WRITTEN[_SECCOMP]} under the `securityContext` of the pod"] if _SECCOMP in words else []
    return f"Write {', and '.join(parts)}."


def _missing(one: Built) -> Iterator[tuple[Node, str]]:
    """What a workload leaves out, each with the place where it belongs."""
    for container in pods.containers(one):
        own = container.at(pods.SECURITY)
        if own.at("allowPrivilegeEscalation").text != "false":
            yield pods.place(one, container, pods.SECURITY), "`allowPrivilegeEscalation: false`"
        if "ALL" not in {each.text for each in own.at("capabilities", "drop").items}:
            yield pods.place(one, container, pods.SECURITY, "capabilities"), _DROP
    if not all(pods.effective(one.manifest, each, "seccompProfile") for each in one.manifest.containers):
        yield pods.place(one, one.manifest.pod, "spec", pods.SECURITY), _SECCOMP
