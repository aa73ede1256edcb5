"""The tree as the rules see it: every file is read and parsed at most once, when the first rule asks.

Parsers and models are functions of `Sources` (and a path) that carry `@shared`: their results are
kept beside the tree, so that sixty rules cost the parsing of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import PurePosixPath
from typing import Any, Concatenate, ParamSpec, TypeVar

from generator.tree import Tree

P = ParamSpec("P")
T = TypeVar("T")


class Sources:
    """A tree with what was made of it so far."""

    __slots__ = ("made", "tree")

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.made: dict[Any, Any] = {}

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
            sources.made[key] = function(sources, *args, **kwargs)
        return sources.made[key]  # type: ignore[no-any-return]

    return once


@shared
def folders(sources: Sources) -> frozenset[str]:
    """Every folder that holds a file, directly or not."""
    return frozenset(str(parent) for path in sources.tree for parent in PurePosixPath(path).parents if parent.name)


@shared
def text(sources: Sources, path: str) -> str:
    """The file's text, with line ends as `\\n`; "" for a file that is not UTF-8 (`text-encoding` reports it)."""
    try:
        return sources.tree[path].text.replace("\r\n", "\n")
    except UnicodeDecodeError:
        return ""


@shared
def lines(sources: Sources, path: str) -> tuple[str, ...]:
    """The file's lines, without their ends."""
    return tuple(text(sources, path).split("\n"))


def name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def makefiles(sources: Sources) -> Iterator[str]:
    """The files that make reads, by itself or included."""
    return (p for p in sources.tree if p.endswith(".mk") or name(p) in {"GNUmakefile", "makefile", "Makefile"})


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
