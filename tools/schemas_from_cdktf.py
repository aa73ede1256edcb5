"""Makes a provider's schema, in the shape of `terraform providers schema -json`, from a package of CDK for Terraform.

    pip download --no-deps cdktf-cdktf-provider-google==16.12.1
    python tools/schemas_from_cdktf.py cdktf_cdktf_provider_google-16.12.1-py3-none-any.whl --like google-7.json > google-6.json
    python tools/record_schemas.py google-6.json

For majors whose provider is not at hand: the packages hold the names, types and flags of every type. What they do not tell
apart (whether an argument may also be computed, whether nested objects are blocks, how often a block may stand) is taken from
the schema `--like`, of the next major, for whatever that has too; so are ephemeral resources, which the packages leave out.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import re
import sys
import tarfile
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

_INTERFACE: Final = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.M | re.S)
_MEMBER: Final = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\s*readonly \w+(\??):", re.S)
_ANCHOR: Final = re.compile(r"\{@link \S+#([\w-]+) ")
_FUNCTION: Final = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.M | re.S)
_CLASS: Final = re.compile(r"^class (\w+) (extends [^{]+\{\n.*?)^\}", re.M | re.S)
_GIVEN: Final = re.compile(
    r'^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(\w+)",\n +storageClassType: "(\w+)"', re.M
)
_COMPUTED: Final = re.compile(r"// (\w+) - computed: true, optional: false, required: false\n(?=(.*new .*|.*\n.*)\n)")
_TYPES: Final = {
    "string": "string", "number": "number", "boolean": "bool", "any": "dynamic",
    "stringList": ["list", "string"], "numberList": ["list", "number"], "booleanList": ["list", "bool"],
    "stringMap": ["map", "string"], "numberMap": ["map", "number"], "booleanMap": ["map", "bool"],
    "anyMap": ["map", "dynamic"], "stringListList": ["list", ["list", "string"]],
    "stringListMap": ["map", ["list", "string"]], "stringMapList": ["list", ["map", "string"]],
}  # fmt: skip
_GETTERS: Final = {
    "getStringAttribute": "string", "getNumberAttribute": "number", "getBooleanAttribute": "bool",
    "getListAttribute": ["list", "string"], "getNumberListAttribute": ["list", "number"],
    "cdktf.StringMap(": ["map", "string"], "cdktf.BooleanMap(": ["map", "bool"], "cdktf.NumberMap(": ["map", "number"],
}  # fmt: skip


class Folder:
    """The sources of one type."""

    def __init__(self, declarations: str, code: str) -> None:
        self.code = code
        self.flags = {name: _flags(body) for name, body in _INTERFACE.findall(declarations)}
        self.functions = dict(_FUNCTION.findall(code))
        self.classes = dict(_CLASS.findall(code))

    def top(self) -> tuple[str, str, dict[str, Any]] | None:
        """The kind of the type, its name and its body."""
        found = re.search(r'^(\w+)\.tfResourceType = "(\w+)";', self.code, re.M)
        if not found:
            return None
        own = self.classes[found[1]]
        kind = re.match(r"extends cdktf\.Terraform(\w+)", own)
        body = self._body(f"{found[1]}Config", own[own.find("synthesizeHclAttributes") :], own)
        return kind[1] if kind else "", found[2], body

    def _struct(self, name: str) -> dict[str, Any]:
        function = self.functions.get(name[:1].lower() + name[1:], "")
        return self._body(name, function, self.classes.get(f"{name}OutputReference", ""))

    def _body(self, interface: str, given: str, computed: str) -> dict[str, Any]:
        flags = self.flags.get(interface, {})
        block: dict[str, Any] = {"attributes": {}, "block_types": {}}
        for name, value, is_struct, kind, stored in _GIVEN.findall(given):
            required, is_block = flags.get(name, (False, False))
            flag = {"required": True} if required else {"optional": True}
            inner = re.search(r"(\w+)ToHclTerraform\b", value)
            if is_struct == "false" or inner is None:
                outer = ["set", "string"] if kind == "set" and stored == "stringList" else _TYPES.get(stored, "dynamic")
                block["attributes"][name] = {**flag, "type": outer}
                continue
            struct = self._struct(inner[1][:1].upper() + inner[1][1:])
            mode = {"struct": "single"}.get(kind, kind)
            if is_block or "ToHclTerraform, true)" in value:
                single = "Mapper" not in value and name != "timeouts"
                bounds = {"min_items": int(required), "max_items": int(single)}
                shown = "list" if mode == "single" and name != "timeouts" else mode
                block["block_types"][name] = {"nesting_mode": shown, **bounds, "block": struct}
            else:
                fields = struct["attributes"]
                block["attributes"][name] = {**flag, "nested_type": {"nesting_mode": mode, "attributes": fields}}
        for name, text in _COMPUTED.findall(computed):
            if name not in block["attributes"] and name not in block["block_types"]:
                block["attributes"][name] = {"computed": True, "type": self._type(text)}
        return block

    def _type(self, text: str) -> Any:
        for word, kind in _GETTERS.items():
            if word in text:
                return ["set", *kind[1:]] if isinstance(kind, list) and "Fn.tolist" in text else kind
        made = re.search(r"new (?:\w+\.)?(\w+?)(List|Map|OutputReference)\(", text)
        if not made:
            return "dynamic"
        inner = ["object", {n: a.get("type", "dynamic") for n, a in self._struct(made[1])["attributes"].items()}]
        return {"List": ["list", inner], "Map": ["map", inner]}.get(made[2], inner)


def _flags(body: str) -> dict[str, tuple[bool, bool]]:
    """Of each name whether it is required and whether it is a block."""
    found = {}
    for comment, optional in _MEMBER.findall(body):
        anchor = _ANCHOR.search(comment)
        if anchor:
            found[anchor[1]] = (not optional, f"{anchor[1]} block" in comment)
    return found


def read(wheel: Path) -> dict[str, Any]:
    """The schema of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        packed = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        content = archive.read(packed)
    texts: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"d.ts": [], "js": []})
    with tarfile.open(fileobj=io.BytesIO(content)) as package:
        for member in package:
            found = re.match(r"package/lib/([^/]+)/.*?\.(d\.ts|js)$", member.name)
            file = package.extractfile(member) if found else None
            if found and file:
                texts[found[1]][found[2]].append(file.read().decode())
    schema: dict[str, Any] = {"resource_schemas": {}, "data_source_schemas": {}, "provider": {}}
    sections = {"Resource": "resource_schemas", "DataSource": "data_source_schemas"}
    for _, parts in sorted(texts.items()):
        kind, name, body = Folder("".join(parts["d.ts"]), "".join(parts["js"])).top() or ("", "", {})
        if kind == "Provider":
            body["attributes"].pop("alias", None)  # a word of the language
            schema["provider"] = {"block": body}
        elif kind in sections:
            schema[sections[kind]][name] = {"block": body}
    every = "".join("".join(parts["js"][:1]) for parts in texts.values())
    version = re.search(r"providerVersion: '([\d.]+)'", every)
    source = re.search(r"registry\.terraform\.io/providers/([\w-]+/[\w-]+)/", "".join(texts["provider"]["d.ts"]))
    if not version or not source:
        raise SystemExit(f"{wheel}: which provider is this?")
    return {"source": f"registry.terraform.io/{source[1].lower()}", "version": version[1], **schema}


