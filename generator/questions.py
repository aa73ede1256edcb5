"""The questions: their texts, and what Copier calls back while somebody answers them.

`tools/generate.py` makes `templates/questionnaire/copier.yml` from this module, and that file names `Callbacks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from generator import catalog
from generator.answers import dotted
from generator.answers.keys import Key, by_name, groups, word
from generator.answers.nearest import nearest
from generator.answers.read import read
from generator.answers.settings import assign, services_line
from generator.answers.usual import OF_LANGUAGE, REGIONS, preview_obstacle
from generator.errors import AnswersError, Problem
from generator.plan import check
from generator.served import nearest_possible, offers, settle
from generator.shifts import impossible

COLUMNS: Final = 80
SERVICES: Final = "name:kind:language:port, ..."

ASKED: Final = {
    "project.name": "Name of the project? (a-z, 0-9 and -)",
    "project.description": "What is it, in one line? (empty: later)",
    "project.repository": "Repository on GitHub? (org/name, empty: later)",
    "project.owner": "Which team owns it? (@org/team, empty: later)",
    "project.domain": "DNS zone of its hosts? (shop.example.org, empty: later)",
    "services": f"Which services? ({SERVICES})\n"
    "   a job has a cron line for a port: tick:job:go:0 3 * * *\n"
    "   kinds: {kinds}\n"
    "   languages: {languages}",
    "cloud.provider": "Which cloud?",
    "cloud.region": "Which region? (one with three zones)",
    "orchestration.platform": "What runs the containers?",
    "orchestration.delivery": "Who carries out a release? (native: our scripts)",
    "deployment.strategy": "How does a new version replace the old one?",
    "deployment.canary_steps": "Percent of the traffic at each step? (rising to 100)\n"
    "   ECS: one part and 100, or equal steps of 3 % or more, as 25, 50, 75, 100",
    "deployment.canary_minutes": "Minutes over all steps?\n"
    "   one for each before the last, or more; ECS: the same whole minutes for each",
    "environments": "Which environments? (promotion order, the last is production)",
    "previews.enabled": "One for each pull request with the label preview?",
    "ci.system": "Where do pipelines run?",
    "iac.tool": "What describes the cloud's resources?",
    "data.database": "Which managed database?",
    "backup.retention_days": "Days that backups of the database are kept?",
    "monitoring.backend": "What holds metrics and alerts?",
    "monitoring.dashboards": "Dashboards of services, infrastructure and database?",
    "monitoring.channels": "Where do alerts go? (at least one)",
    "slo.availability": "Percent of requests that must be good, in 30 days?",
    "security.scanners": "Which scanners must pass before a merge and a release?",
    "cost.monthly_budget_usd": "Budget of each environment, in USD a month?",
}
"""The keys that are asked, in order, with their question; all others keep their default until the file is edited."""

CONDITIONS: Final = {"previews.enabled": "previews_possible()"}
"""When a question has a point, beside what the contract says (`applies`): an expression of the questionnaire."""

OFFERED: Final = ("cloud.region", "deployment.canary_steps", "deployment.canary_minutes")
"""The keys whose default depends on the answers before them: what was answered earlier need not go with these."""

CARRIED_OUT: Final = OFFERED[1:]
"""The keys of which those who carry out a release have a say, as soon as they are answered."""

RULES: Final = {
    "project.name": "a-z, 0-9, -; a-z first; at most 63",
    "project.description": "at most 200, no secrets",
    "project.repository": "org/name, or empty",
    "project.owner": "@org/team or text, no secrets",
    "project.domain": "as shop.example.org, or empty",
    "services": "1 to 30 of name:kind:language:port",
    "services[].kind": "kind: one must not be a job",
    "services[].schedule": "as tick:job:go:{nearest}",
    "services[].name": "name: unique, a-z, 0-9, -, at most 30",
    "cloud.region": "such as {nearest}",
    "deployment.canary_steps": "rising, the last 100",
    "deployment.canary_steps[]": "each 1 to 100",
    "environments": "1 to 8 names, each once",
    "environments[]": "each a-z, 0-9, -; at most 20",
    "monitoring.channels": "at least one",
}
"""What a wrong answer is told: the rule, short, since Copier puts a sentence before it and cuts at the screen's width.

