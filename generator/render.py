"""Renders planned components to a tree, in memory: no clock, no network, no disk but the templates."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

from generator import formats, places
from generator.catalog import FileEntry
from generator.errors import BugError
from generator.origin import Origin, Rendering
from generator.plan import Planned
from generator.tree import File, Tree

DELIMITERS: Final = {
    # They collide with none of ${{ }}, {{ }}, ${ } and [[ ]], and a template still parses as its own format.
    "variable_start_string": "#{",
    "variable_end_string": "}#",
    "block_start_string": "#%",
    "block_end_string": "%#",
    "comment_start_string": "#|",
    "comment_end_string": "|#",
}


def render(planned: Iterable[Planned]) -> Rendering:
    """Renders every file of every planned component; raises BugError where a template is at fault."""
    files: dict[str, File] = {}
    origins: dict[str, Origin] = {}
    for one in planned:
        for entry in one.component.manifest.files:
            for path, source, items in _targets(entry, one.context):
                if path in files:
                    raise BugError(f"{path} is made by {origins[path].template} and by {one.component.id}:{source}")
                names = ",".join(str(item.name) for item in items.values())
                origins[path] = Origin(
                    one.component.id,
                    f"{one.component.id}:{source}" + (f"#{names}" if names else ""),
                    entry.owner,
                    entry.searched,
                    _opening(entry, one.context),
                    entry.position,
                )
                files[path] = _file(one, source, items, executable=entry.mode == "executable")
    return Rendering(Tree(files), origins)


def _targets(entry: FileEntry, context: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The paths that an entry makes, each with its file below `files/` and the items that it is about."""
    try:
        lists = [context[name] for name in entry.each.values()]
        for combination in itertools.product(*lists):
            items = dict(zip(entry.each, combination, strict=True))
            if _wanted(entry.when, context, items):
                path = entry.to.format(**{variable: item.name for variable, item in items.items()})
                yield path, entry.from_.format(**items), items
    except (KeyError, AttributeError) as error:
        raise BugError(f"component.yml, file {entry.from_}: the context has no {error}") from error


def _opening(entry: FileEntry, context: dict[str, Any]) -> str:
    try:
        return entry.opening.format_map(context)
    except KeyError as error:
        raise BugError(f"component.yml, file {entry.from_}: the context has no {error}") from error


def _wanted(when: str, context: dict[str, Any], items: dict[str, Any]) -> bool:
    if not when:
        return True
    first, *rest = when.split(".")
    value = (items | context)[first] if first not in items else items[first]
    for name in rest:
        value = getattr(value, name)
    if not isinstance(value, bool):
        raise BugError(f"when: {when} is not a boolean")
    return value


def _file(one: Planned, source: str, items: dict[str, Any], *, executable: bool) -> File:
    if not source.endswith(".jinja"):
        return File((one.component.folder / "files" / source).read_bytes(), executable)
    name = f"{one.component.id}/files/{source}"
    try:
        text = environment().get_template(name).render({**one.context, **items})
    except jinja2.TemplateSyntaxError as error:
        raise BugError(f"{error.name or name}:{error.lineno}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        raise BugError(f"{name}: no template {error.message}") from error
    except (jinja2.UndefinedError, AttributeError, TypeError, ValueError) as error:
        raise BugError(f"{name}: {error}") from error
    return File(text.encode("utf-8"), executable)


@cache
def environment() -> jinja2.Environment:
    """The one Jinja environment."""
    made = jinja2.Environment(
        **DELIMITERS,  # type: ignore[arg-type]
        loader=_Loader(places.templates()),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 -- no HTML; each format has its quoting filter
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_bytecode_cache(),
        cache_size=-1,
    )
    made.filters = {name: made.filters[name] for name in ("join", "length")} | formats.FILTERS
    made.globals = {}
    made.tests = {}
    return made


class _Loader(jinja2.BaseLoader):
    """Finds `component/files/x` and `component/partials/x` below the templates folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def get_source(self, _: jinja2.Environment, template: str) -> tuple[str, str, None]:
        path = self._root / template
        try:
            return path.read_text(encoding="utf-8"), str(path), None
        except OSError as error:
            raise jinja2.TemplateNotFound(template) from error


def _bytecode_cache() -> jinja2.FileSystemBytecodeCache | None:
    """A cache of our own version only: Jinja does not notice a changed filter or environment."""
    from generator import __version__  # noqa: PLC0415 -- the package imports nothing else

    source = b"".join(Path(module).read_bytes() for module in (__file__, formats.__file__))
    stamp = hashlib.sha256(f"{__version__} {jinja2.__version__}".encode() + source).hexdigest()[:16]
    folder = places.cache() / f"jinja-{stamp}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = folder.stat().st_uid == os.getuid() and not folder.stat().st_mode & 0o022
    except OSError:
        return None
    return jinja2.FileSystemBytecodeCache(str(folder)) if mine and os.access(folder, os.W_OK) else None
