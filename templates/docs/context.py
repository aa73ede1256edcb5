"""The documents, the make targets and the other files that every component adds to.

Prose stands in the data files beside this module (`runbooks.yml`, `tables.yml`, `parts.yml`, `words.yml`) and in the
templates; this module turns parts into tables, steps and make targets, and leaves out what has no command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, fill, load_parts, load_yaml
from generator.formats import md, sh_quote, to_make
from generator.parts import (
    Alert,
    Area,
    CiVariable,
    Decision,
    DiagramEdge,
    DiagramNode,
    Flow,
    Ignored,
    MakeTarget,
    Runbook,
    SizeRow,
    TodoItem,
)

WORDS: Final[dict[str, dict[str, str]]] = load_yaml(__file__, "words.yml")


@dataclass(frozen=True)
class Required:
    """A make variable that some target needs."""

    name: str
    check: str
    """The make expression that ends make with a message where the variable is missing or wrong."""


@dataclass(frozen=True)
class Target:
    """A target of `scaffold.mk`; `prerequisites` begins with a space where there are any."""

    name: str
    help: str
    prerequisites: str
    recipe: tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A numbered step; `block` is its command as an indented code block."""

    number: int
    text: str
    command: str
    block: str


@dataclass(frozen=True)
class Section:
    """A section of a runbook."""

    position: int
    title: str
    text: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class AlertView:
    """An alert as its runbook section prints it."""

    name: str
    severity: str
    after: str
    summary: str
    meaning: str
    diagnose: tuple[str, ...]
    act: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """A box of the diagram."""

    id: str
    title: str
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """Lines of `.env.example` or `.gitignore` below their comment."""

    title: str
    lines: tuple[str, ...]


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
    names: str
    required_names: str
    help: tuple[str, ...]
    required: tuple[Required, ...]
    targets: tuple[Target, ...]
    ignored: tuple[Paragraph, ...]
    variables: tuple[Paragraph, ...]
    todo: tuple[dict[str, str], ...]
    decisions: tuple[dict[str, str], ...]
    books: dict[str, tuple[Section, ...]]
    tables: dict[str, str]
    alerts: tuple[AlertView, ...]
    diagram_groups: tuple[Group, ...]
    diagram_edges: tuple[str, ...]
    without_domain: bool
    has_database: bool
    has_port_forward: bool
    has_access: bool
    budget: str
    availability: str
    channels: dict[str, str]
    max_error_rate: str


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Folders of the documents, and what only people can say about the project: `parts.yml`."""
    yield from load_parts(__file__, "parts.yml", _words(answers), _choices(answers))


def _choices(answers: Answers) -> frozenset[str]:
    """What `when` of the data files may name: choices, and whether something is there."""
    there = {
        "repository": bool(answers.project.repository),
        "owner": _has_owner(answers),
        "domain": bool(answers.project.domain),
        "description": bool(answers.project.description),
        "database": answers.data.database != "none",
        "cache": answers.data.cache != "none",
        "object-storage": answers.data.object_storage,
        "public": bool(facts.public(answers)),
        "several-environments": len(answers.environments) > 1,
    }
    tools = (answers.cloud.provider, answers.orchestration.platform, answers.ci.system, answers.iac.tool)
    regions = "cross-region" if answers.backup.cross_region else "one-region"
    return frozenset([*tools, regions, *(name if holds else f"no-{name}" for name, holds in there.items())])


def _words(answers: Answers) -> dict[str, str]:
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
        "SERVICES_COUNT": f"{count} service{'s' if count > 1 else ''}",
        "REGION": answers.cloud.region,
        "NAMESPACE": facts.namespace(answers),
        "SECONDARY_REGION": answers.cloud.secondary_region,
        "BACKUP_DAYS": str(answers.backup.retention_days),
        "MIN": str(answers.scaling.min),
        "MAX": str(answers.scaling.max),
        "STRATEGY": answers.deployment.strategy,
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
    return words | {"PLATFORM": fill(WORDS["platform"][answers.orchestration.platform], words)}


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Tables, steps and targets from the parts of all components."""
    made = parts.of(MakeTarget)
    names = ("help", *(t.name for t in made))
    required = tuple(dict.fromkeys(v for t in made for v in t.requires))
    books = _books(answers, parts.of(Runbook), frozenset(names))
    words = _words(answers)
    rows = _rows(answers, frozenset(names))
    alerts = parts.of(Alert)
    groups, edges = _diagram(parts)
    owned = tuple(_absolute(a.path) for a in parts.of(Area) if a.owned)
    return Context(
        answers=answers,
        project=answers.project.name,
        description=_text(answers.project.description),
        owner=answers.project.owner,
        owner_text=_text(answers.project.owner) or "not named yet (`project.owner` in agency-scaffold.yml)",
        has_owner=_has_owner(answers),
        owned=owned,
        production=answers.production,
        promotion=" → ".join(answers.environments),
        sentence={name: fill(text, words) for name, text in WORDS["sentence"].items()},
        lines={name: tuple(row[0] for row in rows[name]) for name in ("start", "done", "assumptions")},
        free_commands=_join([f"`make {n}`" for n in ("verify", "todo", "build", "up", "plan") if n in names]),
        report_url=_report_url(answers),
        names=" ".join(names),
        required_names=" ".join(f"scaffold-require-{name}" for name in required),
        help=tuple(sh_quote(line).replace("$", "$$") for line in _help(made, answers)),
        required=tuple(Required(name, _check(name, answers)) for name in required),
        targets=tuple(_target(t, names) for t in made),
        ignored=_ignored(parts.of(Ignored)),
        variables=_variables(answers),
        todo=tuple(_item(t) for t in parts.of(TodoItem)),
        decisions=tuple(_decision(d) for d in parts.of(Decision)),
        books=books,
        tables=_tables(answers, parts, rows),
        alerts=tuple(_alert(a) for a in alerts),
        diagram_groups=groups,
        diagram_edges=edges,
        without_domain=not answers.project.domain,
        has_database=answers.data.database != "none",
        has_port_forward=answers.monitoring.backend == "prometheus" and answers.orchestration.platform == "kubernetes",
        has_access=any(section.title == "Get access" for section in books["deployment"]),
        budget=f"{answers.cost.monthly_budget_usd:,}",
        availability=f"{answers.slo.availability:g}",
        channels=_channels(answers),
        max_error_rate=f"{answers.deployment.max_error_rate * 100:g}",
    )


