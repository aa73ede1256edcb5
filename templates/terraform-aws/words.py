"""What stands for `<WORD>`, `when` and `each` in the data files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from generator import facts
from generator.component import Answers

from .engines import engine_of
from .variables import identifier

MAIN: Final = "infrastructure/terraform"
BOOTSTRAP: Final = f"{MAIN}/bootstrap"


def flags_of(answers: Answers) -> dict[str, bool]:
    """What rows of the data files may depend on."""
    return {
        "database": answers.data.database != "none",
        "domain": bool(answers.project.domain),
        "github": answers.ci.system == "github-actions",
        "previews": answers.previews.enabled,
        "public": bool(facts.public(answers)),
    }


def words_of(answers: Answers) -> dict[str, str]:
    """What stands for `<WORD>` in the data files."""
    engine = engine_of(answers)
    return {
        "MAIN": MAIN,
        "BOOTSTRAP": BOOTSTRAP,
        "PRODUCTION": answers.production,
        "STACK": facts.stack(answers, answers.production),
        "DOMAIN": answers.project.domain,
        "ENGINE": engine.title,
        "ENGINE_VERSION": engine.version,
        "DATABASE_PORT": str(facts.DATABASE_PORTS[engine.name]),
        "MONTHLY_BUDGET_USD": str(answers.cost.monthly_budget_usd),
        "RETENTION_DAYS": str(answers.backup.retention_days),
        "REGION": answers.cloud.region,
    }


def lists_of(answers: Answers) -> dict[str, list[dict[str, str]]]:
    """What `each` of `todo.yml` may name."""
    environments, accounts, secrets = [], [], []
    for environment in answers.environments:
        here = {
            "ENVIRONMENT": environment,
            "ID": identifier(environment),
            "BUCKET_PREFIX": facts.bucket_prefix(answers, environment),
        }
        environments.append(here)
        if not facts.account(answers, environment):
            accounts.append(here)
        for secret, keys in _secrets(answers, environment).items():
            shown = {
                "SECRET": secret,
                "SECRET_ID": identifier(secret.rsplit("/", 1)[1]),
                "KEYS": ", ".join(keys),
                "VALUES": ", ".join(f'"{key}": "{value}"' for key, value in keys.items()),
            }
            secrets.append(here | shown)
    if answers.previews.enabled:
        secrets += list(_of_previews(answers))
    return {"environment": environments, "account": accounts, "secret": list(_apart(secrets))}


def _apart(secrets: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The secrets; prod-eu/api and prod/eu-api would be one item, so these have a second underscore."""
    times = Counter(f"{row['ID']}_{row['SECRET_ID']}" for row in secrets)
    for row in secrets:
        alike = times[f"{row['ID']}_{row['SECRET_ID']}"] > 1
        yield row | {"SECRET_ID": f"_{row['SECRET_ID']}"} if alike else row


def _of_previews(answers: Answers) -> Iterator[dict[str, str]]:
    """The secrets of previews, in the account of their environment."""
    environment = facts.preview_environment(answers)
    for service in answers.services:
        if service.secrets:
            yield {
                "ENVIRONMENT": environment,
                "ID": identifier(facts.PREVIEW),
                "BUCKET_PREFIX": facts.bucket_prefix(answers, environment),
                "SECRET": facts.secret_id(answers, facts.PREVIEW, service),
                "SECRET_ID": identifier(service.name),
                "KEYS": ", ".join(service.secrets),
                "VALUES": ", ".join(f'"{key}": "..."' for key in service.secrets),
            }


def _secrets(answers: Answers, environment: str) -> Mapping[str, Mapping[str, str]]:
    """The secrets of the environment that a person must fill: their keys, and what stands for each value until then."""
    secrets = {facts.secret_id(answers, environment, s): dict.fromkeys(s.secrets, "...") for s in answers.services}
    alertmanager = {key: f"<{value}>" for key, value in facts.alertmanager_keys(answers).items()}
    secrets[facts.alertmanager_secret(answers, environment)] = alertmanager
    return {name: keys for name, keys in secrets.items() if keys}
