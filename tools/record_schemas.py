"""Records the providers' schemas as `generator/data/terraform/<provider>.json`.

    python tools/record_schemas.py --from DIR

DIR holds `<provider>-<version>.json.xz`: the output of `terraform providers schema -json` for one
provider. Kept are names, whether an argument is required, optional or computed, and how often a
block may stand. All types are kept, so that what a user adds is judged like what we emit: with equal
blocks written once, aws needs 0.9 MB and 13 ms. The built-in functions of the terraform on PATH go
into `functions.json`.
"""

from __future__ import annotations

import argparse
import json
import lzma
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PROVIDERS = ("aws", "helm", "kubernetes", "random", "tls")
SECTIONS = {"resources": "resource_schemas", "data": "data_source_schemas", "ephemeral": "ephemeral_resource_schemas"}
TARGET = ROOT / "generator/data/terraform"


class Blocks:
    """Compact blocks, each once; a block is named by its number."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, block: dict[str, Any]) -> int:
        """The number of a block: `{"a": {argument: flag}, "b": {block: [min, max, number]}}`."""
        nested = sorted(block.get("block_types", {}).items())
        return self._write(
            {n: self._argument(a) for n, a in sorted(block.get("attributes", {}).items())},
            {n: [b.get("min_items", 0), b.get("max_items", 0), self.number(b["block"])] for n, b in nested},
        )

    def _write(self, arguments: dict[str, Any], blocks: dict[str, Any]) -> int:
        text = json.dumps({"a": arguments, "b": blocks} if blocks else {"a": arguments}, separators=(",", ":"))
        if text not in self._numbers:
            self._numbers[text] = len(self.written)
            self.written.append(text)
        return self._numbers[text]

    def _argument(self, attribute: dict[str, Any]) -> Any:
        """r required, o optional, b optional and computed, c computed; with fields `[flag, nesting, number]`."""
        settable = attribute.get("optional")
        flag = "r" if attribute.get("required") else ("b" if attribute.get("computed") else "o") if settable else "c"
        nested = attribute.get("nested_type")
        if nested:
            fields = {n: self._argument(a) for n, a in sorted(nested["attributes"].items())}
            return [flag, nested["nesting_mode"], self._write(fields, {})]
        return self._typed(flag, attribute.get("type"))

    def _typed(self, flag: str, kind: Any) -> Any:
        """An argument whose type is an object, or a collection of objects, has fields too."""
        nesting = "single"
        if isinstance(kind, list) and kind[0] in ("list", "set", "map"):
            nesting, kind = kind
        if isinstance(kind, list) and kind[0] == "object":
            fields = {name: self._typed("o", inner) for name, inner in sorted(kind[1].items())}
            return [flag, nesting, self._write(fields, {})]
        return flag


def record(source: Path) -> None:
    """Writes one provider's file."""
    with lzma.open(source) as file:
        schema = json.load(file)
    name = source.name.split("-")[0]
    blocks = Blocks()
    head: dict[str, Any] = {"provider": schema["source"], "version": schema["version"]}
    head["configuration"] = blocks.number(schema.get("provider", {}).get("block", {}))
    for section, key in SECTIONS.items():
        head[section] = {t: blocks.number(s["block"]) for t, s in sorted(schema.get(key, {}).items())}
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in head.items()]
    body = ",\n".join(blocks.written)
    TARGET.joinpath(f"{name}.json").write_text("{" + ",\n".join([*lines, f'"blocks": [\n{body}\n]']) + "}\n")


def functions() -> None:
    """Writes the names of the built-in functions of the terraform on PATH."""
    out = subprocess.run(["terraform", "metadata", "functions", "-json"], capture_output=True, check=True).stdout  # noqa: S607 -- the one on PATH is meant
    names = sorted(json.loads(out[out.index(b"{") :])["function_signatures"])
    TARGET.joinpath("functions.json").write_text(json.dumps(names, indent=0) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    folder = parser.parse_args().folder
    for provider in PROVIDERS:
        record(max(folder.glob(f"{provider}-*.json.xz")))
    functions()
    for path in sorted(TARGET.glob("*.json")):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
