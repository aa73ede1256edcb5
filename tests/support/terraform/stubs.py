"""Lets the real terraform judge a configuration by recorded provider schemas, without the providers.

Each recorded schema is served as a Terraform plugin from a filesystem mirror, cut to the resource
and data source types that the configuration names. `init`, `validate` and `test` with mocks then
work, with terraform's own messages. Values (ARN shapes, enums) are not checked: that is what a
real provider does.

`terraform test` starts each provider anew for every run; those that the configuration requires are started once
instead, and terraform is told where they listen.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SCHEMAS: Final = HERE / "schemas"


@contextmanager
def serving(configuration: Path, work: Path) -> Iterator[dict[str, str]]:
    """The variables with which terraform uses the stubs for the `*.tf` below `configuration`; files go to `work`."""
    text = _text(configuration)
    named = set(re.findall(r'^\s*(?:resource|data|ephemeral)\s+"(\w+)"', text, re.MULTILINE))
    required = set(re.findall(r'^\s*source\s*=\s*"hashicorp/(\w+)"', text, re.MULTILINE))
    work.mkdir(parents=True, exist_ok=True)
    reached: dict[str, object] = {}
    with ExitStack() as started:
        for packed in sorted(SCHEMAS.glob("*.json.xz")):
            name, version = packed.name.removesuffix(".json.xz").rsplit("-", 1)
            plain = work / f"{name}-{version}.json"
            plain.write_text(json.dumps(_cut(json.loads(lzma.decompress(packed.read_bytes())), named)))
            _mirrored(work / "mirror", name, version, plain)
            if name in required:
                reached |= started.enter_context(_served(plain))
        config = work / "terraformrc"
        config.write_text(
            "disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n"
            f'    path    = "{work / "mirror"}"\n    include = ["registry.terraform.io/*/*"]\n  }}\n}}\n'
        )
        yield {
            "TF_CLI_CONFIG_FILE": str(config),
            "TF_REATTACH_PROVIDERS": json.dumps(reached),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            # Fewer collections of garbage: a fifth of the time, for memory that a test run has. Other tests run beside it,
            # so that threads of its own only cost: a sixth.
            "GOGC": "400",
            "GOMAXPROCS": "1",
        }


@contextmanager
def _served(plain: Path) -> Iterator[dict[str, object]]:
    """A provider that runs; what terraform must know to reach it."""
    command = [sys.executable, str(HERE / "plugin.py"), str(plain), "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line):
                try:
                    yield json.loads(found[1])
                finally:
                    process.terminate()
                return
    raise RuntimeError(f"the provider of {plain.name} did not start")


def _mirrored(mirror: Path, name: str, version: str, plain: Path) -> None:
    """Puts a provider where `terraform init` finds it; also one that does not run already."""
    system = "linux_arm64" if os.uname().machine in {"aarch64", "arm64"} else "linux_amd64"
    plugin = mirror / f"registry.terraform.io/hashicorp/{name}/{version}/{system}/terraform-provider-{name}_v{version}"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    plugin.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{HERE / 'plugin.py'}' '{plain}' \"$@\"\n")
    plugin.chmod(0o755)


def _text(configuration: Path) -> str:
    return "\n".join(path.read_text() for path in configuration.rglob("*.tf") if ".terraform" not in path.parts)


def _cut(schema: dict[str, dict[str, object]], named: set[str]) -> dict[str, object]:
    kinds = ("resource_schemas", "data_source_schemas", "ephemeral_resource_schemas")
    return {
        key: {name: entry for name, entry in value.items() if name in named} if key in kinds else value
        for key, value in schema.items()
    }