# --- Markdown -----------------------------------------------------------------------------------


def _text(value: str) -> str:
    """Text of the user: every character that Markdown or HTML would take for itself is escaped."""
    return re.sub(r"[&~$]", lambda found: {"&": "&amp;", "~": "\\~", "$": "&#36;"}[found[0]], md(value))


def _prose(value: str) -> str:
    """Markdown of a component, on one line: outside of code spans `<` is text, and so is a bare `*`."""
    pieces = re.split(r"(`[^`]+`)", " ".join(value.split()))
    return "".join(
        piece if number % 2 else re.sub(r"(?<!\\)<", r"\\<", re.sub(r"(?<![*\\])\*(?!\*)", r"\\*", piece))
        for number, piece in enumerate(pieces)
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], none: str = "Nothing yet.") -> str:
    """A compact Markdown table; `none` where there are no rows."""
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if not lines:
        return none
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])


def _cell(value: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(value.split())) or " "


def _anchor(title: str) -> str:
    """The fragment that GitHub and GitLab make of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _join(words: Sequence[str]) -> str:
    return ", ".join(words) if words else "run tests"


def _code_block(command: str, width: int) -> str:
    """A fenced block, indented to belong to a list item."""
    pad = " " * width
    lines = ("```bash", *command.strip("\n").split("\n"), "```")
    return "\n".join(f"{pad}{line}" if line else "" for line in lines)


# --- make ---------------------------------------------------------------------------------------


def _target(target: MakeTarget, names: Sequence[str]) -> Target:
    first = [f"scaffold-require-{name}" for name in target.requires]
    needed = [*first, *(f"infra-{need}" for need in target.needs if need in names)]
    lines = tuple(line for entry in target.recipe for line in entry.replace("\n", "\n\t").split("\n"))
    return Target(target.name, target.help, "".join(f" {name}" for name in needed), lines)


def _usage(target: MakeTarget, answers: Answers) -> str:
    examples = WORDS["example"] | {"ENV": answers.environments[0]}
    return " ".join([f"make {target.name}", *(f"{v}={examples.get(v, '<value>')}" for v in target.requires)])


def _help(targets: Sequence[MakeTarget], answers: Answers) -> Iterator[str]:
    """The lines of `make help`: groups in their order, descriptions aligned."""
    rows = {"local": [("help", "Show this list")]} if not targets else {}
    for target in targets:
        shown = " ".join([target.name, *(f"{name}=" for name in target.requires)])
        rows.setdefault(target.group, []).append((shown, target.help))
    width = max(len(shown) for group in rows.values() for shown, _ in group)
    yield "Usage: make TARGET [NAME=value ...]"
    for group, lines in rows.items():
        yield ""
        yield WORDS["targets"][group]
        for shown, text in lines:
            yield f"  {shown:<{width}}  {text}"
    yield ""
    yield f"ENV is one of: {' '.join(answers.environments)}"


def _check(name: str, answers: Answers) -> str:
    if name == "ENV":
        names = " ".join(answers.environments)
        ok = f"$(and $(filter 1,$(words $(ENV))),$(filter {names},$(ENV)))"
        return f"$(if {ok},,$(error ENV must be one of: {names} (such as ENV={answers.environments[0]})))"
    example = WORDS["example"].get(name, "<value>")
    return f"$(if $(strip $({name})),,$(error {name} is not set (such as {name}={to_make(example)})))"


def _commands_table(targets: Sequence[MakeTarget], answers: Answers) -> str:
    rows = [(f"`{_usage(t, answers)}`", _prose(t.help)) for t in targets]
    return _table(("Command", "What it does"), [("`make help`", "Show this list"), *rows])


# --- runbooks -----------------------------------------------------------------------------------


def _books(answers: Answers, contributed: Sequence[Runbook], names: frozenset[str]) -> dict[str, tuple[Section, ...]]:
    """The sections of each runbook: the neutral ones and those of components, by position and title."""
    found: dict[str, list[Section]] = {}
    for book, sections in load_yaml(__file__, "runbooks.yml").items():
        found[book] = [s for s in (_neutral(raw, _choices(answers), names, _words(answers)) for raw in sections) if s]
    for part in contributed:
        steps = _steps((text, command) for text, command in part.steps)
        found[part.book].append(Section(part.position, part.title, _paragraphs(part.text), steps))
    return {
        book.replace("-", "_"): tuple(sorted(sections, key=lambda s: (s.position, s.title)))
        for book, sections in found.items()
    }


def _neutral(
    raw: dict[str, Any], chosen: frozenset[str], names: frozenset[str], words: dict[str, str]
) -> Section | None:
    """A section of `runbooks.yml`; None where this plan has no command for it."""
    if not chosen.issuperset(raw.get("when", ())) or not names.issuperset(raw.get("needs", ())):
        return None
    kept = (
        s for s in raw.get("steps", ()) if names.issuperset(s.get("needs", ())) and chosen.issuperset(s.get("when", ()))
    )
    steps = _steps((fill(s["say"], words), fill(s.get("run", ""), words)) for s in kept)
    return Section(raw["position"], raw["title"], _paragraphs(fill(raw.get("text", ""), words)), steps)


def _steps(steps: Iterable[tuple[str, str]]) -> tuple[Step, ...]:
    return tuple(
        Step(number, _sentence(text), command, _code_block(command, len(str(number)) + 2) if command else "")
        for number, (text, command) in enumerate(steps, 1)
    )


def _sentence(text: str) -> str:
    shown = _prose(text)
    return shown if shown.endswith((".", ":", ";", "!", "?")) else f"{shown}."


def _paragraphs(text: str) -> str:
    """Text with its own paragraphs and tables kept."""
    return "\n\n".join(
        paragraph.strip("\n") if paragraph.lstrip().startswith("|") else _prose(paragraph)
        for paragraph in text.strip().split("\n\n")
        if paragraph.strip()
    )


LABELS: Final = {
    "SERVICE": "service",
    "NAMESPACE": "namespace",
    "POD": "pod",
    "NODE": "node",
    "DEPLOYMENT": "deployment",
}
"""The label that a word of capitals in an alert's commands stands for; NAME is the one that its summary names."""
ALERTS: Final = "/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy/api/v1/alerts"
"""Where Prometheus lists what fires, asked through the API server."""


