"""The components' lists of what must not be taken out unnoticed (`templates/*/tests/removals.yml`), as edits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.generated import TEMPLATES


@dataclass(frozen=True)
class Edit:
    """One removal: text of a file, what stands there instead, and which check must notice."""

    component: str
    number: int
    """Its place in the list, from 1."""
    file: str
    """A path of the generated repository, or, where `template`, below the component's folder."""
    find: str
    replace: str
    noticed_by: str
    """For Terraform the path of the test file; otherwise the words of the list."""
    template: bool = False
    run: str = ""
    """The run of the Terraform test that must fail; "" = any."""
    rule: str = ""
    """The rule of the built-in checks that notices it, too."""
    protects: str = ""
    """What it would take away, for the removals that are tried always."""
    anywhere: bool = False
    """Whether the text may stand in the file more than once; the first is then changed."""

    @property
    def id(self) -> str:
        text = self.protects or re.sub(r"\W+", "-", self.find).strip("-")[:30]
        return (
            f"{self.component}-{self.number:03}-{Path(self.file).name.removesuffix('.jinja')}-{text.replace(' ', '-')}"
        )

    def apply(self, text: str) -> str:
        """The text after the removal; raises AssertionError where the list does not fit the text any more."""
        count = text.count(self.find)
        assert count == 1 or (self.anywhere and count), f"{self.file} holds {count} times: {self.find!r}"
        changed = text.replace(self.find, self.replace, 1)
        assert changed != text
        return changed


def _rows(component: str) -> Iterator[tuple[int, dict[str, Any]]]:
    text = (TEMPLATES / component / "tests/removals.yml").read_text(encoding="utf-8")
    yield from enumerate(yaml.safe_load(text), 1)


def _of_templates(component: str) -> Iterator[Edit]:
    for number, row in _rows(component):
        assert row.keys() <= {"file", "from", "to", "test", "protects"}, row
        yield Edit(
            component,
            number,
            row["file"],
            row["from"],
            row["to"],
            row["test"],
            template=True,
            protects=row.get("protects", ""),
        )


def _of_output(component: str) -> Iterator[Edit]:
    for number, row in _rows(component):
        assert row.keys() <= {"file", "find", "replace", "fails", "protects"}, row
        path, run = row["fails"].rsplit("/", 1)
        if "/" not in path:
            # The root is the file's folder; for a module, the list names the root's test by its path.
            path = f"{Path(row['file']).parent.as_posix()}/tests/{path}"
        protects = row.get("protects", "")
        yield Edit(component, number, row["file"], row["find"], row["replace"], path, run=run, protects=protects)


def _of_manifests(component: str) -> Iterator[Edit]:
    for number, row in _rows(component):
        assert row.keys() <= {"file", "remove", "with", "noticed_by", "rule"}, row
        by_schema = "kubernetes-schema" if row["noticed_by"] == "schema" else ""
        yield Edit(
            component,
            number,
            row["file"],
            row["remove"],
            row.get("with", ""),
            row["noticed_by"],
            rule=row.get("rule", by_schema),
            anywhere=True,
        )


READERS = {
    "terraform-aws": _of_templates,
    "terraform-aws-eks": _of_output,
    "prometheus-ecs": _of_output,
    "terraform-aws-ecs": _of_output,
    "ecs-jobs": _of_output,
    "ecs-rolling": _of_output,
    "ecs-previews": _of_output,
    "k8s": _of_manifests,
    "k8s-rolling": _of_manifests,
}


def edits(*components: str) -> list[Edit]:
    """All removals of these components, in the order of their lists."""
    return [edit for component in components for edit in READERS[component](component)]
