"""What a component adds to the documents."""

from __future__ import annotations

from typing import Any, Literal

from generator.parts.base import Part


class TodoItem(Part, frozen=True, kw_only=True):
    """What the user must still provide. `file` is where the answer goes, `acceptance` a command that then exits 0."""

    id: str
    """Upper-case with underscores; `CHANGEME_<id>` is its placeholder."""
    severity: Literal["blocking", "recommended", "optional"]
    file: str
    question: str
    how: str
    acceptance: str = ""
    gate: bool = False
    """Something waits for what `file` says, by its name: told where the user has such a file already, which stays."""

    @property
    def order(self) -> tuple[Any, ...]:
        return (("blocking", "recommended", "optional").index(self.severity), self.id)


class Runbook(Part, frozen=True, kw_only=True):
    """A section of one of the runbooks, or of the page on monitoring, as steps."""

    book: Literal["deployment", "incident-response", "scaling", "disaster-recovery", "monitoring"]
    title: str
    position: int
    """Sections are printed by position, then title; 10 = before the steps, 50 = the steps, 90 = afterwards."""
    text: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    """(what and why, command or "")"""

    @property
    def key(self) -> str:
        return f"{self.book}/{self.title}"

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.book, self.position, self.title)


class RunbookInsert(Part, frozen=True, kw_only=True):
    """What a component puts into sections of others, wherever their text or a step of theirs reads `@(place)`."""

    place: str
    position: int = 50
    text: str = ""
    """Goes into the text of the section."""
    steps: tuple[tuple[str, str], ...] = ()
    """Take the place of the step: (what and why, command or "")."""

    @property
    def key(self) -> str:
        return f"{self.place}/{self.position:03}"


class SecurityNote(Part, frozen=True, kw_only=True):
    """What the security policy says of a topic: a section of SECURITY.md, to which several components may add."""

    topic: str
    position: int
    text: str
    """Paragraphs of Markdown."""

    @property
    def key(self) -> str:
        return f"{self.topic}/{self.position:03}"


class DiagramNode(Part, frozen=True, kw_only=True):
    """A node of the architecture diagram."""

    id: str
    label: str
    group: Literal["outside", "edge", "cluster", "data", "operations", "ci"]
    shape: Literal["box", "round", "database"] = "box"

    @property
    def order(self) -> tuple[Any, ...]:
        return (("outside", "edge", "cluster", "data", "operations", "ci").index(self.group), self.id)


class DiagramEdge(Part, frozen=True, kw_only=True):
    """An arrow of the architecture diagram; drawn only when both ends exist."""

    source: str
    target: str
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.source}->{self.target}"


class Area(Part, frozen=True, kw_only=True):
    """A folder or file of the generated repository: a line of AGENTS.md and of CODEOWNERS."""

    path: str
    """From the root; that of a folder ends with a slash."""
    purpose: str
    rule: str = ""
    """What must not be done here, or must be done after an edit."""
    owned: bool = True
    """Whether CODEOWNERS names it."""


class SizeRow(Part, frozen=True, kw_only=True):
    """A row of the table of sizes by environment that the docs print; `values` follow the order of environments."""

    what: str
    values: tuple[str, ...]


class Decision(Part, frozen=True, kw_only=True):
    """A decision of `.agency/decisions/infrastructure.md`."""

    topic: str
    choice: str
    why: str
    costs: str = ""
    instead: str = ""
    """Alternatives that were considered."""


class Flow(Part, frozen=True, kw_only=True):
    """A row of the table of network flows in `docs/infrastructure/networking.md`."""

    source: str
    target: str
    port: str
    why: str
    enforced_by: str

    @property
    def key(self) -> str:
        return f"{self.source}->{self.target}:{self.port}"