def alike(made: dict[str, Any], known: dict[str, Any]) -> None:
    """Takes from the body `known` what packages do not tell apart, for the names that both have."""
    mine, theirs = made["attributes"], known.get("attributes", {})
    for name, use in known.get("block_types", {}).items():
        if name in mine and "nested_type" in mine[name]:
            fields = mine.pop(name)["nested_type"]["attributes"]
            made["block_types"][name] = {"min_items": 0, "block": {"attributes": fields, "block_types": {}}}
        if name in made["block_types"]:
            own = made["block_types"][name]
            least = min(own["min_items"], use.get("min_items", 0))
            made["block_types"][name] = {**use, "min_items": least, "block": own["block"]}
            alike(own["block"], use["block"])
    for name, attribute in theirs.items():
        if name in mine and "required" in mine[name]:
            mine[name] = {**attribute, "required": True, "optional": False, "computed": False}
        elif name in mine and "optional" in mine[name]:
            computed = attribute.get("computed", False) or attribute.get("required", False)
            mine[name] = {**attribute, "required": False, "optional": True, "computed": computed}
        elif name in mine and not attribute.get("optional") and not attribute.get("required"):
            mine[name] = attribute


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--like", type=Path, help="schema of the next major, as JSON or packed with xz")
    options = parser.parse_args()
    schema = read(options.wheel)
    if options.like:
        content = options.like.read_bytes()
        known = json.loads(lzma.decompress(content) if options.like.suffix == ".xz" else content)
        for section in ("resource_schemas", "data_source_schemas"):
            for name, one in schema[section].items():
                alike(one["block"], known[section].get(name, {"block": {}})["block"])
        alike(schema["provider"]["block"], known["provider"]["block"])
        schema |= {key: known.get(key, {}) for key in ("ephemeral_resource_schemas", "functions")}
    json.dump(schema, sys.stdout)


if __name__ == "__main__":
    main()
