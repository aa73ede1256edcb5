"""What was found, as data: the text and the JSON reporter print this record."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from generator.assess.evidence import Fact, Unclear


class ServiceFound(msgspec.Struct, frozen=True, kw_only=True):
    """A service, with all that was found of it."""

    name: str
    path: str
    facts: list[Fact]


class Existing(msgspec.Struct, frozen=True, kw_only=True):
    """What is there already of one kind, and what of ours would stand beside it."""

    kind: Literal[
        "workflows", "pipelines", "terraform", "kubernetes", "helm", "docker", "compose", "make", "monitoring"
    ]
    paths: list[str]
    ours: list[str]
    """Paths of ours that would be made beside them."""
    proposals: list[str]
    """Paths that are theirs and would be ours: theirs stays, ours becomes a proposal."""
    shared: list[str] = []
    """Files of theirs that would get a region of ours."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that nothing shows, and what is taken then."""

    key: str
    default: str


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of `agency-scaffold assess`."""

    version: str
    """Of agency-scaffold."""
    directory: str
    exit_code: int = 0
    files: int
    """That were looked at."""
    generated: bool
    """Whether part of it is ours, so that its answers stand there already."""
    project: list[Fact]
    services: list[ServiceFound]
    existing: list[Existing]
    unclear: list[Unclear]
    missing: list[Missing]
    notes: list[str]
    """What a reader should know: what was left out, what could not be read."""
    answers: dict[str, Any]
    """What `new --defaults` takes, as an answers file holds it."""
