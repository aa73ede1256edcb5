"""What each database engine calls the same things: `engines.yml`."""

from __future__ import annotations

from typing import Final

import msgspec

from generator.component import Answers, load_yaml, pins


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter of the database's parameter group."""

    name: str
    value: str
    apply_method: str = ""
    """For a parameter that only a restart changes; without it, changes hold at once."""


class Engine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A database engine."""

    name: str
    title: str
    family: str
    logs: tuple[str, ...]
    tls: Parameter
    """The parameter that refuses plain connections."""
    parameters: tuple[Parameter, ...]

    @property
    def version(self) -> str:
        """The pinned major version."""
        return pins().version(f"rds/{self.name}")


_ENGINES: Final = {
    name: msgspec.convert({"name": name, **row}, Engine) for name, row in load_yaml(__file__, "engines.yml").items()
}


def engine_of(answers: Answers) -> Engine:
    """The engine of the answers; Postgres without a database, for files that are rendered nevertheless."""
    return _ENGINES["postgres" if answers.data.database == "none" else answers.data.database]
