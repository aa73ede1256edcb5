"""The documents, the make targets and the other files that every component adds to.

Prose stands in the data files beside this module (`runbooks.yml`, `tables.yml`, `parts.yml`, `words.yml`) and in the
templates; this module turns parts into tables, steps and make targets, and leaves out what has no command.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from generator import facts
from generator.component import Answers, Part, Parts, builds, contributes, fill, load_parts
from generator.formats import sh_quote
from generator.parts import (
    Area,
    Decision,
    Ignored,
    MakeTarget,
    Runbook,
    RunbookInsert,
    SecurityNote,
    TodoItem,
)

from .alerts import AlertView, alerts_of
from .books import Section, books_of
from .diagram import Group, diagram_of
from .markdown import anchor, cell, paragraphs, prose, sentence, text
from .tables import rows_of, tables_of
from .targets import Required, Target, check_of, help_lines, target_of
from .words import WORDS, choices_of, has_owner, words_of


@dataclass(frozen=True)
class Paragraph:
    """Lines of `.env.example` or `.gitignore` below their comment."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """A section of the security policy."""

    title: str
    text: str


@dataclass(frozen=True)
class Context:
    """What the templates of `docs` print."""

    answers: Answers
    project: str
    description: str
    owner: str
    owner_text: str
    has_owner: bool
    owned: tuple[str, ...]
    production: str
    promotion: str
    sentence: dict[str, str]
    lines: dict[str, tuple[str, ...]]
    free_commands: str
    report_url: str
    security_notes: tuple[Note, ...]
    names: str
    required_names: str
    help: tuple[str, ...]
    required: tuple[Required, ...]
    targets: tuple[Target, ...]
    ignored: tuple[Paragraph, ...]
    variables: tuple[Paragraph, ...]
    todo: tuple[dict[str, str], ...]
    todo_count: int
    decisions: tuple[dict[str, str], ...]
    books: dict[str, tuple[Section, ...]]
    tables: dict[str, str]
    alerts: tuple[AlertView, ...]
    diagram_groups: tuple[Group, ...]
    diagram_edges: tuple[str, ...]
    without_domain: bool
    has_database: bool
    has_jobs: bool
    has_access: bool
    can_go_back: bool
    budget: str
    availability: str
    channels: dict[str, str]
    max_error_rate: str


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Folders of the documents, and what only people can say about the project: `parts.yml`."""
    yield from load_parts(__file__, "parts.yml", words_of(answers), choices_of(answers))


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Tables, steps and targets from the parts of all components."""
    made = parts.of(MakeTarget)
    names = ("help", *(t.name for t in made))
    required = tuple(dict.fromkeys(v for t in made for v in t.requires))
    inserts = parts.of(RunbookInsert)
    books = books_of(answers, parts.of(Runbook), inserts, frozenset(names))
    words = words_of(answers)
    rows = rows_of(answers, frozenset(names))
    groups, edges = diagram_of(parts)
    owned = tuple(f"/{a.path}" for a in parts.of(Area) if a.owned)
    return Context(
        answers=answers,
        project=answers.project.name,
        description=text(answers.project.description),
        owner=answers.project.owner,
        owner_text=text(answers.project.owner) or "not named yet (`project.owner` in agency-scaffold.yml)",
        has_owner=has_owner(answers),
        owned=owned,
        production=answers.production,
        promotion=" → ".join(answers.environments),
        sentence={name: fill(text, words) for name, text in WORDS["sentence"].items()},
        lines={name: tuple(row[0] for row in rows[name]) for name in ("start", "jobs", "done", "assumptions")},
        free_commands=", ".join(f"`make infra-{n}`" for n in ("verify", "todo", "build", "up", "plan") if n in names)
        or "tests",
        report_url=_report_url(answers),
        security_notes=_security_notes(parts.of(SecurityNote)),
        names=" ".join(names),
        required_names=" ".join(f"scaffold-require-{name}" for name in required),
        help=tuple(sh_quote(line).replace("$", "$$") for line in help_lines(made, answers)),
        required=tuple(Required(name, check_of(name, answers)) for name in required),
        targets=tuple(target_of(t, names) for t in made),
        ignored=_ignored(parts.of(Ignored)),
        variables=_variables(answers),
        todo=tuple(_item(t) for t in parts.of(TodoItem)),
        todo_count=len(parts.of(TodoItem)),
        decisions=tuple(_decision(d) for d in parts.of(Decision)),
        books=books,
        tables=tables_of(answers, parts, rows),
        alerts=alerts_of(parts),
        diagram_groups=groups,
        diagram_edges=edges,
        without_domain=not answers.project.domain,
        has_jobs=bool(facts.jobs(answers)),
        has_database=answers.data.database != "none",
        can_go_back="rollback" in names,
        has_access=any(section.title == "Get access" for section in books["deployment"]),
        budget=f"{answers.cost.monthly_budget_usd:,}",
        availability=f"{answers.slo.availability:g}",
        channels=_channels(answers),
        max_error_rate=f"{answers.deployment.max_error_rate * 100:g}",
    )


def _decision(decision: Decision) -> dict[str, str]:
    """A decision, and how the table above it refers to it."""
    told = {name: getattr(decision, name) for name in ("choice", "why", "costs", "instead")}
    return {name: sentence(text) if text else "" for name, text in told.items()} | {
        "topic": prose(decision.topic),
        "anchor": anchor(decision.topic),
        "cell": cell(prose(decision.choice)),
    }


def _item(item: TodoItem) -> dict[str, str]:
    fields = ("id", "severity", "file", "question", "how", "acceptance")
    return {name: " ".join(getattr(item, name).split()) for name in fields}


def _variables(answers: Answers) -> tuple[Paragraph, ...]:
    """Each variable once: a line without # is what the compose file takes from .env."""
    database = answers.data.database != "none"
    common = ["# ENVIRONMENT=   the environment's name", "# PORT=   the port to listen on"]
    if database:
        common += [f"# DATABASE_{n}=" for n in ("HOST", "PORT", "NAME", "USERNAME")]
        common += ["# The password of the local database: any text", "DATABASE_PASSWORD="]
    groups = [Paragraph("Every service: set by the platform, and for local work by the compose file", tuple(common))]
    seen: dict[str, str] = {}
    for service in answers.services:
        lines = []
        for name in service.env:
            lines.append(
                f"# {name}=   has its value in agency-scaffold.yml"
                if name not in seen
                else f"# {name}: see {seen[name]}"
            )
        for name in service.secrets:
            lines.append(f"{name}=" if name not in seen else f"# {name}: see {seen[name]}")
        seen |= {name: service.name for name in service.secrets if name not in seen}
        groups.append(Paragraph(service.name, tuple(lines) or ("# no variables of its own",)))
    return tuple(groups)


