"""The actions of IAM that were recorded: by service, and which of them a policy can limit to a resource.

Names compare in any case, as they do in AWS.
"""

from __future__ import annotations

import fnmatch
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from generator.checks import data

_FILE: Final = "aws/iam-actions.txt.gz"


@dataclass(frozen=True, slots=True)
class Service:
    """The actions of a service, by their names in lower case."""

    scoped: Mapping[str, str]
    """Those that a policy can limit to a resource."""
    free: Mapping[str, str]
    keys: Mapping[str, str]
    """Keys of conditions; one that ends in `/` or `:` goes on with a name of the user's."""

    def tests(self, key: str) -> bool:
        """Whether a key of conditions is one of the service's."""
        wanted = key.lower()
        return any(wanted == one or (one.endswith(("/", ":")) and wanted.startswith(one)) for one in self.keys)

    @property
    def names(self) -> list[str]:
        """All names as they are written."""
        return [*self.scoped.values(), *self.free.values()]

    def matching(self, pattern: str) -> list[str]:
        """The lower-case names that a name with `*` and `?` stands for."""
        wanted = pattern.lower()
        if not {"*", "?"} & set(wanted):
            return [wanted] if wanted in self.scoped or wanted in self.free else []
        return [name for name in (*self.scoped, *self.free) if covers(wanted, name)]


def covers(pattern: str, name: str) -> bool:
    """Whether a name with `*` and `?` stands for another; capitals do not matter."""
    return fnmatch.fnmatchcase(name.lower(), pattern.lower().replace("[", "[[]"))


@cache
def _lines() -> Mapping[str, str]:
    recorded = gzip.decompress((data.FOLDER / _FILE).read_bytes()).decode()
    return {line.partition(" ")[0]: line for line in recorded.splitlines()}


def prefixes() -> frozenset[str]:
    """The prefixes of all services."""
    return frozenset(_lines())


@cache
def service(prefix: str) -> Service | None:
    """A service by its prefix; None for one that is not recorded."""
    line = _lines().get(prefix.lower())
    if line is None:
        return None
    parts = ({name.lower(): name for name in part.split(",") if name} for part in line.split(" ")[1:])
    return Service(*parts)


def split(action: str) -> tuple[str, str]:
    """Prefix and name of `s3:GetObject`."""
    prefix, _, name = action.partition(":")
    return prefix.lower(), name
