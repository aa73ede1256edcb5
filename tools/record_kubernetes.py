"""Records Kubernetes schemas as `generator/data/kubernetes/`: the API by version, and custom resources.

    python tools/record_kubernetes.py --api DIR
    python tools/record_kubernetes.py --definitions FILE.yaml ...

The API comes from the installed kubernetes-validate (its strict schemas): all kinds of all minors that it has, a definition
that is equal in several minors written once. What the schemas leave to the server's own code is added: the few words that
some fields may have, as DIR says them (`go mod download k8s.io/api@v0.<minor>.0` of the newest minor prints the folder), and the
bounds of numbers, which stand in `record_kubernetes_limits.py`.

FILE holds CustomResourceDefinitions; all their versions that are served are recorded. Without `--all` they are recorded beside
what is there, in place of what they describe; with it they are all that there is. They are those of the charts that we install,
each of the version that `templates/pins.yml` names: `config/crd/standard` of the Go module sigs.k8s.io/gateway-api,
`config/crd/{aga/aga-crds.yaml,bases,gateway/gateway-crds.yaml}` of the load balancer controller, `config/crds/bases` of
External Secrets, `manifests/crds/*-crd.yaml` of the Go module of Argo Rollouts of the chart's appVersion.

Descriptions are left out. The files are lines of text, compressed: `zcat` shows them, and the program reads only the lines that
it needs.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.resources
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
from emitted import ROOT, kubernetes_kinds
from record_kubernetes_limits import LIMITS

TARGET = ROOT / "generator/data/kubernetes"
API, CUSTOM = TARGET / "api.txt.gz", TARGET / "custom.txt.gz"
_SAID_TO_PEOPLE = ("description", "$id", "$schema", "format", "default", "title")


def strip(schema: Any) -> Any:
    """A schema without what only people read."""
    if isinstance(schema, list):
        return [strip(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: strip(value)
        for key, value in schema.items()
        # What is a mapping is a property that happens to have such a name.
        if isinstance(value, dict) or not (key in _SAID_TO_PEOPLE or key.startswith("x-kubernetes"))
    }


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def write(path: Path, lines: list[str]) -> None:
    """Writes lines, compressed; the same lines are the same bytes."""
    path.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


def api(go: Path) -> None:
    """Writes the API: a head with minors and kinds, and a line for each definition with the minors that have it so."""
    package = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    found = {path.name.split("-")[0] for path in package.iterdir() if path.name.endswith("-local-strict")}
    versions = sorted(found, key=lambda version: int(version.split(".")[1]), reverse=True)
    words = dict(enumerations(go))
    kinds: dict[str, str] = {}
    variants: dict[tuple[str, str], list[int]] = {}
    for index, version in enumerate(versions):
        text = (package / f"{version}-local-strict" / "_definitions.json").read_text()
        for name, schema in json.loads(text)["$defs"].items():
            made = compact(bounded(name, strip(schema), words))
            variants.setdefault((name, made), []).append(index)
            owners = schema.get("x-kubernetes-group-version-kind", [])
            if len(owners) == 1:
                version_of = "/".join(filter(None, (owners[0]["group"], owners[0]["version"])))
                kinds.setdefault(f"{version_of}/{owners[0]['kind']}", name)
    head = {"minors": [version[1:].rpartition(".")[0] for version in versions], "kinds": kinds}
    rows = [f"{name}\t{ranges(minors)}\t{schema}" for (name, schema), minors in sorted(variants.items())]
    write(API, [compact(head), *rows])


def ranges(numbers: list[int]) -> str:
    """Numbers in order as `0-3,5-5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{first}-{last}" for first, last in runs)


def bounded(name: str, schema: dict[str, Any], words: dict[tuple[str, str], list[str]]) -> dict[str, Any]:
    """A definition with the words and the bounds that its properties may have."""
    short = name.removeprefix("io.k8s.api.").removeprefix("io.k8s.apimachinery.pkg.")
    own = LIMITS.get((short.rpartition(".")[2], "")) if short.endswith(".Quantity") else None
    made = {**schema, **own} if own else dict(schema)
    properties = dict(made.get("properties", {}))
    for field, inner in properties.items():
        limit = LIMITS.get((short.rpartition(".")[2], field), {})
        allowed = words.get((short, field))
        if allowed and "items" in inner:
            properties[field] = {**inner, "items": {**inner["items"], "enum": allowed}}
        elif allowed:
            # A field that is empty is one that is not given.
            properties[field] = {**inner, "enum": [*allowed, "", None]}
        elif limit:
            properties[field] = {**inner, **limit}
    return {**made, "properties": properties} if properties else made


_ENUM = re.compile(r"^// \+enum\n(?://.*\n)*type (\w+) string", re.M)
_CONST = re.compile(r'^\t\w+\s+(\w+)\s*=\s*"([^"]*)"', re.M)
_MADE = re.compile(r'^\t\w+\s*=\s*(\w+)\("([^"]*)"\)', re.M)
_MADE_OF_ANOTHER = re.compile(r"^\t\w+\s*=\s*(\w+)\([\w.]+\)", re.M)
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
_FIELD = re.compile(r'^\t\w+\s+([\w.*\[\]]+)\s+`json:"(\w+)', re.M)
_IMPORT = re.compile(r'^\t(\w+) "k8s\.io/api/(\w+/\w+)"', re.M)


