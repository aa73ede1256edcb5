"""Which Terraform types and Kubernetes kinds our templates emit: the schemas of these are recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r'^\s*(resource|data|ephemeral|mock_resource|mock_data)\s+"([a-z0-9_]+)"', re.MULTILINE)
# `apiVersion` and `kind` on neighbouring lines, in either order.
_KIND = re.compile(
    r"^(?:---\n)?(?P<pad> *)(?:- )?(?P<first>apiVersion|kind): *(?P<one>\S+)\n"
    r"(?P=pad)(?:  )?(?P<second>kind|apiVersion): *(?P<two>\S+)",
    re.MULTILINE,
)
_SECTION = {
    "resource": "resources",
    "mock_resource": "resources",
    "data": "data",
    "mock_data": "data",
    "ephemeral": "ephemeral",
}


def terraform_types(templates: Path = ROOT / "templates") -> set[tuple[str, str]]:
    """(section of a provider's schema, type) of every Terraform block in a template."""
    return {
        (_SECTION[block], kind)
        for text in _texts(templates, ".tf", ".tf.jinja", ".hcl", ".hcl.jinja")
        for block, kind in _BLOCK.findall(text)
    }


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
