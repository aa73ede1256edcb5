"""The tree as the rules see it: every file is read and parsed at most once, when the first rule asks.

Parsers and models are functions of `Sources` (and a path) that carry `@shared`: their results are
kept beside the tree, so that hundreds of rules cost the parsing of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import wraps
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from generator import places
from generator.finding import Remark
from generator.tree import Tree

P = ParamSpec("P")
T = TypeVar("T")


_ASIDE: Final = tuple(f"{one}/" for one in (places.PROPOSED, places.ORPHANED, places.REPLACED, places.TRANSACTION))


class Sources:
    """A tree with what was made of it so far.

    Of `quiet` paths it is known what is in them, but nothing is said about them: what others made, what is there a
    second time, or lies outside of the folder that is judged, whose paths begin with `inside`. `unread` are those that
    could not be read, each with the reason; they stand in the tree, empty. `remarks` are what else is to be said of how
    the tree was read, by path. What lies aside, as proposals do, is no part of the tree: only `aside` names it.
    `absent` are files and folders that belong to the repository and are not here: sparse checkouts, submodules.
    """

    __slots__ = ("absent", "aside", "inside", "lacks", "made", "opened", "quiet", "remarks", "tree", "unread")

    def __init__(
        self,
        tree: Tree,
        *,
        quiet: Set[str] = frozenset(),
        unread: Mapping[str, Remark] = MappingProxyType({}),
        inside: str = "",
        remarks: Mapping[str, Sequence[Remark]] = MappingProxyType({}),
        absent: Set[str] = frozenset(),
    ) -> None:
        self.aside = tuple(path for path in tree if path.startswith(_ASIDE))
        self.tree = Tree({p: f for p, f in tree.items() if not p.startswith(_ASIDE)}) if self.aside else tree
        self.quiet = quiet
        self.unread = unread
        self.inside = inside
        self.remarks = remarks
        self.absent = absent
        self.made: dict[Any, Any] = {}
        self.lacks: dict[Any, frozenset[str]] = {}
        """What was made without the content of some files, which cannot be parsed, and of which."""
        self.opened: list[set[str]] = []
        """The same for each thing that is being made just now, the innermost last."""

    def lack(self, *paths: str) -> None:
        """Notes that what is being made does not know what these files hold."""
        if self.opened:
            self.opened[-1].update(paths)

    def ending(self, *suffixes: str) -> Iterator[str]:
        """The paths that end so."""
        return (path for path in self.tree if path.endswith(suffixes))

    def below(self, *folders: str) -> Iterator[str]:
        """The paths inside these folders (`a/b/`)."""
        return (path for path in self.tree if path.startswith(folders))

    def has_folder(self, folder: str) -> bool:
        """Whether any file lies below the folder."""
        return not folder or folder in folders(self)


def shared(function: Callable[Concatenate[Sources, P], T]) -> Callable[Concatenate[Sources, P], T]:
    """Runs the function once for each tree and arguments, and hands out that result afterwards."""

    @wraps(function)
    def once(sources: Sources, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args)
        if key not in sources.made:
            sources.opened.append(set())
            try:
                sources.made[key] = function(sources, *args, **kwargs)
            finally:
                lacking = sources.opened.pop()
            if lacking:
                sources.lacks[key] = frozenset(lacking)
        if key in sources.lacks:
            sources.lack(*sources.lacks[key])
        return sources.made[key]  # type: ignore[no-any-return]

    return once


@shared
def folders(sources: Sources) -> frozenset[str]:
    """Every folder that holds a file, directly or not."""
    return frozenset(str(parent) for path in sources.tree for parent in PurePosixPath(path).parents if parent.name)


@shared
def charts(sources: Sources) -> frozenset[str]:
    """The folders of Helm charts, each with a slash at its end."""
    found = (path for path, file in sources.tree.items() if name(path) == "Chart.yaml" and b"name:" in file.content)
    return frozenset(path.removesuffix("Chart.yaml") for path in found)


FILLED_IN: Final = (
    ".j2", ".jinja", ".jinja2", ".tmpl", ".gotmpl", ".tpl", ".tftpl", ".erb", ".mustache", ".in",
)  # fmt: skip
"""How files are called of which another program makes something."""


@shared
def is_template(sources: Sources, path: str) -> bool:
    """Whether another program makes a file of it: its name says so, its path is filled in, or Helm does that."""
    if "{{" in path or path.endswith(FILLED_IN):
        return True
    parts = path.split("/")
    tagged = path not in sources.tree or b"{{" in sources.tree[path].content
    filled = {"templates", "charts"} if tagged else {"charts"}  # what has no tag is applied as it stands
    return any(
        part in filled and "".join(f"{above}/" for above in parts[:index]) in charts(sources)
        for index, part in enumerate(parts[:-1])
    )


@shared
def text(sources: Sources, path: str) -> str:
    """The file's text, with line ends as `\\n`; "" for a file that is not UTF-8 (`text-encoding` reports it)."""
    try:
        return sources.tree[path].text.replace("\r\n", "\n")
    except UnicodeDecodeError:
        sources.lack(path)
        return ""


@shared
def lines(sources: Sources, path: str) -> tuple[str, ...]:
    """The file's lines, without their ends."""
    return tuple(text(sources, path).split("\n"))


def name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


_INCLUDE: Final = re.compile(r"^[-s]?include[ \t]+([^\n#]+)", re.MULTILINE)


@shared
def makefiles(sources: Sources) -> tuple[str, ...]:
    """The files that make reads, by itself or included."""
    own = (p for p in sources.tree if p.endswith(".mk") or name(p) in {"GNUmakefile", "makefile", "Makefile"})
    found = dict.fromkeys(own)
    waiting = list(found)
    while waiting:
        path = waiting.pop()
        for word in (word for match in _INCLUDE.finditer(text(sources, path)) for word in match[1].split()):
            for place in (join(folder(path), word), join("", word)):
                # Files of variables have comments of their own.
                if place in sources.tree and place not in found and ".env" not in word:
                    found[place] = None
                    waiting.append(place)
    return tuple(found)


def folder(path: str) -> str:
    """The folder that a file lies in; "" for the root."""
    return path.rpartition("/")[0]


def join(base: str, relative: str) -> str:
    """`relative` as seen from the folder `base`, normalised; what leaves the tree keeps its `..`."""
    parts: list[str] = []
    for part in f"{base}/{relative}".split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
