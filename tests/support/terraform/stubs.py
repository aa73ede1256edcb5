"""Lets the real terraform judge a configuration by recorded provider schemas, without the providers.

Each recorded schema is served as a Terraform plugin from a filesystem mirror, cut to the resource
and data source types that the configuration names. `init`, `validate` and `test` with mocks then
work, with terraform's own messages. Values (ARN shapes, enums) are not checked: that is what a
real provider does.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SCHEMAS: Final = HERE / "schemas"


def environment(configuration: Path, work: Path) -> dict[str, str]:
    """The variables with which terraform uses the stubs for the `*.tf` below `configuration`; files go to `work`."""
    named = _named(configuration)
    mirror = work / "mirror"
    for packed in sorted(SCHEMAS.glob("*.json.xz")):
        name, version = packed.name.removesuffix(".json.xz").rsplit("-", 1)
        plain = work / f"{name}-{version}.json"
        plain.parent.mkdir(parents=True, exist_ok=True)
        plain.write_text(json.dumps(_cut(json.loads(lzma.decompress(packed.read_bytes())), named)))
        system = "linux_arm64" if os.uname().machine in {"aarch64", "arm64"} else "linux_amd64"
        plugin = (
            mirror / f"registry.terraform.io/hashicorp/{name}/{version}/{system}/terraform-provider-{name}_v{version}"
        )
        plugin.parent.mkdir(parents=True, exist_ok=True)
        plugin.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{HERE / 'plugin.py'}' '{plain}' \"$@\"\n")
        plugin.chmod(0o755)
    config = work / "terraformrc"
    config.write_text(
        "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n"
        f'    path    = "{mirror}"\n    include = ["registry.terraform.io/*/*"]\n  }}\n}}\n'
    )
    return {"TF_CLI_CONFIG_FILE": str(config), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def _named(configuration: Path) -> set[str]:
    text = "\n".join(path.read_text() for path in configuration.rglob("*.tf") if ".terraform" not in path.parts)
    return set(re.findall(r'^\s*(?:resource|data|ephemeral)\s+"(\w+)"', text, re.MULTILINE))


def _cut(schema: dict[str, dict[str, object]], named: set[str]) -> dict[str, object]:
    kinds = ("resource_schemas", "data_source_schemas", "ephemeral_resource_schemas")
    return {
        key: {name: entry for name, entry in value.items() if name in named} if key in kinds else value
        for key, value in schema.items()
    }
