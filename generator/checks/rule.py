"""What a rule is, and what it says.

A rule is a module of `generator/checks/rules/`, named after its id (`yaml_syntax` is `yaml-syntax`).
Its docstring is the user's documentation: the first line is the title, the rest says why it
matters and how to put it right. It has the format that it belongs to, and two functions:

    FORMAT = Format.KUBERNETES
    def files(sources: Sources) -> Iterable[str]: ...            which files it judges
    def check(sources: Sources, path: str) -> Iterable[Flaw]: ...  what is wrong in one of them

A rule about several files reports at the file that a person would edit.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import NO_GUESS, Guess, closest, closest_path


class Format(StrEnum):
    """What checks are chosen by beside their names: what the files are that a check is about."""

    CLOUDFORMATION = "cloudformation"
    """Templates of AWS CloudFormation and SAM."""
    DOCKER = "docker"
    """Dockerfiles and compose files."""
    GITHUB = "github"
    """Workflows, actions and what else GitHub reads."""
    JSON = "json"
    KUBERNETES = "kubernetes"
    """Manifests and Kustomize."""
    MAKE = "make"
    MARKDOWN = "markdown"
    PROMETHEUS = "prometheus"
    """Prometheus and Alertmanager."""
    SHELL = "shell"
    TERRAFORM = "terraform"
    """HCL of any kind."""
    TEXT = "text"
    """Any file that is text."""
    TOML = "toml"
    YAML = "yaml"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong in the file at hand; lines and columns count from 1, 0 = the whole file. See Finding."""

    line: int
    message: str
    fix: str = ""
    """What to do, in one imperative sentence."""
    column: int = 0
    severity: Severity = Severity.ERROR
    promised: bool = False
    """Whether what agency-scaffold generates promises that it is not so: in such a repository it is an error."""
    places: int = 0
    alike: str = ""
    """The word of what is said once for all places, the same for all of which one flaw speaks."""
    near: Guess = NO_GUESS
    """The name that was probably meant, where the message tells one."""


class Placed(Protocol):
    """Anything with a place in a file."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class Point(NamedTuple):
    """A place in a file and nothing else."""

    line: int
    column: int

    @classmethod
    def of(cls, content: str, offset: int) -> Point:
        """Where an offset of a text lies."""
        return cls(content.count("\n", 0, offset) + 1, offset - content.rfind("\n", 0, offset))


def at(
    place: Placed, message: str, fix: str = "", near: Guess = NO_GUESS, *, severity: Severity = Severity.ERROR
) -> Flaw:
    """A flaw at the place of something; where `near` is the name that was probably meant, it is told and the fix."""
    return Flaw(place.line, f"{message}{near}", instead(near, fix), place.column, severity, near=near)


class Rule(Protocol):
    """A module of `generator/checks/rules/`."""

    __doc__: str | None

    @property
    def FORMAT(self) -> Format:  # noqa: N802 -- a constant of the module
        """What files the rule is about."""

    def files(self, sources: Sources, /) -> Iterable[str]:
        """The paths that the rule judges; none means that there was nothing to judge, not that all is well."""

    def check(self, sources: Sources, path: str, /) -> Iterable[Flaw]:
        """The flaws of one file."""


def title(rule: Rule) -> str:
    """The first line of a rule's page."""
    return (rule.__doc__ or "").strip().partition("\n")[0]


def about(rule: Rule) -> str:
    """The rest of it, in one line."""
    return " ".join((rule.__doc__ or "").strip().partition("\n")[2].split())


def did_you_mean(given: str, valid: Iterable[str]) -> Guess:
    """The valid name that was probably meant."""
    return Guess(closest(given, valid), given)


def did_you_mean_path(given: str, paths: Iterable[str]) -> Guess:
    """The same for a path."""
    return Guess(closest_path(given, paths), given)


_FEW: Final = 8
"""Valid names that a fix lists."""


def instead(near: Guess, otherwise: str = "", prefix: str = "") -> str:
    """The fix where a name is wrong: the one that was probably meant, behind `prefix`; else `otherwise`."""
    return f"Write {prefix}{near.name}." if near else otherwise


def one_of(names: Iterable[str], otherwise: str = "") -> str:
    """The fix that takes one of the valid names, where nobody can say which; `otherwise` where there is none."""
    known = sorted(set(names) - {""})
    more = " ..." if len(known) > _FEW else "."
    return f"Write {'one of ' * (len(known) > 1)}{', '.join(known[:_FEW])}{more}" if known else otherwise


def instead_path(near: Guess, base: str, otherwise: str, prefix: str = "") -> str:
    """The fix where a path is wrong: the nearest, as it is written from the folder `base`; else `otherwise`.

    A file of the same name that lies somewhere else altogether is worth a question, and no fix.
    """
    sure = closest(near.given, [near.name], 0.55)
    return f"Write {prefix}{posixpath.relpath(sure, base or '.')}." if sure else otherwise
