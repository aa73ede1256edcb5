"""The documents, the make targets and the other files that every component adds to.

Prose that holds on every platform stands in `runbooks.yml` and in the templates; this module
turns parts into tables, steps and make targets, and leaves out what this plan has no command for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from generator import facts
from generator.component import Answers, Part, Parts, Service, builds, contributes, load_yaml
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

GROUPS: Final = {
    "local": "On this computer",
    "check": "Checks",
    "infrastructure": "Infrastructure",
    "release": "Releases",
}
DIAGRAM_GROUPS: Final = {
    "outside": "Outside",
    "edge": "Edge",
    "cluster": "Platform",
    "data": "Data",
    "operations": "Operations",
    "ci": "Pipelines",
}
EXAMPLES: Final = {"VERSION": "v1.0.0", "TO": "v1.0.0", "IMAGES": '"<service>=sha256:<digest> ..."'}
"""What a make variable looks like, for `make help` and for its error message."""


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
    has_diagnose: bool
    has_act: bool


@dataclass(frozen=True)
class DecisionView:
    """A decision, and how the table above it refers to it."""

    topic: str
    anchor: str
    cell: str
    choice: str
    why: str
    costs: str
    instead: str


@dataclass(frozen=True)
class Line:
    """A node or an edge of the diagram, as Mermaid."""

    line: str


@dataclass(frozen=True)
class Group:
    """A box of the diagram."""

    id: str
    title: str
    nodes: tuple[Line, ...]


@dataclass(frozen=True)
class Variables:
    """A paragraph of `.env.example`."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What the templates of `docs` print."""

    project: str
    description: str
    owner: str
    owner_text: str
    has_owner: bool
    owned: tuple[str, ...]
    production: str
    promotion: str
    overview: str
    start: tuple[str, ...]
    free_commands: str
    done: tuple[str, ...]
    report_url: str
    names: str
    required_names: str
    help: tuple[str, ...]
    required: tuple[Required, ...]
    targets: tuple[Target, ...]
    ignored: tuple[Ignored, ...]
    variables: tuple[Variables, ...]
    todo: tuple[dict[str, str], ...]
    decisions: tuple[DecisionView, ...]
    assumptions: tuple[str, ...]
    budget: str
    deployment: tuple[Section, ...]
    incident_response: tuple[Section, ...]
    scaling: tuple[Section, ...]
    disaster_recovery: tuple[Section, ...]
    ci_table: str
    commands_table: str
    map_table: str
    services_table: str
    environments_table: str
    sizes_table: str
    hosts_table: str
    flows_table: str
    ports_table: str
    recovery_table: str
    failure_table: str
    metrics_table: str
    alerts_table: str
    alert_index: str
    alerts: tuple[AlertView, ...]
    has_alerts: bool
    no_alerts: bool
    has_diagram: bool
    diagram_groups: tuple[Group, ...]
    diagram_edges: tuple[Line, ...]
    without_domain: bool
    has_database: bool
    has_cdn: bool
    scaling_min: int
    scaling_max: int
    cpu_percent: int
    memory_percent: int
    warning_channels: str
    critical_channels: str
    emergency_channels: str
    monitoring_overview: str
    has_port_forward: bool
    availability: str
    latency: int
    error_budget: str
    bake_minutes: int
    max_error_rate: str
    max_p95: int


@contributes
def parts(answers: Answers) -> Iterable[Part]:
    """Folders of the documents, and what only people can say about the project."""
    yield Area(
        path="docs/runbooks/",
        purpose="What to do, step by step: deployment, incidents, scaling, recovery, one section per alert",
        rule="Every command must exist; change the runbook in the pull request that changes the command",
    )
    yield Area(
        path="docs/infrastructure/",
        purpose="How it is built: architecture, networking, monitoring",
        rule="Change it with what it describes",
    )
    yield Area(
        path=".agency/",
        purpose="Decisions, the to-do list, the record of what was generated, proposals of updates",
        rule="Never edit scaffold/lock; settle scaffold/proposed/ before you commit",
    )
    yield Area(path="scaffold.mk", purpose="Make targets of the infrastructure", owned=True)
    yield Area(
        path="agency-scaffold.yml",
        purpose="The answers from which the infrastructure is generated",
        rule="Run agency-scaffold update and make verify after an edit",
    )
    if len(answers.environments) > 1:
        yield Decision(
            topic="Separate environments",
            choice=f"{', '.join(answers.environments)}: each with its own network, state, data and identities",
            why="A mistake, a leak or a test of load in one cannot reach another, and production is released last",
            costs=f"What an idle environment costs, {len(answers.environments)} times",
            instead="Namespaces in one cluster (cheaper; one mistake reaches all), one environment (nothing to try on)",
        )
    yield from _todo(answers)


