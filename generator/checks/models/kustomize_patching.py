"""How a patch changes an object: parts that are merged into it, single operations, and fields that are replaced.

Nothing is changed in place: what a patch leaves alone is shared by the object before and after it, and keeps its place
in the file where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from generator.checks.formats.yaml import Node
from generator.checks.formats.yaml_node import pairs

_NAMED: Final = ("name",)
_KEYS: Final = {
    "containers": _NAMED, "initContainers": _NAMED, "ephemeralContainers": _NAMED, "env": _NAMED, "volumes": _NAMED,
    "imagePullSecrets": _NAMED, "secrets": _NAMED, "webhooks": _NAMED, "resourceClaims": _NAMED,
    "schedulingGates": _NAMED, "ports": ("containerPort", "port"), "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",), "hostAliases": ("ip",), "topologySpreadConstraints": ("topologyKey",),
}  # fmt: skip
"""The keys by which items of lists in Kubernetes' own objects are told apart; other lists take each other's place."""
_STEP: Final = re.compile(r"\[[^\]]*\]|(?:\\.|[^.\[\\])+")


class MissingError(Exception):
    """What an operation needs is not there: the part of its way up to it."""

    def __init__(self, way: list[str]) -> None:
        super().__init__("/".join(("", *way)))
        self.way = way


def is_deletion(document: Node) -> bool:
    """Whether a patch takes its whole object away."""
    return document.at("$patch").text == "delete"


def merged(old: Any, patch: Any, *, native: bool, field: str = "") -> Any:
    """A value with a part merged into it; None where the part takes it away. `native` objects are Kubernetes' own."""
    if patch.id == "sequence":
        whole = [one for one in patch.value if [*Node(one).map] != ["$patch"]]
        if len(whole) < len(patch.value):
            return _like(patch, whole)
        keys = _KEYS.get(field, ()) if native and old is not None and old.id == "sequence" else ()
        key = next((key for key in keys if all(Node(one).at(key).text for one in (*old.value, *patch.value))), "")
        return _list(old, patch, key) if key else patch
    if patch.id != "mapping":
        return patch
    directive = Node(patch).at("$patch").text
    if directive == "delete":
        return None
    replaces = directive == "replace" or old is None or old.id != "mapping"
    found = {} if replaces else _fields(old)
    for name, (key, value) in _fields(patch).items():
        before = found.get(name, (key, None))
        after = None if Node(value).is_null else merged(before[1], value, native=native, field=name)
        if name.startswith("$") or after is None:
            found.pop(name, None)
        else:
            found[name] = (before[0], after)
    return _like(patch if replaces else old, list(found.values()))


def _list(old: Any, patch: Any, key: str) -> Any:
    """Items that are told apart by a key: those of the patch come first, as kustomize has them."""
    before = {Node(one).at(key).text: one for one in old.value}
    made = [(Node(one).at(key).text, one) for one in patch.value]
    items = [merged(before.get(name), one, native=True) for name, one in made]
    rest = [one for name, one in before.items() if name not in dict(made)]
    return _like(old, [*(one for one in items if one is not None), *rest])


def _fields(raw: Any) -> dict[str, tuple[Any, Any]]:
    return {str(key.value): (key, value) for key, value in pairs(raw)}


def _like(raw: Any, value: list[Any]) -> Any:
    """A mapping or a list with other contents, at the place of another."""
    return type(raw)(raw.tag, value, raw.start_mark, raw.end_mark)


def scalar(text: str, mark: Any) -> Any:
    """A text at a place."""
    import yaml  # noqa: PLC0415 -- as where the first file is parsed

    return yaml.ScalarNode("tag:yaml.org,2002:str", text, mark, mark)


def operated(raw: Any, operation: Node) -> Any:
    """An object after an operation of a JSON patch; raises MissingError where the operation fails.

    To replace a field of a mapping that is not there adds it: so kustomize does.
    """
    kind, value = operation.at("op").text, operation.at("value").raw
    way = steps(operation.at("path").text)
    if kind in ("copy", "move"):
        source = steps(operation.at("from").text)
        if not source:
            raise MissingError([])
        value = _reached(raw, source)
        raw = changed(raw, source, _removed) if kind == "move" else raw
    if kind == "test" or not way:
        _reached(raw, way)
        return raw
    if kind == "remove":
        return changed(raw, way, _removed)
    if value is None or kind not in ("add", "replace", "copy", "move"):
        raise MissingError([])
    return changed(
        raw, way, lambda parent, last: _put(parent, last, value, new=kind != "replace" or parent.id == "mapping")
    )


def is_there(raw: Any, way: list[str]) -> bool:
    """Whether something lies at the end of a way."""
    try:
        _reached(raw, way)
    except MissingError:
        return False
    return True