def _labels(alert: Alert) -> dict[str, str]:
    """The words of capitals in an alert's commands, with their labels."""
    named = re.search(r"\$labels\.(\w+)", alert.summary)
    labels = LABELS | ({"NAME": named[1]} if named else {})
    return {word: label for word, label in labels.items() if re.search(rf"\b{word}\b", "\n".join(alert.diagnose))}


def _with_variables(text: str, words: Iterable[str]) -> str:
    return re.sub(rf"\b({'|'.join(words)})\b", r'"$\1"', text) if words else text


def _commands(alert: Alert, labels: dict[str, str]) -> tuple[str, ...]:
    """The commands of an alert, after lines that read the labels they need from the alert that fires now."""
    lines = [line for entry in alert.diagnose for line in entry.strip("\n").split("\n")]
    if not labels:
        return tuple(lines)
    query = f'[.data.alerts[].labels | select(.alertname == "{alert.name}")][0]'
    read = [f"FIRING=$(kubectl get --raw {ALERTS} | jq '{query}')"]
    read += [f"{word}=$(jq -r '.{label}' <<<\"$FIRING\")" for word, label in labels.items()]
    return (*read, *(_with_variables(line, labels) for line in lines))


def _alert(alert: Alert) -> AlertView:
    meaning, labels = alert.meaning or alert.description, _labels(alert)
    return AlertView(
        name=alert.name,
        severity="none (it shows that alerting works)" if alert.severity == "none" else alert.severity,
        after="at once" if alert.for_ == "0s" else alert.for_,
        summary=_sentence(_plain(alert.summary)),
        meaning=_sentence(_plain(meaning)),
        diagnose=_commands(alert, labels),
        act=tuple(
            f"{number}. {_sentence(_plain(_with_variables(text, labels)))}" for number, text in enumerate(alert.act, 1)
        ),
    )


