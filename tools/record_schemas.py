"""Records the schemas of Terraform providers in `generator/data/terraform/`, a file for each provider.

    terraform providers schema -json > aws.json          in a folder whose `terraform init` has been run
    python tools/record_schemas.py aws.json              its `.terraform.lock.hcl` says the versions; or
    python tools/record_schemas.py aws.json --version hashicorp/aws=6.25.0

A version takes the place of the one of its major that is recorded; `--drop hashicorp/aws=5` takes a major out, and `--list`
prints what is there. Files of one provider with its `source` and `version` beside the schema, and those that are packed
with xz, are read too. `docs/contributing/schemas.md` says what is kept and how it is written.
`--functions` writes the names of the built-in functions of the terraform on PATH into `functions.json`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.models.terraform_record import FOLDER, SECTIONS, record_of

ROOT: Final = Path(__file__).resolve().parent.parent

TARGET: Final = ROOT / "generator/data" / FOLDER
CHUNK: Final = 90_000
"""Bytes of text that are packed together: enough to be small, few enough to be unpacked for one type."""

Entries = dict[tuple[str, str], dict[str, Any]]
"""By type and section ("" and `provider` for the provider's own settings): its block."""


class Shapes:
    """The bodies of a chunk, each once, as lines; a body is named by its number."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._numbers: dict[str, int] = {}

    def block(self, block: dict[str, Any]) -> int:
        """The number of a body."""
        groups: dict[str, list[str]] = defaultdict(list)
        for name, attribute in block.get("attributes", {}).items():
            groups[self._attribute(attribute)].append(name)
        for name, use in block.get("block_types", {}).items():
            mark = "?" if use["block"].get("deprecated") else "!"
            bounds = f"{use.get('min_items', 0)}.{use.get('max_items', 0)}"
            groups[f"{mark}{_nesting(use['nesting_mode'])}{bounds}#{self.block(use['block'])}"].append(name)
        return self._write(groups)

    def _write(self, groups: dict[str, list[str]]) -> int:
        line = ";".join(f"{kind}={','.join(sorted(names))}" for kind, names in sorted(groups.items()))
        if line not in self._numbers:
            self._numbers[line] = len(self.written)
            self.written.append(line)
        return self._numbers[line]

    def _attribute(self, attribute: dict[str, Any]) -> str:
        settable = "b" if attribute.get("computed") else "o"
        flag = "r" if attribute.get("required") else settable if attribute.get("optional") else "c"
        flag = flag.upper() if attribute.get("deprecated") else flag
        nested = attribute.get("nested_type")
        if not nested:
            return flag + self._type(attribute.get("type", "dynamic"))
        groups: dict[str, list[str]] = defaultdict(list)
        for name, inner in nested["attributes"].items():
            groups[self._attribute(inner)].append(name)
        return f"{flag}@{_nesting(nested['nesting_mode'])}{self._write(groups)}"

    def _type(self, kind: Any) -> str:
        if isinstance(kind, str):
            return str(kind)[:1]
        outer, inner = kind
        if outer in ("list", "set", "map"):
            return str(outer)[0].upper() + self._type(inner)
        if outer != "object":
            return "d"
        groups: dict[str, list[str]] = defaultdict(list)
        for name, one in inner.items():
            groups["o" + self._type(one)].append(name)
        return f"#{self._write(groups)}"


def _nesting(mode: str) -> str:
    return "1" if mode == "single" else mode[0]


def flatten(block: dict[str, Any]) -> dict[str, Any]:
    """The same body with objects for nested attributes, which providers of protocol 5 do not have."""
    inner = {name: {**use, "block": flatten(use["block"])} for name, use in block.get("block_types", {}).items()}
    return {
        **block,
        "attributes": {name: _flat(attribute) for name, attribute in block.get("attributes", {}).items()},
        "block_types": inner,
    }


def _flat(attribute: dict[str, Any]) -> dict[str, Any]:
    nested = attribute.get("nested_type")
    if not nested:
        return attribute
    flat = {name: _flat(one).get("type", "dynamic") for name, one in nested["attributes"].items()}
    mode = nested["nesting_mode"]
    rest = {key: value for key, value in attribute.items() if key != "nested_type"}
    return {**rest, "type": ["object", flat] if mode == "single" else [mode, ["object", flat]]}


def entries(schema: dict[str, Any]) -> Entries:
    """The bodies of one version."""
    found: Entries = {("", "provider"): schema.get("provider", {}).get("block", {})}
    keys = {"resources": "resource_schemas", "data": "data_source_schemas", "ephemeral": "ephemeral_resource_schemas"}
    for section, key in keys.items():
        found |= {(name, section): one["block"] for name, one in (schema.get(key) or {}).items()}
    return found


def chunks(versions: list[Entries]) -> Iterator[tuple[str, bytes]]:
    """The name of the first type of each chunk, and its text."""
    shapes, listed, size = Shapes(), list[str](), 0
    first = ""
    for name, section in sorted({key for one in versions for key in one}):
        if size > CHUNK and not (listed and listed[-1].startswith(f"{name} ")):
            yield first, _text(listed, shapes)
            shapes, listed, first = Shapes(), [], name
        numbers = [str(shapes.block(one[name, section])) if (name, section) in one else "-" for one in versions]
        listed.append(f"{name} {SECTIONS[section]} {' '.join(numbers)}")
        size = sum(map(len, shapes.written))
    yield first, _text(listed, shapes)


def _text(listed: list[str], shapes: Shapes) -> bytes:
    return "\n".join([*listed, "", *shapes.written]).encode()


def write(source: str, versions: dict[str, Entries], functions: list[str]) -> Path:
    """Writes one provider's file."""
    ordered = sorted(versions, key=number)
    packed = [(first, zlib.compress(text, 9)) for first, text in chunks([versions[one] for one in ordered])]
    head = {
        "provider": source,
        "versions": ordered,
        "functions": sorted(functions),
        "chunks": [[first, len(content)] for first, content in packed],
    }
    path = TARGET / f"{source.replace('/', '.')}.schemas"
    path.write_bytes(json.dumps(head).encode() + b"\n" + b"".join(content for _, content in packed))
    return path


def number(version: str) -> tuple[int, ...]:
    """A version, comparable."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))


def recorded(source: str) -> tuple[dict[str, Entries], list[str]]:
    """What is recorded of a provider: the bodies of each version, and its functions."""
    record = record_of(source)
    if record is None:
        return {}, []
    found = {}
    for index, version in enumerate(record.versions):
        found[version] = {key: record.raw(index, *key) for key in record.keys(index)}
    return found, list(record.functions)


def schemas(path: Path, given: dict[str, str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The source, version and schema of each provider in a file."""
    content = path.read_bytes()
    data = json.loads(lzma.decompress(content) if path.suffix == ".xz" else content)
    named = data.get("provider_schemas") or {data["source"]: data}
    locked = _locked(path.parent / ".terraform.lock.hcl")
    for full, schema in named.items():
        source = full.removeprefix("registry.terraform.io/").lower()
        if full != "terraform.io/builtin/terraform":
            version = given.get(source) or schema.get("version") or locked.get(source)
            if not version:
                raise SystemExit(f"{path}: which version of {source}? --version {source}=X.Y.Z")
            yield source, version, schema


def _locked(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8") if path.is_file() else ""
    found = re.findall(r'^provider "[^"/]+/([^"]+)" \{\s+version\s+= "([^"]+)"', text, re.MULTILINE)
    return {source.lower(): version for source, version in found}


def add(path: Path, given: dict[str, str], protocol: int) -> None:
    """Records what a file has."""
    for source, version, schema in schemas(path, given):
        versions, functions = recorded(source)
        kept = {one: body for one, body in versions.items() if number(one)[0] != number(version)[0]}
        more = {*functions, *(schema.get("functions") or {})}
        bodies = {key: flatten(body) if protocol < 6 else body for key, body in entries(schema).items()}
        print(f"{write(source, {**kept, version: bodies}, list(more)).name}: {version}")
        record_of.cache_clear()


def drop(source: str, major: str) -> None:
    """Takes a major out of a provider's file."""
    versions, functions = recorded(source)
    write(source, {one: body for one, body in versions.items() if number(one)[0] != int(major)}, functions)


def functions() -> None:
    """Writes the names of the built-in functions of the terraform on PATH."""
    out = subprocess.run(["terraform", "metadata", "functions", "-json"], capture_output=True, check=True).stdout  # noqa: S607 -- the one on PATH is meant
    names = sorted(json.loads(out[out.index(b"{") :])["function_signatures"])
    TARGET.joinpath("functions.json").write_text(json.dumps(names, indent=0) + "\n")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--version", action="append", default=[], help="SOURCE=X.Y.Z, where the file does not say it")
    parser.add_argument("--protocol", type=int, default=6, help="5: nested attributes of a copy by others are objects")
    parser.add_argument("--drop", action="append", default=[], help="SOURCE=MAJOR")
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    for path in options.files:
        add(path, dict(one.lower().split("=") for one in options.version), options.protocol)
    for one in options.drop:
        drop(*one.split("="))
    if options.functions:
        functions()
    for path in sorted(TARGET.glob("*.schemas")) if options.list else ():
        record = record_of(path.stem.replace(".", "/"))
        print(f"{path.stem}: {' and '.join(record.versions) if record else ''}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
