"""The task that runs a command of the database's client: how it logs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from generator.component import Answers


@dataclass(frozen=True)
class Secret:
    """A variable, and the key of the database's secret that it has its value from."""

    name: str
    key: str


@dataclass(frozen=True)
class Session:
    """What the container is told: how it runs a command, assignments of HCL, variables from the secret."""

    entry: str
    command: tuple[str, ...]
    variables: tuple[str, ...]
    secrets: tuple[Secret, ...]


SESSIONS: Final = {
    "postgres": Session(
        entry='exec "$@"',
        command=("psql", "-c", "select now(), current_user"),
        variables=(
            "PGHOST            = aws_db_instance.main.address",
            "PGPORT            = tostring(aws_db_instance.main.port)",
            "PGDATABASE        = aws_db_instance.main.db_name",
            'PGSSLMODE         = "require"',
            'PGCONNECT_TIMEOUT = "5"',
        ),
        secrets=(Secret("PGUSER", "username"), Secret("PGPASSWORD", "password")),
    ),
    "mysql": Session(
        # The client reads its user from no variable.
        entry='client="$1"; shift; exec "$client" --user="$username" --database="$database" --ssl-mode=REQUIRED "$@"',
        command=("mysql", "-e", "select now(), current_user()"),
        variables=(
            "MYSQL_HOST     = aws_db_instance.main.address",
            "MYSQL_TCP_PORT = tostring(aws_db_instance.main.port)",
            "database       = aws_db_instance.main.db_name",
        ),
        secrets=(Secret("username", "username"), Secret("MYSQL_PWD", "password")),
    ),
}


def session_of(answers: Answers) -> Session | None:
    """The session on the database of the answers."""
    return SESSIONS.get(answers.data.database)