def _todo(answers: Answers) -> Iterator[TodoItem]:
    project = answers.project
    answer = "agency-scaffold.yml"
    if not project.repository:
        yield TodoItem(
            id="PROJECT_REPOSITORY",
            severity="blocking",
            file=answer,
            question="Which repository is this, as org/name?",
            how="Set project.repository and run agency-scaffold update. The identities of the pipelines are bound to "
            "it: without it none of them may reach the cloud",
            acceptance=r"grep -Eq '^  repository: *\"?[A-Za-z0-9]' agency-scaffold.yml",
        )
    if not _has_owner(answers):
        yield TodoItem(
            id="PROJECT_OWNER",
            severity="recommended",
            file=answer,
            question="Which team or user on GitHub or GitLab approves changes, as @org/team?",
            how="Set project.owner and run agency-scaffold update: it then makes CODEOWNERS",
            acceptance="test -f CODEOWNERS",
        )
    if not project.domain and facts.public(answers) and answers.orchestration.platform != "kubernetes":
        yield TodoItem(
            id="PROJECT_DOMAIN",
            severity="blocking",
            file=answer,
            question="Below which domain do the public services answer?",
            how="Set project.domain to a DNS zone that you own and run agency-scaffold update",
            acceptance=r"grep -Eq '^  domain: *\"?[a-z0-9]' agency-scaffold.yml",
        )
    if not project.description:
        yield TodoItem(
            id="PROJECT_DESCRIPTION",
            severity="optional",
            file=answer,
            question="What is this project, in one line?",
            how="Set project.description and run agency-scaffold update",
            acceptance=r"grep -Eq '^  description: *\"?[^ \"]' agency-scaffold.yml",
        )
    incidents = "docs/runbooks/incident-response.md"
    yield _fill_in(
        "SECURITY_CONTACT",
        "SECURITY.md",
        "To which address are vulnerabilities reported?",
        "A mailbox that two people read",
    )
    yield _fill_in(
        "ON_CALL", incidents, "Where is the on-call schedule?", "A link to the schedule, with a primary and a secondary"
    )
    yield _fill_in(
        "INCIDENT_CHANNEL",
        incidents,
        "Where do people meet in an incident?",
        "The name of a chat channel or a standing call",
    )
    yield _fill_in(
        "STATUS_PAGE", incidents, "Where do users see that you know?", "A link; it must not run on this infrastructure"
    )
    yield _fill_in(
        "DR_EXERCISE",
        "docs/runbooks/disaster-recovery.md",
        "When was a backup last restored, and how long did it take?",
        "Restore each store by the runbook into an environment that is not production, then fill in the table",
    )


def _fill_in(identifier: str, file: str, question: str, how: str) -> TodoItem:
    """An item whose answer replaces a placeholder in a document."""
    return TodoItem(
        id=identifier,
        severity="recommended",
        file=file,
        question=question,
        how=f"{how}; replace CHANGEME_{identifier}",
        acceptance=f"! grep -q CHANGEME_{identifier} {file}",
    )