The other rules follow from the contract: limits of numbers, choices that are served.
`{nearest}` is the nearest valid value.
"""


def question(key: str) -> str:
    """The name of a key's question: the first dot becomes `_`, as Copier's names are Jinja names."""
    return key.replace(".", "_", 1)


def title(key: str) -> str:
    """The title of the group that a key belongs to."""
    group = by_name()[key].group if key in by_name() else key
    return {"services": "Services", "environments": "Environments"}.get(group) or groups()[group]


def served_somewhere(key: str) -> tuple[Any, ...]:
    """The choices of a key that any component serves, in the order of the contract; doing without needs none."""
    about = by_name()[key]
    served = {v for c in catalog.components() for v in c.manifest.serves.get(key, ())} | {False}
    return tuple(v for v in about.choices if v in served or v == about.default == "none")


def limits(key: Key) -> str:
    """The range of a number in words; "" where there is none."""
    for meta in key.metas:
        low, high = meta.ge if meta.ge is not None else meta.gt, meta.le if meta.le is not None else meta.lt
        if low is not None and high is not None:
            return f"{'' if meta.ge is not None else 'above '}{low} to {'' if meta.le is not None else 'below '}{high}"
    return ""


def service_words(services: Any) -> str:
    """Services in the grammar of the one-line question."""
    out = []
    for service in services if isinstance(services, (list, tuple)) else ():
        last = "schedule" if service.get("kind") == "job" else "port"
        words = [str(service.get(k, "")) for k in ("name", "kind", "language", last)]
        out.append(":".join(words).rstrip(":"))
    return ", ".join(out)


def merged(raw: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The earlier answers with what was asked put in; details of services that keep their name stay.

    A choice without a point with what was asked goes: nobody is asked for it, so nobody could take it back.
    Raises AnswersError where a text cannot be read.
    """
    out: dict[str, Any] = {k: dict(v) if isinstance(v, Mapping) else v for k, v in raw.items()}
    wrong: list[Problem] = []
    for name, value in asked.items():
        if name == "services":
            before = {s.get("name"): s for s in out.get("services") or () if isinstance(s, Mapping)}
            out["services"] = [_service(before.get(s.get("name"), {}), s) for s in services_line(value)]
        elif by_name()[name].choices:
            dotted.put(out, name, value)
        else:
            wrong += assign(out, [f"{name}={value.strip()}"])
    if wrong:
        raise AnswersError(tuple(wrong))
    for name, key in by_name().items():
        if _pointless(key, asked) and dotted.get(out, name) is not None:
            dotted.put(out, name, None)
    return out


def _pointless(key: Key, asked: Mapping[str, Any]) -> bool:
    """Whether it is a choice that has no effect with what was asked."""
    without = [needed for needed, wanted in key.applies.items() if asked.get(needed, wanted[0]) not in wanted]
    return bool(key.choices and without)


