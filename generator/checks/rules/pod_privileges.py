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
from generator.checks.models import pods
from generator.checks.models.habits import Lapse, habit, habit_rule, lapse
from generator.checks.models.kubernetes import Manifest
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources

FORMAT = Format.KUBERNETES

_WRONG: Final = {"privileged": ("true",), "allowPrivilegeEscalation": ("true",)}
_FINE: Final = ("NET_BIND_SERVICE", "CHOWN", "SETGID", "SETUID", "DAC_OVERRIDE", "FOWNER", "KILL", "FSETID", "SETPCAP")
"""Capabilities that containers have anyway, or that open no door."""
_NO_GAIN: Final = "Write `allowPrivilegeEscalation: false`."
_DROP: Final = "`drop: [ALL]`"
_SECCOMP: Final = "`seccompProfile`"
_WRITTEN: Final = {_DROP: "`capabilities: {drop: [ALL]}`", _SECCOMP: "`seccompProfile: {type: RuntimeDefault}`"}
"""What is missing, as a manifest has it."""

files = pods.files


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    for workload in pods.in_file(sources, path):
        for node, what, fix in list(_wrong(workload))[:1]:
            yield habit(at(node, f"{pods.label(workload)}: {what}", fix))
    for setting in pods.patched(sources, path, _WRONG):
        yield habit(
            at(setting, f"this patch gives pods more rights ({setting.key}: true)", f"Write `{setting.key}: false`.")
        )
    yield from _found(sources, path)


def _wrong(workload: Manifest) -> Iterator[tuple[Node, str, str]]:
    """What gives a container more than it has by itself, and what takes it away."""
    for container in workload.containers:
        own, name = container.at(pods.SECURITY), container.at("name").text
        if own.at("privileged").text == "true":
            yield own.at("privileged"), f"container {name} is privileged, and owns its node", "Take `privileged` out."
        elif own.at("allowPrivilegeEscalation").text == "true":
            yield own.at("allowPrivilegeEscalation"), f"container {name} may gain rights", _NO_GAIN
        added = own.at("capabilities", "add")
        much = [one.text for one in added.items if one.text.removeprefix("CAP_") not in _FINE]
        if much:
            what = f"container {name} has the capabilities {', '.join(much)}"
            yield own.at("capabilities").key("add"), what, f"Take {', '.join(much)} out of `add`."


@habit_rule()
def _found(sources: Sources) -> Iterator[Lapse | None]:
    for workload in pods.workloads(sources):
        missing = list(_missing(sources, workload))
        if not missing:
            yield None
        elif not list(_wrong(workload)):
            words = list(dict.fromkeys(what for _, what in missing))
            message = f"{pods.label(workload)} keeps more rights than it uses: it does not set {', '.join(words)}"
            yield lapse(workload.path, missing[0][0], message, _fix(words))


def _fix(words: list[str]) -> str:
    """What to write, of what is missing in a container and what in the pod."""
    own = [_WRITTEN.get(one, one) for one in words if one != _SECCOMP]
    parts = [f"{' and '.join(own)} under the `securityContext` of each container"] if own else []
    parts += [f"{_WRITTEN[_SECCOMP]} under the `securityContext` of the pod"] if _SECCOMP in words else []
    return f"Write {', and '.join(parts)}."


def _missing(sources: Sources, workload: Manifest) -> Iterator[tuple[Node, str]]:
    """What a workload leaves out, and no patch puts in, each with the place where it belongs."""
    patched = pods.patched_words(sources, workload)
    for container in workload.containers:
        own = container.at(pods.SECURITY)
        dropped = {one.text for one in own.at("capabilities", "drop").items}
        if own.at("allowPrivilegeEscalation").text != "false" and "allowPrivilegeEscalation" not in patched:
            yield pods.place(workload, container), "`allowPrivilegeEscalation: false`"
        if "ALL" not in dropped and "drop" not in patched:
            place = own.key("capabilities") if own.at("capabilities") else pods.place(workload, container)
            yield place, _DROP
    seccomp = all(pods.effective(workload, one, "seccompProfile") for one in workload.containers)
    if not seccomp and "seccompProfile" not in patched:
        yield pods.place(workload), _SECCOMP
