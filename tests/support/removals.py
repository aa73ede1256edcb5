"""The components' lists of what must not be taken out unnoticed (`templates/*/tests/removals.yml`).

`python -m tests.support.removals` prints how many there are.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from generator.tree import File, Tree
from tests.support import generated

ROOT = generated.TEMPLATES.parent
_TERRAFORM = re.compile(r"(?:(?P<folder>\S+)/)?(?P<name>[\w-]+\.tftest\.hcl)(?:/(?P<run>\w+))?")


@dataclass(frozen=True)
class Judge:
    """What notices a removal, as one entry of `fails` says it."""

    kind: str
    """`terraform`, or the entry's first word: `rule`, `checkov`, `test`."""
    name: str
    """The path of the Terraform test, the id of the rule or of checkov's check, the words of the component's test."""
    run: str = ""
    """The run of the Terraform test that must fail; "" = any."""


@dataclass(frozen=True)
class Removal:
    """A text of a generated file, what stands there instead, and what must notice."""

    component: str
    number: int
    """Its place in the list, from 1."""
    case: Path
    file: str
    find: str
    replace: str
    fails: tuple[Judge, ...]
    protects: str
    """What it would take away, where the first removal of it is tried in every run."""
    judge: Path
    """The module with the component's own checks: its `judge_production(folder)` asserts them."""

    @property
    def id(self) -> str:
        text = self.protects or re.sub(r"\W+", "-", self.find).strip("-")[:30]
        return f"{self.component}-{self.number:03}-{Path(self.file).name}-{text.replace(' ', '-')}"

    def apply(self, tree: Tree) -> Tree:
        """The tree after the removal; raises AssertionError where the list does not fit it any more."""
        assert self.file in tree, f"the case has no {self.file}"
        file = tree[self.file]
        count = file.text.count(self.find)
        assert count == 1, f"{self.file} holds {count} times: {self.find!r}"
        assert self.find != self.replace
        return Tree({**tree, self.file: File(file.text.replace(self.find, self.replace).encode(), file.executable)})


def _judge(entry: str, file: str) -> Judge:
    if match := _TERRAFORM.fullmatch(entry):
        # The tests of the file's root, unless the path says which.
        folder = match["folder"] or f"{Path(file).parent.as_posix()}/tests"
        return Judge("terraform", f"{folder}/{match['name']}", match["run"] or "")
    kind, _, name = entry.partition(" ")
    assert kind in {"rule", "checkov", "test"}, entry
    assert name, entry
    return Judge(kind, name)


def _removal(component: str, number: int, head: dict[str, Any], row: dict[str, Any]) -> Removal:
    assert row.keys() <= {"case", "file", "find", "replace", "fails", "protects"}, row
    fails = [row["fails"]] if isinstance(row["fails"], str) else row["fails"]
    return Removal(
        component=component,
        number=number,
        case=ROOT / row.get("case", head["case"]),
        file=row["file"],
        find=row["find"],
        replace=row.get("replace", ""),
        fails=tuple(_judge(entry, row["file"]) for entry in fails),
        protects=row.get("protects", ""),
        judge=ROOT / head.get("judge", ""),
    )


@cache
def removals() -> tuple[Removal, ...]:
    """Those of all components, in the order of their lists."""
    found: list[Removal] = []
    for path in sorted(generated.TEMPLATES.glob("*/tests/removals.yml")):
        head = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        assert head.keys() <= {"case", "judge", "removals"}, path
        component = path.parents[1].name
        found += (_removal(component, number, head, row) for number, row in enumerate(head["removals"], 1))
    return tuple(found)


if __name__ == "__main__":
    for component, count in Counter(removal.component for removal in removals()).items():
        print(f"{count:4} {component}")
    protected = {removal.protects for removal in removals()} - {""}
    print(f"{len(removals()):4} in all, with {len(protected)} protections of which one is tried in every run")