def _service(before: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """A service as asked, with its earlier details: but for the schedule of what is no job any more, and what was
    true in another language alone."""
    changed = asked.get("language", before.get("language")) != before.get("language", asked.get("language"))
    out = {**{k: v for k, v in before.items() if not (changed and k in OF_LANGUAGE)}, **asked}
    return out if out.get("kind") == "job" else {k: v for k, v in out.items() if k != "schedule"}


def refusal(key: str, raw: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """Why an answer is refused, in a few words, or "": `raw` was given, `asked` are the answers up to this one.

    The rules are those that hold for the whole, so what is accepted here is not refused at the end.
    """
    try:
        answers = merged(raw, asked)
        for short in _unserved(answers) if key == "services" else ():
            return short
        found = _objections(key, answers)
    except AnswersError as error:
        found = error.problems
    for problem in found:
        flat = re.sub(r"\[[0-9]+\]", "[]", problem.key)
        if re.match(rf"{re.escape(key)}(?![a-z_])", flat):
            return _told(key, flat, _nearest(key, problem.nearest, raw, asked))
    return ""


def _nearest(key: str, near: str, raw: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """What is nearest and goes with the other answers, too."""
    if not near or key not in CARRIED_OUT:
        return near
    found = _objections(key, merged(raw, {**asked, key: near}))
    return next((problem.nearest for problem in found if problem.key == key), near)


def _objections(key: str, answers: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with the answers so far; where the key is about a release, also what nobody can carry out."""
    data, wrong = read(answers)
    needed = by_name()[key].applies if key in CARRIED_OUT else {}
    if wrong or not needed or any(dotted.get(data, name) not in wanted for name, wanted in needed.items()):
        return wrong
    if cannot := tuple(impossible(data)):
        return tuple(nearest_possible(answers, cannot))
    try:
        check(settle(answers)[0])
    except AnswersError as error:
        return error.problems
    return ()


def _told(key: str, flat: str, near: str) -> str:
    """The nearest steps or minutes, which say more than their rule, where there is room for them; else the rule."""
    fits = len(f"Validation error for question '{question(key)}': such as {near}") <= COLUMNS
    return f"such as {near}" if key in CARRIED_OUT and near and fits else _rule(flat).format(nearest=near)


def offered(key: str, raw: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """What stands in a question: what was answered before or is usual; the nearest, where that does not go any more."""
    answers = merged(raw, asked)
    nearest_one = next((p.nearest for p in _objections(key, answers) if p.key == key and p.nearest), "")
    return nearest_one.replace(",", ", ") or word(dotted.get(read(answers)[0], key))


def _unserved(answers: Mapping[str, Any]) -> Iterator[str]:
    """What is told of a kind or language that is not served: the valid ones stand in the question above it."""
    for field in ("kind", "language"):
        served = served_somewhere(f"services[].{field}")
        for given in (service.get(field, served[0]) for service in answers["services"]):
            if given not in served:
                near = nearest(given, served)
                yield f"{field}: perhaps {near}" if near else f"{field}: one of those above"


def _rule(key: str) -> str:
    about = by_name().get(key)
    last = key.rpartition(".")[2]
    if key in RULES:
        return RULES[key]
    if about and (words := limits(about)):
        return f"{last}: {words}" if "[]" in key else f"whole, {words}" if about.type is int else words
    return f"{last} does not go with this"


@pass_context
def _refusal(context: Context, key: str) -> str:
    if key in context["kept"]:  # an answer that is not asked again: what became wrong with it is told in the end
        return ""
    return refusal(key, context["given"], _before(context, key) | {key: context[question(key)]})


@pass_context
def _offered(context: Context, key: str) -> str:
    return offered(key, context["given"], _before(context, key))


def _before(context: Context, key: str) -> dict[str, Any]:
    """The answers before a key's."""
    before = list(ASKED)[: list(ASKED).index(key)]
    return {k: context[question(k)] for k in before if question(k) in context}


def without(platform: str, raw: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """Which kind of the services that were answered a platform does not serve, in a few words, or ""."""
    data, _ = read(merged(raw, asked))
    known = {"orchestration.platform": platform}
    served = tuple(offers("services[].kind", lambda k: known.get(k) or dotted.get(data, k)))
    missing = sorted({s["kind"] for s in data["services"]} - set(served))
    return f"no {missing[0]} yet" if missing else ""


@pass_context
def _without(context: Context, platform: str) -> str:
    return without(platform, context["given"], {"services": context["services"]})


def previews_possible(raw: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether these answers leave room for previews."""
    data, _ = read(merged(raw, asked))
    return not preview_obstacle(data["project"]["domain"], data["environments"], data["services"])


@pass_context
def _previews_possible(context: Context) -> bool:
    needed = ("project.name", "project.domain", "services", "environments")
    return previews_possible(context["given"], {k: context[question(k)] for k in needed if question(k) in context})


@pass_context
def _region(context: Context) -> str:
    """The region that was answered before, as long as the provider has it."""
    regions = REGIONS[context["cloud_provider"]]
    chosen = dotted.get(context["given"], "cloud.region")
    return chosen if chosen in regions else regions[0]


class Callbacks(Extension):
    """The functions of the questionnaire's own expressions."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.globals.update(
            refusal=_refusal, without=_without, region=_region, offered=_offered, previews_possible=_previews_possible
        )
