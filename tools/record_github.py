"""Copies the schemas of GitHub workflows, actions, Dependabot and Compose to `generator/data/github/`.

    python tools/record_github.py

They come from the installed check-jsonschema, which vendors them from SchemaStore (Apache-2.0) and
from compose-spec (Apache-2.0); the licences are copied beside them. Descriptions are left out, and what
GitHub takes is taken: an empty value of a variable or an input, a strategy without a matrix, an expression in place
of a whole mapping, and `true` or a number for a text: it makes one of it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import json
from typing import Any

from emitted import ROOT
from record_kubernetes import strip

TARGET = ROOT / "generator/data/github"
FILES = {
    "github-workflows": "workflow",
    "github-actions": "action",
    "dependabot": "dependabot",
    "compose-spec": "compose",
}
LICENCES = {"LICENSE.schemastore": "LICENSE.schemastore", "LICENSE.compose-spec": "LICENSE.compose-spec"}


def loosened(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of workflows without what it asks for and GitHub does not."""
    definitions = schema["definitions"]
    for job in ("normalJob", "reusableWorkflowCallJob"):
        definitions[job]["properties"]["strategy"]["required"] = []
    for job, key in (("normalJob", "strategy"), ("reusableWorkflowCallJob", "strategy"), ("normalJob", "services")):
        given = definitions[job]["properties"]
        given[key] = {"oneOf": [given[key], {"$ref": "#/definitions/expressionSyntax"}]}
    definitions["env"]["oneOf"][0]["additionalProperties"]["oneOf"].append({"type": "null"})
    step, own = definitions["step"]["properties"], definitions["normalJob"]["properties"]
    texts = [
        step["run"],
        step["name"],
        own["name"],
        own["outputs"]["additionalProperties"],
        schema["properties"]["name"],
    ]
    for text in texts:
        text["type"] = ["string", "boolean", "number"]
    return schema


def main() -> None:
    vendor = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    for source, name in FILES.items():
        schema = json.loads((vendor / f"{source}.json").read_text())
        kept = loosened(strip(schema)) if name == "workflow" else strip(schema)
        text = json.dumps(kept | {"$schema": schema["$schema"]}, separators=(",", ":"))
        (TARGET / f"{name}.json").write_text(text + "\n")
    for source, name in LICENCES.items():
        (TARGET / name).write_text((vendor / "licenses" / source).read_text())
    version = importlib.metadata.version("check-jsonschema")
    note = f"""# Schemas

From check-jsonschema {version}: workflow, action and dependabot of SchemaStore, compose of compose-spec; both
Apache-2.0 (`LICENSE.schemastore`, `LICENSE.compose-spec`). Made by `tools/record_github.py`; descriptions are left out.

`actions.json`: which inputs and outputs the releases of well-known actions declare, by major version. Made by
`tools/record_actions.py`.
"""
    (TARGET / "README.md").write_text(note)
    for path in sorted(TARGET.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
