"""The JSON Schema of the answers, made from the model."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.answers.keys import by_name
from generator.answers.migrate import NEWEST
from generator.answers.model import Answers


def schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) that editors can use; only `project.name` is required in a file."""
    (root,), definitions = msgspec.json.schema_components([Answers], ref_template="#/$defs/{name}")
    for name, definition in definitions.items():
        definition["additionalProperties"] = False
        # What has a usual value that depends on other answers may be left out.
        definition["required"] = [
            r for r in definition.get("required", ()) if r == "name" and name in {"Project", "Service"}
        ]
        definition.pop("title", None)
    definitions["Answers"]["required"] = ["project"]
    for key in by_name().values():
        _check_described(definitions, key.name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Answers of agency-scaffold, version {NEWEST}",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _check_described(definitions: dict[str, Any], name: str) -> None:
    owner = definitions["Answers"]
    *path, last = name.replace("[]", "").split(".")
    for word in path:
        owner = owner["properties"][word]
        owner = definitions[(owner.get("$ref") or owner["items"]["$ref"]).rpartition("/")[2]]
    if "description" not in owner["properties"][last]:
        raise KeyError(f"{name} has no description in the schema")
