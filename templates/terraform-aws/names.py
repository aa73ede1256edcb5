"""Names that services with secrets may not have, because a secret of the monitoring has them."""

from __future__ import annotations

from collections.abc import Iterator

from generator import facts, taken
from generator.component import Answers, Problem


def clashes(answers: Answers) -> Iterator[Problem]:
    """The services whose secret would be called as one that the monitoring reads."""
    environment = answers.production
    others = {facts.alertmanager_secret(answers, environment)}
    if facts.database_exporter(answers):
        others.add(facts.database_exporter_secret(answers, environment))
    secret = {s.name: facts.secret_id(answers, environment, s) for s in answers.services if s.secrets}
    names = {name for name, called in secret.items() if called in others}
    yield from taken.clashes(answers, "the secret of this name is the monitoring's", names=names)