def steps(path: str) -> list[str]:
    """The steps of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


Change = Callable[[Any, str], Any]
"""What becomes of a mapping or list whose field or item is changed; None where that is not there."""


def changed(raw: Any, way: list[str], change: Change, done: int = 0) -> Any:
    """A value with a change at the end of a way; raises MissingError where the way does not lead there."""
    if done == len(way) - 1:
        made = change(raw, way[-1])
    else:
        child = _child(raw, way[done])
        if child is None:
            raise MissingError(way[: done + 1])
        made = _put(raw, way[done], changed(child, way, change, done + 1))
    if made is None:
        raise MissingError(way[: done + 1])
    return made


def nested(raw: Any, way: list[str], change: Change) -> Any:
    """A value with a change; the value itself where there is no place for it."""
    try:
        return changed(raw, way, change)
    except MissingError:
        return raw


def _child(raw: Any, step: str) -> Any:
    if raw.id == "mapping":
        return _fields(raw).get(step, (None, None))[1]
    number = int(step) if raw.id == "sequence" and re.fullmatch(r"\d{1,6}", step) else -1
    return raw.value[number] if 0 <= number < len(raw.value) else None


def _reached(raw: Any, way: list[str]) -> Any:
    for number, step in enumerate(way, 1):
        raw = _child(raw, step)
        if raw is None:
            raise MissingError(way[:number])
    return raw


def _put(raw: Any, step: str, value: Any, *, new: bool = False) -> Any:
    """A mapping or list with a field or item set; `new`: it need not be there, and an item is put before its place."""
    if raw.id == "mapping":
        found = _fields(raw)
        key = found[step][0] if step in found else scalar(step, value.start_mark)
        return _like(raw, list((found | {step: (key, value)}).values())) if new or step in found else None
    number = len(raw.value) if new and step == "-" else int(step) if re.fullmatch(r"\d{1,6}", step) else -1
    if raw.id != "sequence" or not 0 <= number < len(raw.value) + new:
        return None
    return _like(raw, [*raw.value[:number], value, *raw.value[number + (not new) :]])


def set_to(value: Any) -> Change:
    """The change that gives a field or item another value."""
    return lambda raw, step: _put(raw, step, value)


def added(value: Any) -> Change:
    """The change that sets a field, whether it is there or not."""
    return lambda raw, step: _put(raw, step, value, new=True)


def beside(raw: Any, way: list[str]) -> tuple[str, ...]:
    """The fields beside the last of a way; none of the object itself."""
    return (
        ()
        if len(way) < len(("spec", "field"))
        else tuple(Node(raw).at(*(int(step) if step.isdecimal() else step for step in way[:-1])).map)
    )


def created(raw: Any, way: list[str], value: Any) -> Any:
    """A value with a field set, and all mappings above it made; None where a list is on the way."""
    if not way:
        return value
    child = _child(raw, way[0]) if raw.id == "mapping" else None
    if raw.id != "mapping" or re.match(r"\*|\[|\d+\Z", way[0]):
        return None
    empty = type(raw)("tag:yaml.org,2002:map", [], value.start_mark, value.end_mark)
    made = created(empty if child is None else child, way[1:], value)
    return None if made is None else _put(raw, way[0], made, new=True)


def _removed(raw: Any, step: str) -> Any:
    if _child(raw, step) is None:
        return None
    if raw.id == "mapping":
        return _like(raw, [pair for name, pair in _fields(raw).items() if name != step])
    return _like(raw, [one for number, one in enumerate(raw.value) if number != int(step)])


def field_steps(path: str) -> list[str]:
    """The steps of a field path of a replacement: a key in brackets may have dots, `[key=value]` chooses items."""
    found = (re.sub(r"\\(.)", r"\1", step) for step in _STEP.findall(path))
    return [step[1:-1] if step[0] == "[" and "=" not in step else step for step in found]


def ways(raw: Any, way: list[str]) -> Iterator[list[str]]:
    """The ways of single steps that a field path stands for, with `*` and choices written out."""
    if not way:
        yield []
        return
    first, *rest = way
    for step in _steps_of(raw, first):
        for more in ways(_child(raw, step), rest):
            yield [step, *more]


def _steps_of(raw: Any, step: str) -> list[str]:
    """The single steps of one step of a field path."""
    if raw.id == "sequence" and (step == "*" or step[0] == "["):
        key, _, value = step[1:-1].partition("=")
        items = [str(number) for number in range(len(raw.value))]
        return [n for n in items if step == "*" or Node(raw.value[int(n)]).at(key).text == value]
    return [step] if _child(raw, step) is not None else []
