"""Which Kubernetes kinds our templates emit: the schemas of these are recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `apiVersion` and `kind` on neighbouring lines, in either order.
_KIND = re.compile(
    r"^(?:---\n)?(?P<pad> *)(?:- )?(?P<first>apiVersion|kind): *(?P<one>\S+)\n"
    r"(?P=pad)(?:  )?(?P<second>kind|apiVersion): *(?P<two>\S+)",
    re.MULTILINE,
)


def kubernetes_kinds(templates: Path = ROOT / "templates") -> set[tuple[str, str]]:
    """(apiVersion, kind) of every manifest in a template."""
    found = set()
    for text in _texts(templates, ".yml", ".yaml", ".yml.jinja", ".yaml.jinja"):
        for match in _KIND.finditer(text):
            pair = {match["first"]: match["one"], match["second"]: match["two"]}
            if len(pair) == 2:
                found.add((pair["apiVersion"].strip("\"'"), pair["kind"].strip("\"'")))
    return found


def _texts(templates: Path, *suffixes: str) -> Iterator[str]:
    for part in ("files", "partials"):
        for path in sorted(templates.glob(f"*/{part}/**/*")):
            if path.is_file() and path.name.endswith(suffixes):
                yield path.read_text(encoding="utf-8")
