"""Node: package.json with npm, pnpm or yarn; Express, Fastify, Nest, Next.js, and sites that a build leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from generator.assess import javascript, starts
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, parent

SERVERS: Final = (
    "next", "nuxt", "@nestjs/core", "express", "fastify", "koa", "@hapi/hapi", "hono", "@hono/node-server", "restify",
    "@remix-run/serve", "@remix-run/node", "@react-router/serve", "@sveltejs/adapter-node", "@astrojs/node",
    "@adonisjs/core", "@feathersjs/koa", "polka", "apollo-server", "@apollo/server", "socket.io", "sails",
)  # fmt: skip
_RUN_BY_BUILD: Final = frozenset({
    "next", "nuxt", "@remix-run/serve", "@react-router/serve", "@sveltejs/adapter-node", "@astrojs/node",
})  # fmt: skip
"""Servers that a build leaves: nothing else has to be there to start them."""
WORKERS: Final = ("bullmq", "bull", "agenda", "bee-queue", "@temporalio/worker")
BUILDERS: Final = (
    "vite", "react-scripts", "@angular/cli", "@vue/cli-service", "gatsby", "astro", "@docusaurus/core", "vitepress",
    "@11ty/eleventy", "parcel", "@sveltejs/adapter-static", "hexo",
)  # fmt: skip
"""What builds a site of plain files."""
_ELSEWHERE: Final = frozenset({"react-native", "expo", "electron", "nativescript", "@capacitor/core"})
_LOCKS: Final = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("package-lock.json", "npm"))
_SCRIPTS: Final = {
    "lint": ("lint",), "unit": ("test:unit", "test"), "integration": ("test:integration", "integration"),
    "e2e": ("test:e2e", "e2e"), "build": ("build",),
    "migrate": ("migrate", "db:migrate", "migrate:deploy", "prisma:deploy", "db:deploy", "migration:run"),
}  # fmt: skip
"""Our commands, each with the scripts that are it."""
_BROWSER: Final = re.compile(r"\b(playwright|cypress|wdio|puppeteer|nightwatch)\b")
_UNFIT: Final = re.compile(r"--watch(?!All=false)\b|migrate dev|\breset\b|no test specified|--fix\b|--write\b|^$")
"""In a script's text: it waits for ever, changes what it should judge, or is the placeholder that npm writes."""
_ENGINES: Final = r"[~^=v]*\s*(\d+)(\.(\d+|x|\*)){0,2}|>=?\s*(\d{1,4})[\d.]*\s+<=?\s*(\d{1,4})[\d.]*"
"""A range of versions of Node that names one major version: a number, or from one to before the next."""


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each package.json that is more than the root of a workspace."""
    for manifest in sorted(folder.named(r"package\.json")):
        data = folder.data(manifest)
        unit = Unit(parent(manifest), "node")
        unit.dependencies = frozenset(name for key in ("dependencies", "devDependencies") for name in _map(data, key))
        needed = frozenset(_map(data, "dependencies"))
        scripts = _map(data, "scripts")
        if _ELSEWHERE & unit.dependencies:
            unit.role = "elsewhere"
            yield unit
            continue
        served = needed | (unit.dependencies & {"@sveltejs/adapter-node"})  # its starter puts it beside the tools
        server = next((name for name in SERVERS if name in served), "")
        if server == "next" and (exported := _exported(folder, unit.path)):
            _is_site(unit, *exported, "next with output: export")
            yield unit
            continue
        worker = next((name for name in WORKERS if name in needed), "")
        builder = next((name for name in BUILDERS if name in unit.dependencies), "")
        if server:
            _is_service(folder, unit, manifest, "web", server)
            alone = unit.path == "." or not is_workspace(folder, "package.json")
            runs = server in _RUN_BY_BUILD or "start" in scripts or (alone and _started(folder, unit))
            unit.role = "service" if runs else "library"
        elif builder and "build" in scripts:
            _is_site(unit, manifest, folder.line(manifest, _quoted(builder)), builder)
        elif worker and "start" in scripts:
            _is_service(folder, unit, manifest, "worker", worker)
        elif "start" in scripts:
            unit.role = "program"
        if data and not (unit.role == "library" and is_workspace(folder, manifest)):
            yield unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a unit show."""
    manifest = inside(unit.path, "package.json")
    if not any(one.key == "language" for one in unit.evidence):
        unit.shows("language", "node", manifest, 0, "the manifest", Strength.FIXED)
    _manager(folder, unit)
    _version(folder, unit)
    _commands(folder, unit)
    if unit.kind() == "static":
        return
    scripts = _map(folder.data(manifest), "scripts")
    name = next((name for name in ("start:prod", "start") if name in scripts), "")
    if name:
        started = starts.start(scripts[name], scripts_of(folder, unit.path))
        starts.shown(unit, started, manifest, folder.line(manifest, rf'"{name}"\s*:'), f"the script {name}")
    javascript.look(folder, unit, others)
    projects = [path for path in folder.named(r"project\.json") if parent(path) != unit.path]
    if inside(unit.path, "nx.json") in folder and projects:
        unit.notes.append(f"{manifest} is that of {len(projects)} projects of Nx, and was taken for one service")


def scripts_of(folder: Folder, place: str) -> Callable[[str], str]:
    """The text of a script of the package in a folder."""
    scripts = _map(folder.data(inside(place, "package.json")), "scripts")
    return lambda name: str(scripts.get(name, ""))


def is_workspace(folder: Folder, manifest: str) -> bool:
    """Whether a package.json holds other packages together."""
    beside = (inside(parent(manifest), name) for name in ("pnpm-workspace.yaml", "lerna.json", "turbo.json", "nx.json"))
    return "workspaces" in folder.data(manifest) or any(path in folder for path in beside)