@builds
def build(answers: Answers, parts: Parts) -> Context:
    """Tables, steps and targets from the parts of all components."""
    made = parts.of(MakeTarget)
    names = ("help", *(t.name for t in made))
    required = tuple(dict.fromkeys(v for t in made for v in t.requires))
    books = _books(answers, parts.of(Runbook), frozenset(names))
    warning, critical, emergency = _channels(answers)
    alerts = parts.of(Alert)
    groups, edges = _diagram(parts)
    owned = tuple(_absolute(a.path) for a in parts.of(Area) if a.owned)
    return Context(
        project=answers.project.name,
        description=_text(answers.project.description),
        owner=answers.project.owner,
        owner_text=_text(answers.project.owner) or "not named yet (`project.owner` in agency-scaffold.yml)",
        has_owner=_has_owner(answers),
        owned=owned,
        production=answers.production,
        promotion=" → ".join(answers.environments),
        overview=_overview(answers),
        start=tuple(f"{line}" for name, line in _START.items() if name in names),
        free_commands=_join([f"`make {n}`" for n in ("verify", "todo", "build", "up", "plan") if n in names]),
        done=_done(names),
        report_url=_report_url(answers),
        names=" ".join(names),
        required_names=" ".join(f"scaffold-require-{name}" for name in required),
        help=tuple(sh_quote(line).replace("$", "$$") for line in _help(made, answers)),
        required=tuple(Required(name, _check(name, answers)) for name in required),
        targets=tuple(_target(t, names) for t in made),
        ignored=tuple(sorted(parts.of(Ignored), key=lambda i: (i.pattern.startswith("!"), i.pattern))),
        variables=_variables(answers),
        todo=tuple(_item(t) for t in parts.of(TodoItem)),
        decisions=tuple(_decision(d) for d in parts.of(Decision)),
        assumptions=_assumptions(answers),
        budget=f"{answers.cost.monthly_budget_usd:,}",
        deployment=books["deployment"],
        incident_response=books["incident-response"],
        scaling=books["scaling"],
        disaster_recovery=books["disaster-recovery"],
        ci_table=_ci_table(parts.of(CiVariable)),
        commands_table=_commands_table(made, answers),
        map_table=_table(
            ("Path", "What it is", "Keep in mind"),
            [(f"`{_absolute(a.path)[1:]}`", _prose(a.purpose), _prose(a.rule)) for a in parts.of(Area)],
        ),
        services_table=_services_table(answers),
        environments_table=_environments_table(answers),
        sizes_table=_sizes_table(answers, parts.of(SizeRow)),
        hosts_table=_hosts_table(answers),
        flows_table=_flows_table(parts.of(Flow)),
        ports_table=_ports_table(answers),
        recovery_table=_recovery_table(answers),
        failure_table=_failure_table(answers),
        metrics_table=_metrics_table(answers),
        alerts_table=_alerts_table(alerts, "../runbooks/alerts.md"),
        alert_index=_alerts_table(alerts, ""),
        alerts=tuple(_alert(a) for a in alerts),
        has_alerts=bool(alerts),
        no_alerts=not alerts,
        has_diagram=bool(groups),
        diagram_groups=groups,
        diagram_edges=edges,
        without_domain=not answers.project.domain,
        has_database=answers.data.database != "none",
        has_cdn=answers.data.cdn,
        scaling_min=answers.scaling.min,
        scaling_max=answers.scaling.max,
        cpu_percent=answers.scaling.cpu_percent,
        memory_percent=answers.scaling.memory_percent,
        warning_channels=warning,
        critical_channels=critical,
        emergency_channels=emergency,
        monitoring_overview=_monitoring_overview(answers),
        has_port_forward=_has_port_forward(answers),
        availability=f"{answers.slo.availability:g}",
        latency=answers.slo.latency_p95_ms,
        error_budget=_error_budget(answers),
        bake_minutes=answers.deployment.bake_minutes,
        max_error_rate=f"{answers.deployment.max_error_rate * 100:g}",
        max_p95=answers.deployment.max_p95_ms,
    )


