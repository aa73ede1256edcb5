"""Judges trees that differ from a known one in a file or two, without reading the rest again.

While the rules look at the known tree it is noted which files each shared result, and each judgement of a file, was made
from. What no changed file went into is the same in the other tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from generator.checks import RULES
from generator.checks.consequences import BROKEN
from generator.checks.rule import Flaw, Rule
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import settle
from generator.finding import Finding
from generator.tree import File, Tree
from tests.checks.faults.place import Place, good, tree_with

NAMES: Final = ""
"""Stands for the list of all paths, which changes when a file comes or goes."""


class _NotedTree(Tree):
    """A tree that notes what is asked of it."""

    __slots__ = ("frames",)

    def __init__(self, files: Mapping[str, File]) -> None:
        super().__init__(files)
        self.frames: list[set[str]] = []

    def note(self, *paths: str) -> None:
        """Notes it for what is being made just now."""
        if self.frames:
            self.frames[-1].update(paths)

    def __getitem__(self, path: str) -> File:
        self.note(path)
        return super().__getitem__(path)

    def __iter__(self) -> Iterator[str]:
        self.note(NAMES)
        return super().__iter__()

    def __len__(self) -> int:
        self.note(NAMES)
        return super().__len__()


class _Noted(dict[Any, Any]):
    """The results of a known tree, each with the files that it was made from."""

    def __init__(self, tree: _NotedTree) -> None:
        super().__init__()
        self.tree = tree
        self.files: dict[Any, frozenset[str]] = {}

    def __contains__(self, key: object) -> bool:
        there = super().__contains__(key)
        if not there:
            self.tree.frames.append(set())
        return there

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self.files[key] = frozenset(self.tree.frames.pop())

    def __getitem__(self, key: Any) -> Any:
        self.tree.note(*self.files[key])
        return super().__getitem__(key)


class _Taken(dict[Any, Any]):
    """The results of another tree: those of the known one, but for what the changed files went into."""

    def __init__(self, known: _Noted, changed: frozenset[str]) -> None:
        super().__init__()
        self.known = known
        self.changed = changed

    def __contains__(self, key: object) -> bool:
        if super().__contains__(key):
            return True
        files = self.known.files.get(key)
        if files is None or files & self.changed:
            return False
        self[key] = dict.__getitem__(self.known, key)
        return True


class _Watched:
    """A rule of which it is noted what went into its list of files, and into the judgement of each."""

    def __init__(self, rule: Rule, tree: _NotedTree) -> None:
        self.rule = rule
        self.tree = tree
        self.__doc__ = rule.__doc__
        self.paths: tuple[str, ...] = ()
        self.listed_from: frozenset[str] = frozenset()
        self.judged_from: dict[str, frozenset[str]] = {}

    def files(self, sources: Sources) -> tuple[str, ...]:
        """The paths that the rule judges."""
        self.tree.frames.append(set())
        self.paths = tuple(self.rule.files(sources))
        self.listed_from = frozenset(self.tree.frames.pop())
        return self.paths

    def check(self, sources: Sources, path: str) -> list[Flaw]:
        """The flaws of one of them."""
        self.tree.frames.append(set())
        flaws = list(self.rule.check(sources, path))
        self.judged_from[path] = frozenset(self.tree.frames.pop())
        return flaws


class _Narrowed:
    """A rule that looks again only at what the changed files went into."""

    def __init__(self, watched: _Watched, changed: frozenset[str]) -> None:
        self.watched = watched
        self.changed = changed
        self.__doc__ = watched.__doc__

    @property
    def concerned(self) -> bool:
        """Whether the rule can say anything else than of the known tree."""
        inputs = (self.watched.listed_from, *self.watched.judged_from.values())
        return any(files & self.changed for files in inputs)

    def files(self, sources: Sources) -> Iterator[str]:
        """The paths that must be judged again."""
        same = not self.watched.listed_from & self.changed
        for path in self.watched.paths if same else self.watched.rule.files(sources):
            inputs = self.watched.judged_from.get(path)
            if inputs is None or inputs & self.changed:
                yield path

    def check(self, sources: Sources, path: str) -> Iterable[Flaw]:
        """The flaws of one of them."""
        return self.watched.rule.check(sources, path)


class Known:
    """A good tree, and what was learned from judging it by all rules."""

    def __init__(self, tree: Tree) -> None:
        noted = _NotedTree(dict(tree))
        self.sources = Sources(noted)
        self.sources.made = self.made = _Noted(noted)
        self.rules = {rule: _Watched(RULES[rule], noted) for rule in RULES}
        self.findings = run(self.sources, self.rules).findings

    def judge(self, place: Place, rules: Iterable[str]) -> tuple[Finding, ...]:
        """What these of the rules say of the tree with the fault; those that are not there say nothing."""
        renamed = any(file is None or path not in good(place.tree) for path, file in place.changes.items())
        changed = frozenset(place.changes) | ({NAMES} if renamed else frozenset())
        narrowed = {rule: _Narrowed(self.rules[rule], changed) for rule in rules if rule in self.rules}
        if not any(one.concerned for one in narrowed.values()):
            return ()
        # What is told of broken files decides what is told of others.
        ours = {rule: one for rule, one in narrowed.items() if one.concerned or rule in BROKEN}
        sources = Sources(tree_with(place))
        sources.made = _Taken(self.made, changed)
        return settle(sources, run(sources, ours, edited=True), RULES).verdict.findings


@cache
def known(tree: str) -> Known:
    """One of the good trees, judged."""
    return Known(good(tree))
