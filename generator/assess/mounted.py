"""Routes of routers, behind all that they are mounted under: only where it is certain which router that is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.assess import routes
from generator.assess.folder import parent


@dataclass(frozen=True, slots=True)
class Grammar:
    """How the code of a language makes a router, mounts it in `{name}`, and adds routes to `{name}`."""

    made: str
    """Finds a call that makes a router; its first group is the router's name."""
    mount: str
    """Finds a call that mounts a router; its groups `router` and `module` say which."""
    route: str
    imported: str
    """Finds what brings `{name}` into a file; `module` says from where, `own` as what, if that differs."""
    before: str
    """Finds, in a call, that it puts something before all routes of a router."""
    literal: str
    """Finds what that is, where it is plain."""
    separator: str
    """Between the parts of a module's name."""


@dataclass(frozen=True, slots=True)
class Router:
    """What routes are added to."""

    name: str
    path: str
    """Of its file."""
    before: str | None
    """What it puts before its routes; None for what only the running code knows."""


def found(texts: Mapping[str, str], grammar: Grammar, application: str) -> dict[str, tuple[str, int]]:
    """The routes that an application serves by routers, each with its place; `application` finds its name."""
    routers = [router for path, text in texts.items() for router in _made(grammar, path, text)]
    out: dict[str, tuple[str, int]] = {}
    inside = {router.path for router in routers if re.fullmatch(application, router.name)}
    for path in (path for path in texts if routers and path not in inside):
        for route, place in _below(texts, grammar, routers, Router(application, path, ""), "", set()):
            out.setdefault(route, place)
    return out


def _made(grammar: Grammar, path: str, text: str) -> Iterator[Router]:
    for _, match in routes.matches(grammar.made, text):
        yield Router(match[1], path, _before(grammar, match[0]))


def _before(grammar: Grammar, call: str) -> str | None:
    plain = re.search(grammar.literal, call)
    return plain[1] if plain else None if re.search(grammar.before, call) else ""


def _below(
    texts: Mapping[str, str], grammar: Grammar, routers: list[Router], at: Router, before: str, seen: set[Router]
) -> Iterator[tuple[str, tuple[str, int]]]:
    """The routes of all routers that are mounted in one, or in an application; each is followed once."""
    for _, match in routes.matches(grammar.mount.format(name=at.name), texts[at.path]):
        inner = _meant(grammar, routers, at.path, texts[at.path], match)
        steps = (before, _before(grammar, match[0]), inner.before if inner else None)
        if inner is None or None in steps or inner in seen:
            continue
        seen.add(inner)
        way = routes.joined(*filter(None, steps))
        for line, route in routes.matches(grammar.route.format(name=inner.name), texts[inner.path]):
            yield routes.joined(way, route[1]), (inner.path, line)
        yield from _below(texts, grammar, routers, inner, way, seen)


def _meant(grammar: Grammar, routers: list[Router], path: str, text: str, mount: re.Match[str]) -> Router | None:
    """The router that is mounted: by its name and the module that it comes from, if only one is called so."""
    groups = mount.groupdict()
    module, (name, _, own) = groups.get("module") or "", (groups["router"] or "").partition(".")
    if own:
        module, name = name, own
    elif name and (brought := re.search(grammar.imported.format(name=name), text)):
        module, name = brought["module"], brought.groupdict().get("own") or name
    if module.startswith(("./", "../")):
        module = posixpath.normpath(f"{parent(path)}/{module}")
    hint = re.sub(r"(/index)?\.[cm]?[jt]s$", "", module).replace(grammar.separator, "/").strip("./")
    within = [one for one in routers if not hint or f"/{hint}/" in f"{_stem(one.path)}/"]
    known = [one for one in within if _stem(one.path).endswith(f"/{hint}")] or within
    exact = [one for one in known if one.name == name]
    near = [one for one in exact if one.path == path]
    return next((some[0] for some in (near, exact, known if hint else []) if len(some) == 1), None)


def _stem(path: str) -> str:
    return "/" + re.sub(r"(/index|/__init__)?\.\w+$", "", path)