def _ignored(patterns: Sequence[Ignored]) -> tuple[Paragraph, ...]:
    """Patterns below their reason; what is taken in again comes last, where it wins."""
    ordered = sorted(patterns, key=lambda i: (i.pattern.startswith("!"), i.reason, i.pattern))
    return tuple(Paragraph(why, tuple(i.pattern for i in alike)) for why, alike in groupby(ordered, lambda i: i.reason))


def _security_notes(notes: Sequence[SecurityNote]) -> tuple[Note, ...]:
    """What components say of a topic, one below the other."""
    by_topic = groupby(sorted(notes, key=lambda n: (n.topic, n.position)), lambda n: n.topic)
    return tuple(Note(prose(topic), paragraphs("\n\n".join(n.text for n in alike))) for topic, alike in by_topic)


def _report_url(answers: Answers) -> str:
    if answers.ci.system != "github-actions" or not answers.project.repository:
        return ""
    return f"https://github.com/{answers.project.repository}/security/advisories/new"


def _channels(answers: Answers) -> dict[str, str]:
    """Who is told at each level, in words."""
    shown = WORDS["channel"]
    told = {level: [shown[c] for c in facts.told(answers, level)] for level in ("warning", "critical", "emergency")}
    return {level: (" and " if len(names) < 3 else ", ").join(names) for level, names in told.items()}