_TOOLS: Final = {
    "terraform": "Terraform",
    "cloudformation": "CloudFormation",
    "cdk": "the CDK",
    "pulumi": "Pulumi",
    "github-actions": "GitHub Actions",
    "gitlab-ci": "GitLab CI",
    "jenkins": "Jenkins",
}
_START: Final = {
    "todo": "make todo     # what a person must still provide",
    "verify": "make verify   # every check that works without a network",
    "up": "make up       # everything on this computer",
}


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
    needed = [*first, *(need for need in target.needs if need in names)]
    lines = tuple(line for entry in target.recipe for line in entry.replace("\n", "\n\t").split("\n"))
    return Target(target.name, target.help, "".join(f" {name}" for name in needed), lines)


def _usage(target: MakeTarget, answers: Answers) -> str:
    examples = EXAMPLES | {"ENV": answers.environments[0]}
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
        yield GROUPS[group]
        for shown, text in lines:
            yield f"  {shown:<{width}}  {text}"
    yield ""
    yield f"ENV is one of: {' '.join(answers.environments)}"


def _check(name: str, answers: Answers) -> str:
    if name == "ENV":
        names = " ".join(answers.environments)
        ok = f"$(and $(filter 1,$(words $(ENV))),$(filter {names},$(ENV)))"
        return f"$(if {ok},,$(error ENV must be one of: {names} (such as ENV={answers.environments[0]})))"
    example = EXAMPLES.get(name, "<value>")
    return f"$(if $(strip $({name})),,$(error {name} is not set (such as {name}={to_make(example)})))"


def _commands_table(targets: Sequence[MakeTarget], answers: Answers) -> str:
    rows = [(f"`{_usage(t, answers)}`", _prose(t.help)) for t in targets]
    return _table(("Command", "What it does"), [("`make help`", "Show this list"), *rows])


# --- runbooks -----------------------------------------------------------------------------------


def _books(answers: Answers, contributed: Sequence[Runbook], names: frozenset[str]) -> dict[str, tuple[Section, ...]]:
    """The sections of each runbook: the neutral ones and those of components, by position and title."""
    found: dict[str, list[Section]] = {}
    for book, sections in load_yaml(__file__, "runbooks.yml").items():
        found[book] = [s for s in (_neutral(answers, raw, names) for raw in sections) if s]
    for part in contributed:
        steps = _steps((text, command) for text, command in part.steps)
        found[part.book].append(Section(part.position, part.title, _paragraphs(part.text), steps))
    return {book: tuple(sorted(sections, key=lambda s: (s.position, s.title))) for book, sections in found.items()}


def _neutral(answers: Answers, raw: dict[str, Any], names: frozenset[str]) -> Section | None:
    """A section of `runbooks.yml`; None where this plan has no command for it."""
    chosen = {answers.cloud.provider, answers.orchestration.platform, answers.ci.system, answers.iac.tool}
    if not chosen.issuperset(raw.get("when", ())) or not names.issuperset(raw.get("needs", ())):
        return None
    kept = (s for s in raw.get("steps", ()) if names.issuperset(s.get("needs", ())))
    steps = _steps((_fill(answers, s["say"]), _fill(answers, s.get("run", ""))) for s in kept)
    return Section(raw["position"], raw["title"], _paragraphs(_fill(answers, raw.get("text", ""))), steps)


def _fill(answers: Answers, text: str) -> str:
    words = {
        "production": answers.production,
        "first": answers.environments[0],
        "environments": ", ".join(answers.environments),
        "services": " ".join(s.name for s in answers.services),
    }
    return re.sub(r"@([a-z]+)@", lambda found: words[found[1]], text)


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


