"""Databases and caches, by the drivers that the code needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.assess.evidence import Evidence, Strength, Unit
from generator.assess.folder import Folder, at, inside

_DRIVERS: Final = (
    (
        "data.database", "postgres",
        r"psycopg(2|2-binary|-binary)?|asyncpg|pg8000|pg|pg-promise|postgres|@vercel/postgres|@neondatabase/serverless"
        r"|github\.com/(jackc/pgx|lib/pq)(/.*)?|gorm\.io/driver/postgres|postgresql|Npgsql(\..*)?|Aspire\.Npgsql(\..*)?"
        r"|tokio-postgres|r2dbc-postgresql|quarkus-jdbc-postgresql",
    ),
    (
        "data.database", "mysql",
        r"mysqlclient|pymysql|aiomysql|asyncmy|mysql-connector-(python|j|java)|mysql2?|trilogy"
        r"|github\.com/go-sql-driver/mysql|gorm\.io/driver/mysql|MySqlConnector|MySql\.Data"
        r"|Pomelo\.EntityFrameworkCore\.MySql|quarkus-jdbc-mysql",
    ),
    ("data.database", "spanner", r"Google\.Cloud\.Spanner(\..*)?|cloud\.google\.com/go/spanner|google-cloud-spanner"),
    (
        "data.database", "sqlserver",
        r"Microsoft\.Data\.SqlClient|Microsoft\.EntityFrameworkCore\.SqlServer|mssql(-jdbc)?|tedious|pymssql|mssql-django",
    ),
    ("data.database", "oracle", r"ojdbc\d+|oracledb|cx-oracle|Oracle\.ManagedDataAccess(\..*)?"),
    (
        "data.cache", "redis",
        r"redis|ioredis|django-redis|hiredis|sidekiq|bullmq|github\.com/(redis|go-redis)/(go-)?redis(/.*)?"
        r"|spring-boot-starter-data-redis(-reactive)?|jedis|lettuce-core|StackExchange\.Redis|Aspire\.StackExchange\.Redis"
        r"|fred|deadpool-redis",
    ),
)  # fmt: skip


def shown(folder: Folder, unit: Unit) -> Iterator[Evidence]:
    """The stores that a unit has a driver of."""
    manifest = next((one.path for one in unit.evidence if one.key == "language"), "")
    for key, value, pattern in _DRIVERS:
        name = next((name for name in sorted(unit.dependencies) if re.fullmatch(pattern, name)), "")
        if name:
            line = folder.line(manifest, rf"(^|[\s\"'/.:>\[]){re.escape(name)}([\s\"'=<>\[,;:~!@^.]|$)")
            yield Evidence(key, value, manifest, line, f"the driver {name}", Strength.NAMED)
    yield from _of_features(folder, unit)
    for path in (inside(unit.path, "prisma/schema.prisma"), inside(unit.path, "src/prisma/schema.prisma")):
        if found := re.search(r"datasource\s+\w+\s*\{[^}]*provider\s*=\s*\"(postgresql|mysql)\"", folder.text(path)):
            line = folder.line(path, rf"provider\s*=\s*\"{found[1]}\"")
            yield Evidence(
                "data.database",
                found[1].removesuffix("ql") if found[1] != "mysql" else "mysql",
                path,
                line,
                "the provider of Prisma",
                Strength.FIXED,
            )


def _of_features(folder: Folder, unit: Unit) -> Iterator[Evidence]:
    """Rust: sqlx and diesel name the database among their features, or the workspace does for them."""
    if unit.language != "rust":
        return
    for name in ("sqlx", "diesel", "sea-orm"):
        path = inside(unit.path, "Cargo.toml")
        about = at(folder.data(path), "dependencies", name)
        if at(about, "workspace") is True:
            path = "Cargo.toml"
            about = at(folder.data(path), "workspace", "dependencies", name)
        features = at(about, "features")
        for feature in features if isinstance(features, list) else ():
            if found := re.fullmatch(r"(?:sqlx-)?(postgres|mysql)", str(feature)):
                line = folder.line(path, rf"{found[1]}")
                yield Evidence("data.database", found[1], path, line, f"a feature of {name}", Strength.NAMED)
