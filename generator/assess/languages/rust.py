"""Rust: the crates with a program, of a workspace too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from generator.assess import routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, parent

_WEB: Final = ("axum", "actix-web", "rocket", "warp", "tonic", "poem", "salvo", "hyper", "tide", "loco-rs")
_GRAMMAR: Final = routes.Grammar(
    suffixes=(".rs",),
    route=r"\.(?:route|at)\(\s*\"(/[^\"{:*]*)\"|#\[(?:get|head)\(\"(/[^\"{<]*)\"\)\]",
    prefixed=r"\.nest\(\s*\"[^\"]*\"\s*,(?!\s*(?:Router::|\w+(?:::\w+)+\())|web::scope\(|\.mount\(\s*\"/\w",
    block=r"\.nest\(",
    ports=(
        r"TcpListener::bind\(\s*&?\(?\s*\"[\w.\[\]:]*:(\d{2,5})\"", r"\.bind\(\s*\(?\s*\"[\w.]*:(\d{2,5})\"",
        r"\.bind\(\s*\(\s*\"[^\"]*\"\s*,\s*(\d{2,5})\s*\)",
        r"SocketAddr::from\(\(\s*\[[\d, ]+\]\s*,\s*(\d{2,5})\s*\)\)",
    ),
    defaults=(
        rf"env::var\(\s*\"{routes.VARIABLE}\"\s*\)[^;]{{0,80}}?unwrap_or(?:_else)?\((?:\|_\|)?\s*\"?(\d{{2,5}})\b",
    ),
)  # fmt: skip


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each crate with a program, and for a library alone."""
    for path in sorted(folder.named(r"Cargo\.toml")):
        data = folder.data(path)
        package = data.get("package")
        if not isinstance(package, dict):
            continue  # the root of a workspace
        needs = frozenset(map(str, data["dependencies"])) if isinstance(data.get("dependencies"), dict) else frozenset()
        unit = Unit(parent(path), "rust", dependencies=needs)
        if names := _programs(folder, unit.path, data, str(package.get("name", ""))):
            unit.role = "program"
            line = folder.line(path, rf"^[ \t]*name\s*=\s*\"{re.escape(names[0])}\"")
            if len(names) == 1:
                unit.shows("name", names[0], path, line, "the program that is built", Strength.FIXED + 1)
            server = next((name for name in _WEB if name in needs), "")
            if server:
                unit.role = "service"
                line = folder.line(path, rf"^[ \t]*\"?{server}\b")
                unit.shows("kind", "web", path, line, f"it needs {server}", Strength.NAMED)
        yield unit


def _programs(folder: Folder, place: str, data: dict[str, Any], package: str) -> list[str]:
    listed = data.get("bin")
    named = (
        [str(one["name"]) for one in listed if isinstance(one, dict) and "name" in one]
        if isinstance(listed, list)
        else []
    )
    main = inside(place, "src/main.rs") in folder
    more = {parent(path) if path.endswith("/main.rs") else path for path in folder.below(inside(place, "src/bin"))}
    return (
        named or ([package] if main else []) or [path.rpartition("/")[2].removesuffix(".rs") for path in sorted(more)]
    )


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a crate show."""
    path = inside(unit.path, "Cargo.toml")
    unit.shows("language", "rust", path, 0, "the manifest", Strength.FIXED)
    unit.shows("package_manager", "cargo", path, 0, "the manifest", Strength.FIXED)
    for place in dict.fromkeys((unit.path, ".")):
        for name in ("rust-toolchain.toml", "rust-toolchain"):
            file = inside(place, name)
            if found := re.search(r"^(?:channel\s*=\s*\")?(\d+\.\d+(?:\.\d+)?)\"?\s*$", folder.text(file), re.M):
                line = folder.line(file, re.escape(found[1]))
                unit.shows("version", found[1], file, line, "the toolchain", Strength.FIXED)
    if inside(unit.path, "Cargo.lock") not in folder and "Cargo.lock" in folder:
        unit.notes.append(f"Cargo.lock lies above {unit.path}, whose image is built from that folder alone")
    routes.look(folder, unit, _GRAMMAR, others)
