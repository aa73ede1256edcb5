"""tflint: mistakes and habits in Terraform, with the rule sets that are installed; none is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Work
from generator.checks.rule import Format
from generator.checks.source import Sources, name
from generator.finding import Finding

CONFIG: Final = ".tflint.hcl"
_NOT_INITIALISED: Final = re.compile(r"tflint --init|failed to initialize plugins", re.IGNORECASE)
_IN_FILE: Final = re.compile(r"(\S+\.tf):(\d+),\d+-\d+,\d+: (.*?)(?:, and \d+ other diagnostic|$)")


def _files(sources: Sources) -> Iterator[str]:
    return sources.ending(".tf")


def _run(work: Work) -> Iterator[Finding]:
    # Each folder has a configuration of its own or none; where there is one for all, it must be named.
    own = [path for path in work.sources.tree if name(path) == CONFIG]
    config = (f"--config={work.root / CONFIG}",) if own == [CONFIG] else ()
    output = work.run("--recursive", "--format", "json", *config)
    told = json.loads(output.out)
    for item in told["issues"]:
        where, rule = item["range"], item["rule"]
        line, severity = where["start"]["line"], rule["severity"]
        yield work.finding(where["filename"], line, item["message"], rule=rule["name"], severity=severity)
    missing = ""
    for item in told["errors"]:
        said = " ".join(item["message"].split())
        if _NOT_INITIALISED.search(said):
            missing = missing or said
        else:
            match = _IN_FILE.search(said)
            where = (match[1], int(match[2])) if match else ("", 0)
            yield work.finding(*where, match[3] if match else said)
    if missing:
        raise Skip(f"nothing is fetched for it: {missing}")


TOOL: Final = Tool(
    Program("tflint", "go install github.com/terraform-linters/tflint@latest"),
    Format.TERRAFORM,
    "mistakes and habits in Terraform modules",
    _files,
    _run,
)
