"""What scripts/repository-settings.sh puts in place: `settings.yml`, and the reviews of a team."""

from __future__ import annotations

from generator.component import Answers, Parts, fill, load_yaml
from generator.parts import CiEnvironment

from .environments import rollback_environment
from .tables import Row, cloud_of


def reviewer_of(answers: Answers) -> dict[str, str]:
    """The owner as a reviewer: a team `@org/team` or a user `@name`; empty where the owner is free text."""
    owner = answers.project.owner
    if not owner.startswith("@") or " " in owner:
        return {}
    organisation, _, team = owner[1:].partition("/")
    return {"type": "Team", "org": organisation, "slug": team} if team else {"type": "User", "login": organisation}


def settings_of(answers: Answers, parts: Parts) -> Row:
    """What scripts/repository-settings.sh puts in place."""
    names = {name.upper(): variable for name, variable in cloud_of(answers).items()}
    names |= {"PRODUCTION": answers.production, "REPOSITORY": answers.project.repository}
    names["ROLLBACK"] = rollback_environment(answers)
    settings: Row = fill(load_yaml(__file__, "settings.yml"), names)
    reviewer = reviewer_of(answers)
    team = reviewer.get("type") == "Team"
    if team:
        reviews = next(r for r in settings["rulesets"][0]["rules"] if r["type"] == "pull_request")["parameters"]
        reviews |= dict.fromkeys(("require_code_owner_review", "require_last_push_approval"), True)
        reviews["required_approving_review_count"] = 1
    earlier, last, rollback = settings["environments"]
    last |= {"reviewers": [reviewer] if reviewer else [], "prevent_self_review": team}
    settings["environments"] = [*({"name": n, **earlier} for n in answers.environments[:-1]), last, rollback]
    free = {"reviewers": [], "prevent_self_review": False, "refs": []}
    settings["environments"] += [{"name": e.name, "of": e.of, **free} for e in parts.of(CiEnvironment)]
    return settings