def _map(data: dict[str, Any], key: str) -> dict[str, str]:
    found = data.get(key)
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _quoted(name: str) -> str:
    return rf'"{re.escape(name)}"\s*:'


def _is_service(folder: Folder, unit: Unit, manifest: str, kind: str, needs: str) -> None:
    unit.role = "service"
    unit.shows("kind", kind, manifest, folder.line(manifest, _quoted(needs)), f"it needs {needs}", Strength.NAMED)


def _is_site(unit: Unit, path: str, line: int, builder: str) -> None:
    unit.role = "service"
    for key in ("kind", "language"):
        unit.shows(key, "static", path, line, f"{builder} builds plain files", Strength.NAMED)


def _exported(folder: Folder, place: str) -> tuple[str, int] | None:
    """The place in the configuration of Next.js that makes it build plain files, and no server."""
    pattern = r"^[^/]*\boutput\s*:\s*[\"']export[\"']"
    paths = (inside(place, f"next.config.{suffix}") for suffix in ("js", "mjs", "ts"))
    return next(((path, line) for path in paths if (line := folder.line(path, pattern))), None)


def _started(folder: Folder, unit: Unit) -> bool:
    """Whether there is what `node .` or an image starts."""
    main = folder.data(inside(unit.path, "package.json")).get("main", "index.js")
    names = (str(main).removeprefix("./"), "server.js", "app.js", "index.js", "src/main.ts", "src/server.ts")
    return any(inside(unit.path, name) in folder for name in names)


def _manager(folder: Folder, unit: Unit) -> None:
    """By the lock file of the folder, else by that of the root."""
    manifest = inside(unit.path, "package.json")
    for where, strength in ((unit.path, Strength.FIXED), (".", Strength.FIXED - 5)):
        found = [(inside(where, lock), name) for lock, name in _LOCKS if inside(where, lock) in folder]
        for path, name in found:
            unit.shows("package_manager", name, path, 0, "the lock file", strength)
        if found and where != unit.path:
            unit.notes.append(f"{found[0][0]} lies above {unit.path}, whose image is built from that folder alone")
        if found:
            break
    told = str(folder.data(manifest).get("packageManager") or folder.data("package.json").get("packageManager") or "")
    if (name := told.partition("@")[0]) in {"npm", "pnpm", "yarn"}:
        path = manifest if "packageManager" in folder.data(manifest) else "package.json"
        line = folder.line(path, r'"packageManager"')
        unit.shows("package_manager", name, path, line, "packageManager", Strength.FIXED + 5)
    for where in dict.fromkeys((unit.path, ".")):
        for lock in ("bun.lock", "bun.lockb", "deno.lock"):
            if inside(where, lock) in folder:
                unit.notes.append(f"{inside(where, lock)}: {lock.partition('.')[0]} is none of our package managers")


def _version(folder: Folder, unit: Unit) -> None:
    for place in dict.fromkeys((unit.path, ".")):
        for name in (".nvmrc", ".node-version"):
            path = inside(place, name)
            if found := re.match(r"v?(\d+)(\.\d+){0,2}\s*$", folder.text(path).strip()):
                unit.shows("version", found[1], path, 1, "the version file", Strength.FIXED)
                return
    for path in dict.fromkeys((inside(unit.path, "package.json"), "package.json")):
        if found := re.match(r"(\d{1,4})(\.\d+){0,2}$", str(_map(folder.data(path), "volta").get("node", ""))):
            line = folder.line(path, r'"node"\s*:\s*"\d')
            unit.shows("version", found[1], path, line, "volta.node", Strength.FIXED - 2)
            return
        wanted = str(_map(folder.data(path), "engines").get("node", ""))
        if found := re.fullmatch(_ENGINES, wanted):
            major = found[1] or (found[4] if int(found[5]) == int(found[4]) + 1 else "")
            if major:
                line = folder.line(path, r'"node"\s*:')
                unit.shows("version", major, path, line, f"engines.node {wanted}", Strength.NAMED)
                return


def _commands(folder: Folder, unit: Unit) -> None:
    """The scripts that are there; where one is not, the command is empty: the usual one would fail."""
    manifest = inside(unit.path, "package.json")
    scripts = _map(folder.data(manifest), "scripts")
    manager = next((str(one.value) for one in unit.evidence if one.key == "package_manager"), "npm")
    if not any(one.key == "package_manager" for one in unit.evidence) and unit.notes:
        return  # what runs the scripts is none of ours
    for command, names in _SCRIPTS.items():
        there = [name for name in names if name in scripts]
        if command in {"unit", "e2e"}:
            listed = (*names, "test") if command == "e2e" else names
            there = [n for n in listed if n in scripts and bool(_BROWSER.search(scripts[n])) == (command == "e2e")]
        fit = [name for name in there if not _UNFIT.search(scripts[name].strip())]
        key = f"commands.{command}"
        if fit:
            line = folder.line(manifest, _quoted(fit[0]))
            short = "npm test" if (manager, fit[0]) == ("npm", "test") else f"{manager} run {fit[0]}"
            unit.shows(key, short, manifest, line, f"the script {fit[0]}", Strength.FIXED)
        elif there:
            line = folder.line(manifest, _quoted(there[0]))
            unit.shows(key, "", manifest, line, f"the script {there[0]} is none for CI", Strength.FIXED)
        elif command in {"lint", "unit", "build"}:
            unit.shows(key, "", manifest, 0, f"no script {names[-1]}", Strength.FIXED)