def _plain(text: str) -> str:
    """An annotation without its template: labels and values as what stands for them."""
    text = re.sub(r"\{\{-? *(?:if|else|end|with|range)\b[^}]*\}\}", "", text)
    text = re.sub(r"\{\{-?\s*\$labels\.(\w+)\s*-?\}\}", r"`<\1>`", text)
    return re.sub(r"\{\{[^}]*\}\}", "`<value>`", text)


def _alerts_table(alerts: Sequence[Alert], page: str) -> str:
    rows = [(f"[{a.name}]({page}#{_anchor(a.name)})", a.severity, a.for_, _prose(_plain(a.summary))) for a in alerts]
    return _table(("Alert", "Level", "Fires after", "Says"), rows, "No alert rules are part of this repository.")


# --- tables -------------------------------------------------------------------------------------


def _rows(answers: Answers, names: frozenset[str]) -> dict[str, list[list[str]]]:
    """The rows of the fixed tables of `tables.yml` that hold here."""
    chosen, words = _choices(answers), _words(answers)
    return {
        name: [
            [fill(cell, words) for cell in row["cells"]]
            for row in table["rows"]
            if chosen.issuperset(row.get("when", ())) and names.issuperset(row.get("needs", ()))
        ]
        for name, table in load_yaml(__file__, "tables.yml").items()
        if "rows" in table
    }


def _written_tables(answers: Answers, parts: Parts, rows: dict[str, list[list[str]]]) -> Iterator[tuple[str, str]]:
    """The tables of `tables.yml`: with fixed rows, or with a row for each of something."""
    items = {
        "service": [_service(s) for s in answers.services],
        "long-running service": [_service(s) for s in facts.long_running(answers)],
        "environment": [_environment(answers, e) for e in answers.environments],
        "variable of the pipelines": [_variable(v) for v in parts.of(CiVariable)],
    }
    words = {"ACCOUNT": WORDS["account"][answers.cloud.provider]}
    for name, table in load_yaml(__file__, "tables.yml").items():
        if "each" in table:
            made = [[fill(cell, item) for cell in table["cells"]] for item in items[table["each"]]]
            yield name, _table([fill(word, words) for word in table["head"]], made, table.get("none", ""))
        elif "head" in table:
            yield name, _table(table["head"], rows[name])


def _tables(answers: Answers, parts: Parts, rows: dict[str, list[list[str]]]) -> dict[str, str]:
    """Every table of the documents, as Markdown."""
    alerts = parts.of(Alert)
    return {
        **dict(_written_tables(answers, parts, rows)),
        "commands": _commands_table(parts.of(MakeTarget), answers),
        "map": _table(
            ("Path", "What it is", "Keep in mind"),
            [(f"`{_absolute(a.path)[1:]}`", _prose(a.purpose), _prose(a.rule)) for a in parts.of(Area)],
        ),
        "sizes": _table(
            ("What", *answers.environments),
            [(_prose(r.what), *map(_prose, r.values)) for r in parts.of(SizeRow)],
            "No sizes are set by this repository.",
        ),
        "hosts": _table(
            ("Service", *answers.environments),
            [
                (s.name, *(f"`{facts.host(answers, s, e)}`" for e in answers.environments))
                for s in facts.public(answers)
            ],
            "No service is public.",
        ),
        "flows": _table(
            ("From", "To", "Port", "Why", "Enforced by"),
            [tuple(map(_prose, (f.source, f.target, f.port, f.why, f.enforced_by))) for f in parts.of(Flow)],
            "No component of this repository describes its flows.",
        ),
        "alerts": _alerts_table(alerts, "../runbooks/alerts.md"),
        "alert_index": _alerts_table(alerts, ""),
    }


