"""Names that services and environments may not have, because something else in the account has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from generator import facts, taken
from generator.component import Answers, Problem


def clashes(answers: Answers) -> Iterator[Problem]:
    """The services whose secret would be one that the monitoring reads, and the environments that share their names."""
    environment = answers.production
    others = {facts.alertmanager_secret(answers, environment)}
    if facts.database_exporter(answers):
        others.add(facts.database_exporter_secret(answers, environment))
    secret = {s.name: facts.secret_id(answers, environment, s) for s in answers.services if s.secrets}
    names = {name for name, called in secret.items() if called in others}
    yield from taken.clashes(answers, "the secret of this name is the monitoring's", names=names)
    yield from _environments(answers)


def _environments(answers: Answers) -> Iterator[Problem]:
    """The environments whose names begin as all names of another one of the account do, and as its rights say."""
    for number, name in enumerate(answers.environments):
        account = facts.account(answers, name)
        beside = [one for one in answers.environments if account and facts.account(answers, one) == account]
        if other := min((one for one in beside if name.startswith(f"{one}-")), key=len, default=""):
            yield Problem(
                f"environments[{number}]",
                f"{other} has the same account, and whatever is called {facts.stack(answers, other)}-* is its own",
                name,
                f"a name that does not begin with {other}-, or an account of its own",
                _nearest(name, other, [one for one in answers.environments if one != name]),
            )


def _nearest(name: str, other: str, left: Collection[str]) -> str:
    """The name turned round or without its hyphens, whichever stands alone; "" where neither does."""
    rest = name.removeprefix(f"{other}-")
    turned = [f"{rest}-{other}"] if rest[0].isalpha() else []
    for free in (*turned, f"{other}{rest.replace('-', '')}"):
        if not any(free == one or free.startswith(f"{one}-") or one.startswith(f"{free}-") for one in left):
            return free
    return ""
