"""Records Kubernetes schemas as `generator/data/kubernetes/`: the API by version, and custom resources.

    python tools/record_kubernetes.py --crds FILE.tar.xz --definitions FILE.yaml ...
    python tools/record_kubernetes.py --definitions FILE.yaml ...

The API comes from the installed kubernetes-validate (its strict schemas), all kinds of the minors
that `templates/pins.yml` offers; a definition that is equal in several minors is written once.
FILE holds `<group>/<kind>_<version>.json` (the layout of datreeio/CRDs-catalog); recorded are the
custom resources that our templates emit. `--definitions` are CustomResourceDefinition files of
kinds that FILE lacks (the load balancer controller's `config/crd/gateway/gateway-crds.yaml` and its ingressclassparams and
targetgroupbindings of `config/crd/bases`; External Secrets' `config/crds/bases/generators.external-secrets.io_passwords.yaml`;
Argo Rollouts' `manifests/crds/{rollout,analysis-template,analysis-run}-crd.yaml`, as in the Go module of the chart's appVersion),
each of the version that `templates/pins.yml` names; all their versions that are served are recorded. Descriptions are left out.
Without `--crds` the definitions are recorded beside what is there, in place of what they describe.
"""

from __future__ import annotations

import argparse
import importlib.resources
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent))
from emitted import ROOT, kubernetes_kinds

TARGET = ROOT / "generator/data/kubernetes"


def strip(schema: Any) -> Any:
    """A schema without what only people read."""
    if isinstance(schema, list):
        return [strip(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: strip(value)
        for key, value in schema.items()
        if not (key in ("description", "$id", "$schema", "format", "default", "title") and not isinstance(value, dict))
        and not key.startswith("x-kubernetes")
    }


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def api(minors: list[str]) -> None:
    """Writes `api.json`: kinds by version, and definitions with the minors that have them."""
    package = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    kinds: dict[str, dict[str, str]] = {}
    variants: dict[tuple[str, str], list[str]] = {}
    for minor in minors:
        text = (package / f"v{minor}.0-local-strict" / "_definitions.json").read_text()
        for name, schema in json.loads(text)["$defs"].items():
            variants.setdefault((name, compact(strip(schema))), []).append(minor)
            for entry in schema.get("x-kubernetes-group-version-kind", []):
                version = "/".join(filter(None, (entry["group"], entry["version"])))
                if len(schema["x-kubernetes-group-version-kind"]) == 1:
                    kinds.setdefault(f"{version}/{entry['kind']}", {})[minor] = name
    known = {kind: next(iter(by.values())) for kind, by in sorted(kinds.items())}
    lines = [f"[{compact(name)},{compact(minors)},{schema}]" for (name, schema), minors in sorted(variants.items())]
    head = f'"minors": {compact(minors)},\n"kinds": {json.dumps(known)},\n"definitions": '
    (TARGET / "api.json").write_text("{" + head + "[\n" + ",\n".join(lines) + "\n]}\n")


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a definition as a JSON Schema that refuses unknown fields."""
    made = dict(schema)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
        made.pop("anyOf", None)
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
            spec = definition["spec"]
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                schema["properties"]["metadata"] = {"type": "object"}
                if version["served"]:
                    found[f"{spec['group']}/{version['name']}/{spec['names']['kind']}"] = compact(strip(schema))
    return found


def recorded() -> dict[str, str]:
    """The custom resources that `custom.json` has."""
    return {kind: compact(schema) for kind, schema in json.loads((TARGET / "custom.json").read_text()).items()}


def archived(archive: Path, wanted: set[tuple[str, str]]) -> dict[str, str]:
    """The custom resources of the catalog that are wanted."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            group, _, file = member.name.removeprefix("./").partition("/")
            for version, kind in wanted:
                if version.partition("/")[0] == group and file == f"{kind.lower()}_{version.partition('/')[2]}.json":
                    content = tar.extractfile(member)
                    assert content is not None
                    found[f"{version}/{kind}"] = compact(strip(json.load(content)))
    return found


def write(found: dict[str, str]) -> None:
    """Writes `custom.json`: one line for each custom resource."""
    lines = [f"{compact(kind)}: {schema}" for kind, schema in sorted(found.items())]
    (TARGET / "custom.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crds", type=Path)
    parser.add_argument("--definitions", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    found = recorded()
    if given.crds:
        pins = yaml.safe_load((ROOT / "templates/pins.yml").read_text())
        api(pins["kubernetes"]["minors"])
        found = archived(given.crds, kubernetes_kinds() | ALWAYS)
    # What the definitions say is of the very version; the catalog is of some day.
    write(found | defined(given.definitions))
    for path in sorted(TARGET.glob("*.json")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


# What the charts that we install bring: a user who adds one is judged too.
ALWAYS = {
    ("gateway.networking.k8s.io/v1", kind)
    for kind in ("Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "ReferenceGrant")
} | {("external-secrets.io/v1", kind) for kind in ("ExternalSecret", "ClusterSecretStore")}


if __name__ == "__main__":
    main()