def _alert(alert: Alert) -> AlertView:
    meaning = alert.meaning or alert.description
    return AlertView(
        name=alert.name,
        severity="none (it shows that alerting works)" if alert.severity == "none" else alert.severity,
        after="at once" if alert.for_ == "0s" else alert.for_,
        summary=_sentence(_plain(alert.summary)),
        meaning=_sentence(_plain(meaning)),
        diagnose=tuple(line for entry in alert.diagnose for line in entry.strip("\n").split("\n")),
        act=tuple(f"{number}. {_sentence(_plain(text))}" for number, text in enumerate(alert.act, 1)),
        has_diagnose=bool(alert.diagnose),
        has_act=bool(alert.act),
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


def _services_table(answers: Answers) -> str:
    rows = [
        (
            s.name,
            s.kind,
            f"{s.language} {s.version} ({s.package_manager})",
            f"`{s.path}`",
            str(s.port) if s.kind != "job" else "none",
            f"`{s.health_path}`" if s.kind != "job" else "none",
            "yes" if s.public else "no",
            _join([f"`{n}`" for n in (*s.env, *s.secrets)]) if s.env or s.secrets else "none",
        )
        for s in answers.services
    ]
    return _table(("Service", "Kind", "Language", "Code", "Port", "Health", "Public", "Own variables"), rows)


def _environments_table(answers: Answers) -> str:
    account = {"aws": "Account", "gcp": "Project", "azure": "Subscription"}[answers.cloud.provider]
    rows = [
        (
            e,
            f"`{facts.account(answers, e)}`" if facts.account(answers, e) else "not named yet",
            answers.cloud.region,
            "a version tag and an approval" if e == answers.production else "a merge to the main branch",
            ", ".join(f"`{facts.host(answers, s, e)}`" for s in facts.public(answers)) or "none",
        )
        for e in answers.environments
    ]
    return _table(("Environment", account, "Region", "Released by", "Hosts"), rows)


def _sizes_table(answers: Answers, rows: Sequence[SizeRow]) -> str:
    head = ("What", *answers.environments)
    return _table(
        head, [(_prose(r.what), *map(_prose, r.values)) for r in rows], "No sizes are set by this repository."
    )


def _hosts_table(answers: Answers) -> str:
    rows = [(s.name, *(f"`{facts.host(answers, s, e)}`" for e in answers.environments)) for s in facts.public(answers)]
    return _table(("Service", *answers.environments), rows, "No service is public.")


def _flows_table(flows: Sequence[Flow]) -> str:
    rows = [(_prose(f.source), _prose(f.target), _prose(f.port), _prose(f.why), _prose(f.enforced_by)) for f in flows]
    head = ("From", "To", "Port", "Why", "Enforced by")
    return _table(head, rows, "No component of this repository describes its flows.")


def _ports_table(answers: Answers) -> str:
    def row(service: Service) -> tuple[str, ...]:
        metrics = f"`{service.metrics_path}`" if service.metrics != "none" else "none"
        serves = "requests, health, metrics" if facts.has_requests(service) else "health, metrics"
        return service.name, str(service.port), serves, f"`{service.health_path}`", metrics

    rows = [row(s) for s in facts.long_running(answers)]
    return _table(("Service", "Port", "Serves", "Health", "Metrics"), rows, "No service listens.")


def _metrics_table(answers: Answers) -> str:
    names = {
        "prometheus": "`http_requests_total`, `http_request_duration_seconds_bucket`",
        "otel": "`http_server_request_duration_seconds_bucket`",
        "micrometer": "`http_server_requests_seconds_bucket`",
        "none": "none: readiness and health decide about a release",
    }
    rows = [
        (
            s.name,
            s.metrics,
            f"`{s.metrics_path}`" if s.metrics != "none" else "none",
            names[s.metrics] if facts.has_requests(s) else "none: it answers no requests",
        )
        for s in facts.long_running(answers)
    ]
    return _table(("Service", "Names", "Path", "Request metrics"), rows, "No service runs all the time.")


def _ci_table(variables: Sequence[CiVariable]) -> str:
    source = {
        "bootstrap": "output of the bootstrap root",
        "main": "output of the main root",
        "user": "a person",
    }
    rows = [
        (
            f"`{v.name}`",
            "secret" if v.secret else "variable",
            "each environment" if v.scope == "environment" else "the repository",
            source[v.source],
            _prose(v.purpose),
        )
        for v in variables
    ]
    return _table(("Name", "Kind", "Set for", "Value from", "What for"), rows, "The pipelines need none.")


def _recovery_table(answers: Answers) -> str:
    """RPO and RTO per store, from what the answers switch on."""
    days, regional = answers.backup.retention_days, answers.backup.cross_region
    rows = []
    if answers.data.database != "none":
        rows += [
            (
                "Database, a zone is lost",
                "0",
                "5 minutes",
                "the standby in another zone takes over by itself in production",
            ),
            (
                "Database, wrong or deleted data",
                "5 minutes",
                "60 minutes",
                f"restore to a point in the last {days} days, beside the old one",
            ),
            (
                "Database, the region is lost",
                "1 hour" if regional else "everything",
                "4 hours" if regional else "none",
                f"copies of backups in {answers.cloud.secondary_region}"
                if regional
                else "not covered: set `backup.cross_region`",
            ),
        ]
    if answers.data.cache != "none":
        rows.append(("Cache", "everything", "15 minutes", "filled again by the services"))
    if answers.data.object_storage:
        rows.append(("Object storage", "0", "60 minutes", "older versions of each object are kept"))
    rows += [
        ("Container images", "0", "15 minutes", "the registry; otherwise built again from the commit"),
        ("Infrastructure state", "0", "30 minutes", "older versions of each state file are kept"),
        (
            "Secrets",
            "0",
            "30 minutes",
            "a deleted secret can be brought back for some days; otherwise issue new values",
        ),
        ("Metrics", "everything", "30 minutes", "history is lost with its volume; alerting is not"),
        ("Code, settings, dashboards, alerts", "0", "0", "this repository and its clones"),
    ]
    return _table(("What", "RPO", "RTO", "By"), rows)


def _failure_table(answers: Answers) -> str:
    region = "made again from code (below)"
    if answers.data.database != "none":
        region += ", data from the copies" if answers.backup.cross_region else "; the data of the database is lost"
    return _table(
        ("What fails", "What happens", "Who acts"),
        [
            ("A process or a container", "started again, and taken out of the traffic meanwhile", "nobody"),
            ("A machine", "its containers start on another", "nobody"),
            ("A zone of three", "the other two carry the load; scaling makes up for it", "on-call watches"),
            ("A release", "undone by the pipeline", "author, on a branch"),
            ("The region", region, "incident lead and two people"),
            (
                "An account",
                "made again in another; the registry and backups must not be in the same one",
                "incident lead and owner",
            ),
        ],
    )


# --- the rest -----------------------------------------------------------------------------------


def _diagram(parts: Parts) -> tuple[tuple[Group, ...], tuple[Line, ...]]:
    """Boxes with their nodes, and the arrows whose ends both exist."""
    nodes = parts.of(DiagramNode)
    known = {n.id for n in nodes}
    shapes = {"box": '["{}"]', "round": '("{}")', "database": '[("{}")]'}
    groups = tuple(
        Group(
            f"group_{group}",
            title,
            tuple(Line(_node(n.id) + shapes[n.shape].format(_mermaid(n.label))) for n in nodes if n.group == group),
        )
        for group, title in DIAGRAM_GROUPS.items()
        if any(n.group == group for n in nodes)
    )
    edges = tuple(
        Line(f"{_node(e.source)} -->{_edge_label(e.label)} {_node(e.target)}")
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


def _decision(decision: Decision) -> DecisionView:
    return DecisionView(
        topic=_prose(decision.topic),
        anchor=_anchor(decision.topic),
        cell=_cell(_prose(decision.choice)),
        choice=_sentence(decision.choice),
        why=_sentence(decision.why),
        costs=_sentence(decision.costs) if decision.costs else "",
        instead=_sentence(decision.instead) if decision.instead else "",
    )


def _item(item: TodoItem) -> dict[str, str]:
    fields = ("id", "severity", "file", "question", "how", "acceptance")
    return {name: " ".join(getattr(item, name).split()) for name in fields}


def _variables(answers: Answers) -> tuple[Variables, ...]:
    """Each variable once: a line without # is what the compose file takes from .env."""
    database = answers.data.database != "none"
    common = ["# ENVIRONMENT=   the environment's name", "# PORT=   the port to listen on"]
    if database:
        common += [f"# DATABASE_{n}=" for n in ("HOST", "PORT", "NAME", "USERNAME")]
        common += ["# The password of the local database: any text", "DATABASE_PASSWORD="]
    groups = [Variables("Every service: set by the platform, and for local work by the compose file", tuple(common))]
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
        groups.append(Variables(service.name, tuple(lines) or ("# no variables of its own",)))
    return tuple(groups)


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


def _done(names: Sequence[str]) -> tuple[str, ...]:
    lines = ["Only what was asked for is changed, and the code beside it reads as if it had always been so"]
    if "verify" in names:
        lines.append("`make verify` exits 0; what it skipped is named in the pull request")
    if "plan" in names:
        lines.append("The plan of every environment was read, and nothing is destroyed that was not meant to be")
    if "todo" in names:
        lines.append("`make todo` shows no new blocking item")
    return tuple(lines)


def _channels(answers: Answers) -> tuple[str, str, str]:
    """Who is told at warning, critical and emergency, of the channels that were chosen."""
    shown = {"slack": "Slack", "pagerduty": "PagerDuty", "email": "mail"}
    chosen = answers.monitoring.channels
    levels = (("slack",), ("pagerduty", "slack"), ("pagerduty", "slack", "email"))
    told = ([shown[c] for c in level if c in chosen] or [shown[c] for c in chosen] for level in levels)
    first, second, third = (" and ".join(names) if len(names) < 3 else ", ".join(names) for names in told)
    return first, second, third


def _overview(answers: Answers) -> str:
    provider = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}[answers.cloud.provider]
    platform = {
        "kubernetes": f"Kubernetes {answers.orchestration.kubernetes_version}",
        "ecs": "ECS on Fargate",
        "cloud-run": "Cloud Run",
        "container-apps": "Container Apps",
        "vm": "virtual machines",
    }[answers.orchestration.platform]
    database = {"none": "no database", "postgres": "PostgreSQL", "mysql": "MySQL"}[answers.data.database]
    count = len(answers.services)
    return (
        f"{answers.project.name} is {count} service{'s' if count > 1 else ''} on {platform} in {provider}, region "
        f"{answers.cloud.region}, across three zones, with {database}. Its infrastructure is described with "
        f"{_TOOLS[answers.iac.tool]}, its pipelines run in {_TOOLS[answers.ci.system]}, and a new version replaces the "
        f"old one by a {answers.deployment.strategy} release."
    )


def _monitoring_overview(answers: Answers) -> str:
    backend = {
        "prometheus": "Prometheus scrapes the platform every 15 seconds and services every 5; "
        "Alertmanager sends the alerts",
        "datadog": "Datadog collects metrics and sends the alerts",
        "cloud-native": "The cloud's own monitoring collects metrics and sends the alerts",
    }[answers.monitoring.backend]
    logs = {
        "cloud": "Logs go to the cloud's log service",
        "loki": "Logs go to Loki",
        "datadog": "Logs go to Datadog",
        "none": "Logs stay with the containers",
    }[answers.monitoring.logs]
    return f"{backend}. {logs}."


def _has_port_forward(answers: Answers) -> bool:
    """Whether Prometheus is reached through the cluster."""
    return answers.monitoring.backend == "prometheus" and answers.orchestration.platform == "kubernetes"


def _error_budget(answers: Answers) -> str:
    missing = (100 - answers.slo.availability) / 100
    minutes = missing * 30 * 24 * 60
    return (
        f"The error budget of 30 days is {missing * 100:.4g} % of requests, which is {minutes:.0f} minutes of a full "
        "outage. When half of it is used, releases carry fixes only; when it is used up, nothing but what makes the "
        "service steadier."
    )


def _assumptions(answers: Answers) -> tuple[str, ...]:
    lines = [
        "One repository holds the services and their infrastructure; environments have their own state.",
        f"Between {answers.scaling.min} and {answers.scaling.max} replicas of a service carry the load of "
        f"{answers.production}.",
        "Services keep no state of their own, and two versions can run side by side during a release.",
    ]
    if answers.data.database != "none":
        lines.append("Every migration can live with the version before it (expand first, contract in a later release).")
        if not answers.backup.cross_region:
            lines.append("The loss of a whole region may cost the data of the database: backups stay in one region.")
    return tuple(lines)
