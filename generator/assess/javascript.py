"""What code in JavaScript and TypeScript serves: Express and its kin, Fastify, Nest, Next.js."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from generator.assess import controllers, mounted, routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder

_GRAMMAR: Final = routes.Grammar(
    suffixes=(".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"),
    route=r"\b(?:app|server|fastify|application)\.(?:get|all|head)\(\s*[\"'`](/[^\"'`:$]*)[\"'`]",
    prefixed=r"fastify\.register\([^)]*prefix|module\.exports\s*=\s*(?:async\s*)?(?:function\s*)?\(?\s*(?:app|fastify)\s*(?:[,):]|=>)"
    r"|export\s+(?:default\s+)?(?:async\s+)?(?:function\s*\w*\s*)?\(?\s*(?:app|fastify)\s*(?:[,):]|=>)|setGlobalPrefix",
    ports=(r"\.listen\(\s*(\d{2,5})\b", r"\.listen\(\s*\{[^}]*\bport:\s*(\d{2,5})\b"),
    defaults=(
        rf"process\.env(?:\.|\[[\"']){routes.VARIABLE}\b(?:[\"']\])?(?:\s*,\s*10)?\s*\)?\s*(?:\|\||\?\?)\s*[\"'`]?(\d{{2,5}})\b",
        rf"\.get(?:<\w+>)?\(\s*[\"']{routes.VARIABLE}[\"']\s*,\s*[\"']?(\d{{2,5}})\b",
    ),
)
_NAMES: Final = "(?:app|server|fastify|application)"
_APPLICATION: Final = rf"\b{_NAMES}\b[^=\n]{{0,50}}=\s*(?:express|[Ff]astify|new\s+(?:Hono|Koa|Elysia))\b"
_EXPORTED: Final = r"\bmodule\.exports\s*=\s*app\b|\bexport\s+default\s+app\b"
_IMPORTED: Final = (
    r"(?:import\s[^;\"']{{0,300}}\b{name}\b[^;\"']{{0,300}}from|\b(?:const|let|var)\s[^=;]{{0,300}}\b{name}\b[^=;]{{0,300}}"
    r"=\s*require\()\s*[\"'](?P<module>\.[^\"'\n]+)[\"']"
)
_ROUTE: Final = r"\b{name}\.(?:get|all|head)\(\s*[\"'`]([^\"'`:$*]*?)/?[\"'`]"
_ROUTERS: Final = mounted.Grammar(
    made=rf"\b(?:const|let|var)\s+(?!{_NAMES}\b)(\w+)\s*(?::[^=\n]{{1,50}})?=\s*(?:new\s+)?(?:Hono|(?:(?:express|require\(\s*[\"']express[\"']\s*\))\.)?Router)\(",
    mount=r"\b{name}\.(?:use|route)\(\s*(?:[\"'`][^\"'`\n]*[\"'`]\s*,\s*)?(?:[\w.]+\s*(?:\([^()\n]*\)\s*)?,\s*){{0,5}}"
    r"(?:require\(\s*[\"'](?P<module>\.[^\"'\n]+)[\"']\s*\)|(?P<router>[\w.]+))\s*\)",
    route=_ROUTE,
    imported=_IMPORTED,
    before=r"\.(?:use|route)\(\s*(?:[\"'`\[/]|[A-Z][A-Z0-9_]+\b|(?i:[\w.]*(?:prefix|path|base)\w*\s*,))",
    literal=r"\.(?:use|route)\(\s*[\"'`]([^\"'`:$*\n]*)[\"'`]",
    separator="/",
)
_PLUGINS: Final = mounted.Grammar(
    made=r"(?:\bexport\s+(?:default\s+)?|\bmodule\.exports\s*=\s*)(?:async\s+)?(?:function\s*\w*\s*)?\(\s*(\w+)\s*[,:)]",
    mount=r"\b{name}\.register\(\s*(?:(?:require|import)\(\s*[\"'](?P<module>\.[^\"'\n]+)[\"']\s*\)|(?P<router>\w+))\s*"
    r"(?:,\s*\{{[^{{}}]*\}}\s*)?\)",
    route=_ROUTE,
    imported=_IMPORTED,
    before=r"\bprefix\b",
    literal=r"\bprefix\s*:\s*[\"'`]([^\"'`:$]*)[\"'`]",
    separator="/",
)


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds what the code of a unit serves; of several applications, one that is exported may be part of another."""
    texts = {path: folder.text(path) for path in routes.sources(folder, unit.path, _GRAMMAR.suffixes, others)}
    if sum(bool(re.search(_APPLICATION, text)) for text in texts.values()) > 1:
        grammar, more = replace(_GRAMMAR, prefixed=f"{_GRAMMAR.prefixed}|{_EXPORTED}"), {}
    else:
        of = _PLUGINS if "fastify" in unit.dependencies else _ROUTERS
        grammar, more = _GRAMMAR, mounted.found(texts, of, _NAMES)
    if "next" in unit.dependencies:
        _next(folder, unit)
    if "@nestjs/core" in unit.dependencies:
        more |= controllers.of_nest(texts)
    routes.look(folder, unit, grammar, others, more)


def _next(folder: Folder, unit: Unit) -> None:
    """The routes that Next.js makes of files, unless its configuration puts something before them."""
    configured = "".join(folder.text(path) for path in folder.below(unit.path) if "next.config." in path)
    if "basePath" in configured:
        return
    cut = 0 if unit.path == "." else len(unit.path) + 1
    for key, words in (
        ("health_path", r"_?health(?:z|check|-check)?|livez?|ready?z?|ping"),
        ("metrics_path", "metrics"),
    ):
        wanted = rf"(?:src/)?(?:app|pages)/((?:api/)?(?:{words}))(?:/route)?\.[jt]s"
        for path in folder.below(unit.path):
            if found := re.fullmatch(wanted, path[cut:]):
                unit.shows(key, f"/{found[1]}", path, 0, "a route of Next.js", Strength.FIXED)
                return
