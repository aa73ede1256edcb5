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
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from generator.checks.source import Sources
from generator.finding import Severity
from generator.spelling import closest, closest_path


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
    """What to do, in one imperative sentence; "" where it is to write what the message says was probably meant."""
    column: int = 0
    severity: Severity = Severity.ERROR
    promised: bool = False
    """Whether what agency-scaffold generates promises that it is not so: in such a repository it is an error."""
    places: int = 0
    alike: str = ""
    """The word of what is said once for all places, the same for all of which one flaw speaks."""


class Placed(Protocol):
    """Anything with a place in a file."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


def at(place: Placed, message: str, fix: str = "", *, severity: Severity = Severity.ERROR) -> Flaw:
    """A flaw at the place of something."""
    return Flaw(place.line, message, fix, place.column, severity)


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


def did_you_mean(given: str, valid: Iterable[str]) -> str:
    """The end of a message: the valid name that was probably meant; "" where none is near."""
    near = closest(given, valid)
    return f"; did you mean {near}?" if near else ""


def did_you_mean_path(given: str, paths: Iterable[str]) -> str:
    """The same for a path."""
    near = closest_path(given, paths)
    return f"; did you mean {near}?" if near else ""


_MEANT: Final = re.compile(r"; did you mean ([^?]+)\?$")
_FEW: Final = 8
"""Valid names that a fix lists."""


def instead(told: str, otherwise: str = "", prefix: str = "") -> str:
    """The fix where a name is wrong: the valid one, behind `prefix`, that a message says was probably meant.

    `otherwise` is what else to do where the message names none.
    """
    match = _MEANT.search(told)
    return f"Write {prefix}{match[1]}." if match else otherwise


def one_of(names: Iterable[str], otherwise: str = "") -> str:
    """The fix that takes one of the valid names, where nobody can say which; `otherwise` where there is none."""
    known = sorted(set(names) - {""})
    more = " ..." if len(known) > _FEW else "."
    return f"Write {'one of ' * (len(known) > 1)}{', '.join(known[:_FEW])}{more}" if known else otherwise


def instead_path(given: str, paths: Iterable[str], base: str, otherwise: str, prefix: str = "") -> str:
    """The fix where a path is wrong: the nearest, as it is written from the folder `base`; else `otherwise`.

    A file of the same name that lies somewhere else altogether is worth a question, and no fix.
    """
    near = closest(given, [closest_path(given, paths)], 0.55)
    return f"Write {prefix}{posixpath.relpath(near, base or '.')}." if near else otherwise
