"""Go: a module, with its programs in the root or in cmd/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.assess import routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, parent
from generator.pins import pins

_WEB: Final = re.compile(
    r"github\.com/(gin-gonic/gin|labstack/echo|gofiber/fiber|go-chi/chi|gorilla/mux|valyala/fasthttp|julienschmidt/"
    r"httprouter|beego/beego|zeromicro/go-zero|cloudwego/hertz|danielgtaylor/huma)"
)
_ROUTER: Final = r"\b(?:mux|r|router|e|app|engine|srv|server|s|m)"
"""What the router is called; a group of it has another name, or nothing is certain."""
_GRAMMAR: Final = routes.Grammar(
    suffixes=(".go",),
    route=r"\bhttp\.(?:HandleFunc|Handle)\(\s*\"(?:GET |HEAD )?(/[^\"{:*]*)\""
    rf"|{_ROUTER}\.(?:HandleFunc|Handle|GET|Get|HEAD|Any|All)\("
    r"\s*\"(?:GET |HEAD )?(/[^\"{:*]*)\"",
    prefixed=rf"{_ROUTER}\s*:?=[^\n]{{0,200}}\.(?:Group|Subrouter)\(|{_ROUTER}\s+\*?(?:gin\.RouterGroup|echo\.Group|fiber\.Router)\b"
    r"|\.Route\(\s*\"[^\"]*\"\s*,(?!\s*func\b)|\.Mount\(|StripPrefix\(",
    block=r"\.Route\(\s*\"[^\"]*\"\s*,\s*func\s*\([^)]{0,200}\)\s*\{",
    ports=(
        r"ListenAndServe(?:TLS)?\(\s*\"(?!localhost|127\.)[\w.]*:(\d{2,5})\"",
        r"\bAddr:\s*\"(?!localhost|127\.)[\w.]*:(\d{2,5})\"",
        r"\.(?:Run|Start|Listen)\(\s*\"(?!localhost|127\.)[\w.]*:(\d{2,5})\"",
        r"net\.Listen\(\s*\"tcp\"\s*,\s*\"(?!localhost|127\.)[\w.]*:(\d{2,5})\"",
    ),
    defaults=(
        rf"(?:[gG]et[eE]nv|[eE]nvOr\w*|LookupEnv)\w*\(\s*\"{routes.VARIABLE}\"\s*,\s*\"?:?(\d{{2,5}})\"?\s*\)",
        rf"\(\s*\"{routes.VARIABLE}\"\s*\)[^}}]{{0,120}}\b[pP]ort\s*:?=\s*\":?(\d{{2,5}})\"",
        r"\bflag\.(?:Int|Uint|String)(?:Var)?\([^()\n]{0,60}?\"(?:http-|listen-)?(?:port|addr)\"\s*,\s*\"?(?:[\w.]*:)?(\d{2,5})\b",
        rf"env(?:config)?:\"{routes.VARIABLE}\"[^`]*(?:envDefault|default):\"(\d{{2,5}})\"",
    ),
)  # fmt: skip


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each program of each module."""
    for manifest in sorted(folder.named(r"go\.mod")):
        place = parent(manifest)
        programs = _programs(folder, place)
        # What only a dependency needs says nothing of this code.
        direct = "\n".join(line for line in folder.text(manifest).split("\n") if "// indirect" not in line)
        needs = frozenset(re.findall(r"^[ \t]*(?:require\s+)?([\w.-]+\.[a-z]+/\S+)\s+v", direct, re.M))
        for name, code in programs.items() or {"": ()}.items():
            unit = Unit(place, "go", "program" if code else "library", dependencies=needs)
            if name:
                first = next((path for path in code if "func main(" in folder.text(path)), code[0])
                unit.shows("name", name, first, 0, f"the program cmd/{name}", Strength.FIXED + 1)
            _kind(folder, unit, place, code, alone=len(programs) == 1)
            yield unit


def _programs(folder: Folder, place: str) -> dict[str, tuple[str, ...]]:
    """The code of each program that serves or works, by the name of its folder in cmd/; "" for one in the root."""
    found: dict[str, list[str]] = {}
    for path in folder.below(place):
        rest = path if place == "." else path[len(place) + 1 :]
        match = re.fullmatch(r"(?:cmd/([^/]+)/)?[^/]+\.go", rest)
        if match and not rest.endswith("_test.go") and re.search(r"^package main\b", folder.text(path), re.M):
            found.setdefault(match[1] or "", []).append(path)
    if len(found) > 1:
        found.pop("", None)
    return {name: tuple(paths) for name, paths in found.items()}


def _kind(folder: Folder, unit: Unit, place: str, code: tuple[str, ...], *, alone: bool) -> None:
    """By what the program's own code says; where there is one alone, by all code of the module."""
    files = list(routes.sources(folder, place, (".go",))) if alone else code
    for path in files if code else ():
        text = folder.text(path)
        wanted = r"http\.ListenAndServe|\bhttp\.Server\{|grpc\.NewServer\(|\.Listen\(|gin\.(Default|New)\(|echo\.New\("
        found = re.search(wanted, text) or re.search(rf"\"{_WEB.pattern}[^\"]*\"", text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            unit.role = "service"
            unit.shows("kind", "web", path, line, "it serves requests", Strength.NAMED)
            if found[0].startswith("grpc"):
                unit.notes.append(f"{path}:{line} serves gRPC, and ours asks for health by HTTP")
            return
    name = next((str(one.value) for one in unit.evidence if one.key == "name"), "")
    if re.search(r"worker|consumer|processor", name):
        unit.role = "service"
        unit.shows("kind", "worker", code[0], 0, "its name, and it serves no requests", Strength.USUAL)


def _is_current(version: str) -> bool:
    oldest = pins().oldest("go")
    return [int(part) for part in version.split(".")] >= [int(part) for part in oldest.split(".")]


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a module show."""
    manifest = inside(unit.path, "go.mod")
    unit.shows("language", "go", manifest, 0, "the manifest", Strength.FIXED)
    unit.shows("package_manager", "gomod", manifest, 0, "the manifest", Strength.FIXED)
    for word, strength in (("toolchain go", Strength.FIXED), ("go ", Strength.NAMED)):
        found = re.search(rf"^{word}(\d{{1,4}}\.\d{{1,4}})(?!\d)", folder.text(manifest), re.M)
        if found and _is_current(found[1]):  # an older one is only the least that it needs
            line = folder.line(manifest, rf"^{word}\d")
            unit.shows("version", found[1], manifest, line, f"the line {word.split()[0]}", strength)
            break  # beside a toolchain, the line go is only the least, too
    if unit.kind() == "worker":
        return
    name = next((str(one.value) for one in unit.evidence if one.key == "name"), "")
    programs = {parent(path) for path in folder.below(inside(unit.path, "cmd"))}
    # What two programs share belongs to neither, what lies in the folder of another not to this one.
    apart = [*others, *(place for place in programs if place != inside(unit.path, f"cmd/{name}"))]
    routes.look(folder, unit, _GRAMMAR, [place for place in apart if place != unit.path])
    for path in folder.below(unit.path):
        if line := folder.line(path, r"\b(r|router|engine|app)\.Run\(\)") if path.endswith(".go") else 0:
            unit.shows("port", 8080, path, line, "what gin takes", Strength.USUAL)
