"""Small trees to look at, and what is found in them in a form that reads well beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.assess.assessment import Assessment
from generator.assess.detected import Detected, detect, look
from generator.assess.evidence import Fact, Other

REPOSITORIES = Path(__file__).parent / "repositories"
GO = "module x\n\ngo 1.26\n"
MAIN = "package main\n\nfunc main() {\n\thttp.ListenAndServe(\":9000\", nil)\n}\n"  # fmt: skip
SPRING = """
<project>
  <properties><java.version>21</java.version></properties>
  <dependencies>
    <dependency><artifactId>spring-boot-starter-web</artifactId></dependency>
    <dependency><artifactId>spring-boot-starter-actuator</artifactId></dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build>
</project>
"""


def tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below a folder, which is returned."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def found(root: Path, files: Mapping[str, str | bytes]) -> Detected:
    """What a small tree shows."""
    return look(tree(root, files))


def detected(root: Path, files: Mapping[str, str | bytes]) -> Detected:
    """What of it becomes defaults."""
    return detect(tree(root, files))


def service(shown: Detected, number: int = 0) -> dict[str, Any]:
    """The facts of a service, by the key within it."""
    prefix = f"services[{number}]."
    return {fact.key.removeprefix(prefix): fact.value for fact in shown.facts if fact.key.startswith(prefix)}


def place(at: Fact | Other) -> str:
    """Where something stands, as the report prints it."""
    return f"{at.path}:{at.line}" if at.line else at.path


def told(result: Assessment) -> dict[str, Any]:
    """Everything that was found, without what depends on our own output."""
    return {
        "services": {one.name: dict(map(_row, one.facts)) for one in result.services},
        "whole": dict(map(_row, result.project)),
        "existing": {one.kind: {"paths": one.paths, "proposals": one.proposals, "shared": one.shared} for one in result.existing},
        "unclear": {one.key: [[other.value, place(other)] for other in one.says] for one in result.unclear},
        "missing": [one.key for one in result.missing],
        "notes": result.notes,
    }  # fmt: skip


def _row(fact: Fact) -> tuple[str, dict[str, Any]]:
    row: dict[str, Any] = {"value": fact.value, "at": place(fact), "read": fact.read}
    if fact.others:
        row["not"] = [[other.value, place(other)] for other in fact.others]
    if fact.refused:
        row["refused"] = fact.refused
    return fact.key.rpartition("].")[2], row


def of(root: Path, files: Mapping[str, str]) -> dict[str, Any]:
    """The facts of the only service of a small tree."""
    return service(found(root, files))


def package(**more: Any) -> str:
    """A package.json of a server."""
    return json.dumps({"name": "x", "scripts": {"start": "node ."}, "dependencies": {"express": "1"}, **more}, indent=1)
