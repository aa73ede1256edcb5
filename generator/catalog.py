"""Finds the components: the only module that knows where they lie and loads their code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal

import msgspec
import yaml

from generator import places
from generator.answers.keys import by_name, word
from generator.blocks import Position
from generator.errors import BugError
from generator.origin import Owner

Scalar = str | bool | int
Condition = Mapping[str, tuple[Scalar, ...]]
PACKAGE: Final = "generator_templates"
"""The package that components are imported from; each is one below it, with `_` for `-`."""


class FileEntry(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}, forbid_unknown_fields=True):
    """One line of `files`: a template or a verbatim file, and where it goes."""

    from_: str
    """Path below `files/`; with the suffix `.jinja` it is rendered, otherwise copied byte for byte.

    `{service.language}` stands for that field of an item of `each`."""
    to: str
    """Path in the generated repository; `{name}` stands for the item's `name`, for each variable of `each`."""
    each: dict[str, str] = {}
    """Variable -> name of a list in the context; several make their product."""
    when: str = ""
    """A boolean of the context (`flag`) or of an item (`service.flag`)."""
    mode: Literal["", "executable"] = ""
    owner: Owner = "managed"
    searched: tuple[str, ...] = ()
    """For a block: where its reader looks, in its order; the region goes into the first that is there."""
    position: Position = "bottom"
    """For a block: where the region goes in a file of the user that has none yet."""
    opening: str = ""
    """For a block: what stands above the region in a file that we make; `{name}` is a text of the context."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `component.yml`."""

    id: str
    title: str
    summary: str
    when: dict[str, Scalar | list[Scalar]] = {}
    serves: dict[str, list[Scalar]] = {}
    files: list[FileEntry] = []

    @property
    def condition(self) -> Condition:
        """`when` with every value as a tuple."""
        return {k: tuple(v) if isinstance(v, list) else (v,) for k, v in self.when.items()}


class Component(msgspec.Struct, frozen=True):
    """A component folder."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def module(self) -> ModuleType:
        """The component's `context.py`, loaded on first use."""
        return _load(self.folder)

    def function(self, name: Literal["parts", "build"]) -> Callable[..., Any]:
        """The component's function `name`."""
        found = getattr(self.module, name, None)
        if not callable(found):
            raise BugError(f"component {self.id}: context.py has no function {name}")
        return found  # type: ignore[no-any-return]


def holds(condition: Condition, lookup: Callable[[str], object]) -> bool:
    """Whether the answers meet a condition; `lookup` gives the answer to a dotted key."""
    return all(lookup(key) in values for key, values in condition.items())


@cache
def components() -> tuple[Component, ...]:
    """All components, by id."""
    found = [_read(path.parent) for path in sorted(places.templates().glob("*/component.yml"))]
    if not found:
        raise BugError(f"no components in {places.templates()}", hint="Reinstall agency-scaffold.")
    return tuple(found)


def _read(folder: Path) -> Component:
    try:
        with (folder / "component.yml").open("rb") as file:
            manifest = msgspec.convert(yaml.load(file, yaml.CSafeLoader), Manifest)
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        raise BugError(f"{folder.name}/component.yml: {error}") from error
    if manifest.id != folder.name:
        raise BugError(f"{folder.name}/component.yml: id is {manifest.id!r}, the folder's name is expected")
    for name, values in (*manifest.condition.items(), *manifest.serves.items()):
        _known(folder, name, values)
    return Component(folder, manifest)


def _known(folder: Path, name: str, values: Collection[Scalar]) -> None:
    """Raises BugError for a key, or a value of a closed choice, that the contract does not have."""
    key = by_name().get(name)
    if not key:
        raise BugError(f"{folder.name}/component.yml: the contract has no key {name}")
    if key.choices and (unknown := [value for value in values if value not in key.choices]):
        raise BugError(f"{folder.name}/component.yml: {name} cannot be {', '.join(map(word, unknown))}")


@cache
def _load(folder: Path) -> ModuleType:
    # Folder names have hyphens, so the import system cannot find them by name. A package made for each lets
    # `context.py` import the modules beside it: `from .alerts import ...`.
    package = ModuleType(f"{PACKAGE}.{folder.name.replace('-', '_')}")
    package.__path__ = [str(folder)]
    # The same component may have been loaded from another place, or as it was before.
    for stale in [name for name in sys.modules if name.startswith(f"{package.__name__}.")]:
        del sys.modules[stale]
    sys.modules[package.__name__] = package
    return importlib.import_module(f"{package.__name__}.context")
