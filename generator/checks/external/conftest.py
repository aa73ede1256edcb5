"""conftest: what the tree's own policies in `policy/` say of its manifests, Terraform and Dockerfiles."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generator.checks.external import manifests, settings
from generator.checks.external.programs import Program
from generator.checks.external.tool import Skip, Tool, Unreadable, Work, report
from generator.checks.formats import dockerfile, hcl, yaml
from generator.checks.rule import Format
from generator.checks.source import Sources, text
from generator.finding import Finding

POLICIES: Final = "policy/"
_SETTINGS: Final = re.compile(
    r"conftest(?:\.(?:json|toml|ya?ml|properties|props?|hcl|tfvars|dotenv|env|ini))?", re.IGNORECASE
)
"""Any form that it reads, at the top."""
_CHOOSE: Final = ("namespace", "all-namespaces", "combine", "ignore", "fail-on-warn")
_OLD_REGO: Final = re.compile(r"`(?:if|contains)` keyword|var cannot be used for rule name")
_IN_POLICY: Final = re.compile(r"(policy/\S+?\.rego):(\d+): (.*)")


def _files(sources: Sources) -> list[str]:
    if not any(path.endswith(".rego") for path in sources.below(POLICIES)):
        return []
    return [*manifests.paths(sources), *_others(sources)]


def _others(sources: Sources) -> list[str]:
    readable = [path for path in sources.ending(".tf") if not hcl.parse(sources, path).error]
    return [*readable, *dockerfile.paths(sources)]


def _run(work: Work) -> Iterator[Finding]:
    own = list(_chosen(work))
    judged = set(work.files)
    with tempfile.TemporaryDirectory() as temporary:
        copy = work.copy(Path(temporary) / "tree", lambda path: not _SETTINGS.fullmatch(path))
        given = manifests.written(work, Path(temporary)) | {
            path: path for path in _others(work.sources) if path in judged
        }
        words = ("test", "--no-color", "--output", "json", *own, *given)
        output = work.run(*words, cwd=copy)
        if not output.out.strip() and _OLD_REGO.search(output.err):
            work.ask_again()
            output = work.run(*words[:1], "--rego-version", "v0", *words[1:], cwd=copy)
        if broken := list(_IN_POLICY.finditer(output.err)):
            yield from (work.finding(one[1], int(one[2]), one[3]) for one in broken)
            return
        told = report(output.out, list)
        if not told:  # it has an entry for each file
            raise Unreadable
        for item in told:
            yield from _findings(work, given.get(item["filename"], item["filename"]), item)


def _chosen(work: Work) -> Iterator[str]:
    """The options that its settings come to: of these it is given none, since they may download and load."""
    for path in filter(_SETTINGS.fullmatch, work.sources.tree):
        try:
            is_toml = not path.endswith((".json", ".yaml", ".yml"))
            read = tomllib.loads(text(work.sources, path)) if is_toml else yaml.root(work.sources, path).value
            given = {str(key).lower(): value for key, value in read.items()}
        except (AttributeError, ValueError, RecursionError):
            raise Skip(f"{path} cannot be read") from None
        if "update" in given:
            raise Skip(f"{path} has policies downloaded, and nothing is")
        for key, value in settings.kept(work, path, given, _CHOOSE).items():
            values = value if isinstance(value, list) else [value]
            yield from (f"--{key}={str(one).lower() if isinstance(one, bool) else one}" for one in values)


def _findings(work: Work, path: str, item: dict[str, Any]) -> Iterator[Finding]:
    for key, severity in (("failures", "error"), ("warnings", "warning")):
        for said in item.get(key) or ():
            rule = str(said.get("metadata", {}).get("query", "")).removeprefix("data.")
            yield work.finding(path, 0, said["msg"], rule=rule, severity=severity)


TOOL: Final = Tool(
    Program("conftest", "go install github.com/open-policy-agent/conftest@latest"),
    Format.KUBERNETES,
    "manifests, Terraform and Dockerfiles by the repository's own policies in policy/",
    _files,
    _run,
)
