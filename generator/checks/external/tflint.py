"""tflint: mistakes and habits in Terraform, with the rule sets that are installed; none is fetched."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Work
from generator.checks.rule import Format
from generator.checks.source import Sources, name
from generator.finding import Finding

CONFIG: Final = ".tflint.hcl"
_READ: Final = (".tf", ".tf.json", ".tfvars", CONFIG)
_NOT_INITIALISED: Final = re.compile(r"tflint --init|failed to initialize plugins", re.IGNORECASE)
_IN_FILE: Final = re.compile(r"(\S+\.tf):(\d+),(\d+)-\d+,\d+: (.*?)(?:, and \d+ other diagnostic|$)")


def _files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def _run(work: Work) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as temporary:
        # It starts itself in each folder that it sees: in those of a `node_modules`, too.
        copy = work.copy(Path(temporary) / "tree", lambda path: path.endswith(_READ) and not _loads(work, path))
        output = work.run(
            "--recursive", "--format", "json", *_settings(work, copy), cwd=copy / work.folder, env=_plugins(work)
        )
    told = json.loads(output.out)
    for item in told["issues"]:
        where, rule = item["range"], item["rule"]
        start, severity = where["start"], rule["severity"]
        path = f"{work.sources.inside}{where['filename']}"
        line, column = start["line"], start.get("column", 0)
        yield work.finding(path, line, item["message"], column=column, rule=rule["name"], severity=severity)
    said = [" ".join(item["message"].split()) for item in told["errors"]]
    missing = next(filter(_NOT_INITIALISED.search, said), "")
    for message in said:
        if not _NOT_INITIALISED.search(message):
            match = _IN_FILE.search(message)
            if match:
                path = f"{work.sources.inside}{match[1]}"
                yield work.finding(path, int(match[2]), match[4], column=int(match[3]))
            else:
                yield work.finding("", 0, message)
    if missing:
        raise Skip(f"nothing is fetched for it: {missing}")


def _settings(work: Work, copy: Path) -> tuple[str, ...]:
    """Each folder has a configuration of its own or none; where there is one for all, it must be named."""
    own = [path for path in work.sources.tree if name(path) == CONFIG and not _loads(work, path)]
    return (f"--config={copy / CONFIG}",) if own == [CONFIG] else ()


def _loads(work: Work, path: str) -> bool:
    """Whether settings say where plugins lie, which are programs; HCL has one way to write a name."""
    found = name(path).endswith(CONFIG) and b"plugin_dir" in work.sources.tree[path].content
    if found:
        work.unused.add(f"{path}, which has plugin_dir")
    return found


def _plugins(work: Work) -> dict[str, str]:
    """Where plugins are that were installed for this repository; those that it brings itself are not run."""
    place = work.root / ".tflint.d/plugins"
    brought = any(work.sources.below(".tflint.d/"))
    return {"TFLINT_PLUGIN_DIR": str(place)} if place.is_dir() and not brought else {}


TOOL: Final = Tool(
    Program("tflint", "go install github.com/terraform-linters/tflint@latest"),
    Format.TERRAFORM,
    "mistakes and habits in Terraform modules",
    _files,
    _run,
    pages="https://github.com/terraform-linters/tflint-ruleset-{family}/tree/HEAD/docs/rules",
)