def enumerations(go: Path) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """((group.version.Type, field), the words that it may have), of all fields whose type says which."""
    texts = {path.parent.relative_to(go).as_posix(): path.read_text() for path in sorted(go.glob("*/*/types.go"))}
    words: dict[tuple[str, str], list[str]] = {}
    for package, text in texts.items():
        # Where a word is that of another type, not all are known.
        closed = set(_ENUM.findall(text)) - set(_MADE_OF_ANOTHER.findall(text))
        for type_, word in (*_CONST.findall(text), *_MADE.findall(text)):
            if type_ in closed:
                words.setdefault((package, type_), []).append(word)
    for package, text in texts.items():
        imported = dict(_IMPORT.findall(text))
        for struct, body in _STRUCT.findall(text):
            for written, field in _FIELD.findall(body):
                alias, _, type_ = written.lstrip("*[]").rpartition(".")
                found = words.get((imported.get(alias, "") if alias else package, type_))
                if found:
                    yield (f"{package.replace('/', '.')}.{struct}", field), sorted(set(found) - {""})


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a definition as a JSON Schema that refuses unknown fields."""
    made = dict(schema)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
        made.pop("anyOf", None)
    if "required" in schema:
        # What the definition gives itself need not be given.
        with_default = {name for name, inner in schema.get("properties", {}).items() if "default" in inner}
        made["required"] = [name for name in schema["required"] if name not in with_default]
    if "properties" in schema:
        made["properties"] = {name: strict(inner) for name, inner in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            made[key] = strict(schema[key])
    return made


def defined(files: list[Path]) -> dict[str, str]:
    """The custom resources that definition files describe."""
    found = {}
    for file in files:
        for definition in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if not definition or definition["kind"] != "CustomResourceDefinition":
                continue
            spec = definition["spec"]
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                schema["properties"] |= {"metadata": {"type": "object"}, "apiVersion": {"type": "string"}}
                schema["properties"]["kind"] = {"type": "string"}
                if version["served"]:
                    found[f"{spec['group']}/{version['name']}/{spec['names']['kind']}"] = compact(strip(schema))
    return found


def recorded() -> dict[str, str]:
    """The custom resources that are recorded."""
    rows = gzip.decompress(CUSTOM.read_bytes()).decode().split("\n")
    return {kind: schema for kind, _, schema in (row.partition("\t") for row in rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", type=Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--definitions", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    if given.api:
        api(given.api)
    if given.definitions:
        found = ({} if given.all else recorded()) | defined(given.definitions)
        write(CUSTOM, [f"{kind}\t{schema}" for kind, schema in sorted(found.items())])
        ours = {f"{version}/{kind}" for version, kind in kubernetes_kinds() if not version.startswith("kustomize.")}
        groups = {kind.partition("/")[0] for kind in found}
        print(
            "not recorded:",
            *sorted(kind for kind in ours - found.keys() if kind.partition("/")[0] in groups) or ["none"],
        )


if __name__ == "__main__":
    main()
