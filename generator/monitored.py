"""What the monitoring needs of others, how it sees a database, and what its alerts on a service are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEARTBEAT_MINUTES: Final = 15
"""How long the outside check waits for the heartbeat."""
ALERTMANAGER_KEYS: Final = {
    "slack": ("slack-webhook-url", "incoming webhook of the Slack channel that reads alerts"),
    "pagerduty": ("pagerduty-routing-key", "key of an Events API v2 integration of the service in PagerDuty"),
    "email": ("smtp-password", "password of the mail user"),
    "heartbeat": (
        "heartbeat-url",
        f"ping URL of an outside check that raises the alarm after {HEARTBEAT_MINUTES} minutes of silence",
    ),
}
"""The keys of Alertmanager's secret, and what their values are, by channel; the heartbeat is always there."""


def unreachable(*, scraped: bool, probed: bool) -> tuple[str, ...]:
    """The alerts of every platform that fire while a service cannot be reached, where one is scraped or asked for."""
    return (*(("ServiceDown", "ServiceAbsent") if scraped else ()), *(("ServiceUnreachable",) if probed else ()))


@dataclass(frozen=True)
class DatabaseExporter:
    """How Prometheus sees a database."""

    image: str
    """Its name in `pins.yml`."""
    port: int
    sql: str
    """Makes the user by which the exporter logs in."""


DATABASE_EXPORTERS: Final = {
    "postgres": DatabaseExporter(
        image="quay.io/prometheuscommunity/postgres-exporter",
        port=9187,
        sql="CREATE USER monitoring WITH PASSWORD '...' CONNECTION LIMIT 5; GRANT pg_monitor TO monitoring; "
        "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; (in database postgres)",
    ),
    "mysql": DatabaseExporter(
        image="prom/mysqld-exporter",
        port=9104,
        sql="CREATE USER 'monitoring'@'%' IDENTIFIED BY '...' WITH MAX_USER_CONNECTIONS 5; "
        "GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO 'monitoring'@'%';",
    ),
}
"""The exporter of each database."""