def _service(service: Service) -> dict[str, str]:
    """A service as the tables show it."""
    job, silent = service.kind == "job", service.metrics == "none"
    requests = facts.has_requests(service)
    return {
        "NAME": service.name,
        "KIND": service.kind,
        "LANGUAGE": service.language,
        "VERSION": service.version,
        "MANAGER": service.package_manager,
        "PATH": service.path,
        "PORT": "none" if job else str(service.port),
        "HEALTH": "none" if job else f"`{service.health_path}`",
        "PUBLIC": "yes" if service.public else "no",
        "VARIABLES": ", ".join(f"`{n}`" for n in (*service.env, *service.secrets)) or "none",
        "SERVES": "requests, health, metrics" if requests else "health, metrics",
        "METRICS": service.metrics,
        "METRICS_PATH": "none" if silent else f"`{service.metrics_path}`",
        "REQUEST_METRICS": WORDS["metrics"][service.metrics] if requests else "none: it answers no requests",
    }


def _environment(answers: Answers, environment: str) -> dict[str, str]:
    """An environment as the tables show it."""
    account = facts.account(answers, environment)
    return {
        "NAME": environment,
        "ID": f"`{account}`" if account else "not named yet",
        "REGION": answers.cloud.region,
        "RELEASED_BY": "a version tag and an approval"
        if environment == answers.production
        else "a merge to the main branch",
        "HOSTS": ", ".join(f"`{facts.host(answers, s, environment)}`" for s in facts.public(answers)) or "none",
        "NETWORK": facts.network_cidr(answers, environment),
    }


def _variable(variable: CiVariable) -> dict[str, str]:
    """A variable of the pipelines as the table shows it."""
    return {
        "NAME": variable.name,
        "KIND": "secret" if variable.secret else "variable",
        "SET_FOR": "each environment" if variable.scope == "environment" else "the repository",
        "SOURCE": WORDS["ci_source"][variable.source],
        "PURPOSE": _prose(variable.purpose),
    }


# --- the rest -----------------------------------------------------------------------------------


def _diagram(parts: Parts) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """Boxes with their nodes, and the arrows whose ends both exist."""
    nodes = parts.of(DiagramNode)
    known = {n.id for n in nodes}
    shapes = {"box": '["{}"]', "round": '("{}")', "database": '[("{}")]'}
    groups = tuple(
        Group(
            f"group_{group}",
            title,
            tuple(_node(n.id) + shapes[n.shape].format(_mermaid(n.label)) for n in nodes if n.group == group),
        )
        for group, title in WORDS["nodes"].items()
        if any(n.group == group for n in nodes)
    )
    edges = tuple(
        f"{_node(e.source)} -->{_edge_label(e.label)} {_node(e.target)}"
        for e in parts.of(DiagramEdge)
        if e.source in known and e.target in known
    )
    return groups, edges


def _node(identifier: str) -> str:
    """A node's id; the prefix keeps it apart from Mermaid's own words, such as `end`."""
    return "n_" + re.sub(r"[^A-Za-z0-9]", lambda found: "_" if found[0] == "-" else f"_{ord(found[0]):x}", identifier)


def _edge_label(label: str) -> str:
    return f'|"{_mermaid(label)}"|' if label else ""


def _mermaid(text: str) -> str:
    """Text inside of a quoted label, by character codes where it could end the label or become markup."""
    return re.sub(r'[#"<>`\\|{}&;]', lambda found: f"#{ord(found[0])};", " ".join(text.split()))


def _decision(decision: Decision) -> dict[str, str]:
    """A decision, and how the table above it refers to it."""
    told = {name: getattr(decision, name) for name in ("choice", "why", "costs", "instead")}
    return {name: _sentence(text) if text else "" for name, text in told.items()} | {
        "topic": _prose(decision.topic),
        "anchor": _anchor(decision.topic),
        "cell": _cell(_prose(decision.choice)),
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


def _has_owner(answers: Answers) -> bool:
    return bool(re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?", answers.project.owner))


def _absolute(path: str) -> str:
    """A path as CODEOWNERS wants it: from the root, folders with a slash at the end."""
    name = path.rstrip("/").rsplit("/", 1)[-1]
    is_file = "." in name.lstrip(".") and not path.endswith("/")
    return f"/{path.strip('/')}" + ("" if is_file else "/")


def _report_url(answers: Answers) -> str:
    if answers.ci.system != "github-actions" or not answers.project.repository:
        return ""
    return f"https://github.com/{answers.project.repository}/security/advisories/new"


def _channels(answers: Answers) -> dict[str, str]:
    """Who is told at each level, in words."""
    shown = WORDS["channel"]
    told = {level: [shown[c] for c in facts.told(answers, level)] for level in ("warning", "critical", "emergency")}
    return {level: (" and " if len(names) < 3 else ", ").join(names) for level, names in told.items()}
