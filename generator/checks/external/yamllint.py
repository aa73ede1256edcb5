"""yamllint: the form of YAML files by the repository's own configuration; without one, what may be misread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.tool import Tool, Work
from generator.checks.formats import yaml
from generator.checks.rule import Format
from generator.finding import Finding

_DEFAULT: Final = (
    "{rules: {anchors: {forbid-undeclared-aliases: true, forbid-duplicated-anchors: true}, key-duplicates: enable,"
    " octal-values: {forbid-implicit-octal: true, forbid-explicit-octal: false}}}"
)
"""No form: nobody promised one."""


def _run(work: Work) -> Iterator[Finding]:
    own = next((name for name in (".yamllint", ".yamllint.yaml", ".yamllint.yml") if name in work.sources.tree), "")
    output = work.run("-f", "parsable", *(("-c", own) if own else ("-d", _DEFAULT)), *work.files)
    for match in re.finditer(r"^(.+?):(\d+):(\d+): \[(\w+)\] (.*?)(?: \(([\w-]+)\))?$", output.out, re.MULTILINE):
        path, line, column, level, message, rule = match.groups()
        severity = level if own or rule in (None, "syntax") else "warning"
        yield work.finding(path, int(line), message, column=int(column), rule=rule or "", severity=severity)


TOOL: Final = Tool(
    Program("yamllint", "pip install yamllint"),
    Format.YAML,
    "the form of YAML files, where the repository says which",
    yaml.paths,
    _run,
    pages="https://yamllint.readthedocs.io/en/stable/rules.html#module-yamllint.rules.{word}",
)
