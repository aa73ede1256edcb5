"""What the data files may name: choices, and the words that are filled in."""

from __future__ import annotations

import re
from typing import Final

from generator import facts, shifts, times
from generator.component import Answers, fill, load_yaml, names_of

WORDS: Final[dict[str, dict[str, str]]] = load_yaml(__file__, "words.yml")


def choices_of(answers: Answers) -> frozenset[str]:
    """What `when` of the data files may name: choices, and whether something is there."""
    flags = {
        "repository": bool(answers.project.repository),
        "owner": has_owner(answers),
        "domain": bool(answers.project.domain),
        "description": bool(answers.project.description),
        "database": answers.data.database != "none",
        "migrations": bool(_migrating(answers)),
        "cache": answers.data.cache != "none",
        "object-storage": answers.data.object_storage,
        "public": bool(facts.public(answers)),
        "several-environments": len(answers.environments) > 1,
        "cross-region": answers.backup.cross_region,
    }
    tools: list[str] = [answers.cloud.provider, answers.orchestration.platform, answers.ci.system, answers.iac.tool]
    if answers.data.database != "none":
        tools.append(answers.data.database)
    return names_of(flags).union(tools)


def words_of(answers: Answers) -> dict[str, str]:
    """What the `<WORDS>` of the data files stand for."""
    missing, count = (100 - answers.slo.availability) / 100, len(answers.services)
    words = {
        "PROJECT": answers.project.name,
        "PRODUCTION": answers.production,
        "FIRST": answers.environments[0],
        "ENVIRONMENTS": ", ".join(answers.environments),
        "SETUP_ORDER": ", then ".join([answers.production, *answers.environments[:-1]]),
        "COUNT": str(len(answers.environments)),
        "SERVICES": " ".join(s.name for s in answers.services),
        "MIGRATING": ", ".join(_migrating(answers)),
        "SERVICES_COUNT": f"{count} service{'s' if count > 1 else ''}",
        "REGION": answers.cloud.region,
        "NAMESPACE": facts.namespace(answers),
        "SECONDARY_REGION": answers.cloud.secondary_region,
        "BACKUP_DAYS": str(answers.backup.retention_days),
        "MIN": str(answers.scaling.min),
        "MAX": str(answers.scaling.max),
        "STRATEGY": answers.deployment.strategy,
        "RELEASE_TIME": times.release_words(answers),
        "RELEASE_MINUTES": times.minutes(times.release_minutes(answers)),
        "BACK_TIME": times.back_words(answers),
        "WATCHED": _watched(answers),
        "KUBERNETES_VERSION": answers.orchestration.kubernetes_version,
        "IAC": WORDS["tool"][answers.iac.tool],
        "CI": WORDS["tool"][answers.ci.system],
        "PROVIDER": WORDS["provider"][answers.cloud.provider],
        "DATABASE": WORDS["database"][answers.data.database],
        "BACKEND": WORDS["backend"][answers.monitoring.backend],
        "LOGS": WORDS["logs"][answers.monitoring.logs],
        "BUDGET_PERCENT": f"{missing * 100:.4g}",
        "BUDGET_MINUTES": f"{missing * 30 * 24 * 60:.0f}",
    }
    words["TOOLS"] = "".join(f" {tool}" for tool in WORDS["tools"][answers.orchestration.platform].split())
    return words | {"PLATFORM": fill(WORDS["platform"][answers.orchestration.platform], words)}


def has_owner(answers: Answers) -> bool:
    return bool(re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?", answers.project.owner))


def _migrating(answers: Answers) -> list[str]:
    return [s.name for s in answers.services if s.commands.migrate]


def _watched(answers: Answers) -> str:
    """When a release is undone by itself: `in the 30 minutes of its steps, and in the 10 minutes after them`."""
    bake = times.minutes(answers.deployment.bake_minutes)
    steps = shifts.shift_minutes(answers)
    if not steps:
        return f"in the {bake} after it"
    return f"while it takes its steps ({times.minutes(steps)}) or in the {bake} after the last one"
