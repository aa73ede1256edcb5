"""Parts: what one component adds to a file that another component owns.

A part is data, never text of a format: the owner of the file prints it. Each class defines
its `key` (two equal keys from two components are an error of ours), its `order` (total, so
that output never depends on which component was loaded first) and whether it may go unread
(`optional`: a scrape job under another backend may; a to-do item may not).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Literal, TypeVar

import msgspec


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all parts."""

    optional: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """What makes the part one of its kind: its first field, unless the class says otherwise."""
        return str(getattr(self, self.__struct_fields__[0]))

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.key,)


class TodoItem(Part, frozen=True, kw_only=True):
    """What the user must still provide. `file` is where the answer goes, `acceptance` a command that then exits 0."""

    id: str
    """Upper-case with underscores; `CHANGEME_<id>` is its placeholder."""
    severity: Literal["blocking", "recommended", "optional"]
    file: str
    question: str
    how: str
    acceptance: str = ""

    @property
    def order(self) -> tuple[Any, ...]:
        return (("blocking", "recommended", "optional").index(self.severity), self.id)


class MakeTarget(Part, frozen=True, kw_only=True):
    """A target of `scaffold.mk`.

    `recipe` lines are shell, printed with `$` doubled except for `$(VAR)`: what make was given by that name, not what
    a makefile sets.
    """

    name: str
    help: str
    recipe: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Targets that run first."""
    requires: tuple[str, ...] = ()
    """Make variables that must be set, such as `ENV`."""
    group: Literal["check", "infrastructure", "release", "local"] = "release"

    @property
    def order(self) -> tuple[Any, ...]:
        return (("local", "check", "infrastructure", "release").index(self.group), self.name)


class VerifyStep(Part, frozen=True, kw_only=True):
    """One check of `make verify`: a command that needs `tool`, no account, and no network where it can do without."""

    name: str
    tool: str
    """The binary; "" = none needed. Missing = the step is reported as skipped with `install`."""
    command: str
    install: str = ""
    order_: int = 50

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.order_, self.name)


class ScrapeJob(Part, frozen=True, kw_only=True):
    """A Prometheus scrape job: `config` holds the keys of `scrape_config` other than `job_name`."""

    optional: ClassVar[bool] = True
    name: str
    config: dict[str, Any]
    comment: str = ""


class AlertTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promtool unit test of an alert: series in, alerts out at `eval_time`."""

    name: str
    input_series: list[dict[str, str]]
    alert_rule_test: list[dict[str, Any]]
    interval: str = "15s"
    promql_expr_test: list[dict[str, Any]] = []


class Alert(Part, frozen=True, kw_only=True):
    """An alert rule with its unit tests and its runbook section."""

    optional: ClassVar[bool] = True
    name: str
    group: str
    """The rule group and the file `rules/<group>.yml`."""
    expr: str
    severity: Literal["warning", "critical", "emergency", "none"]
    summary: str
    description: str
    for_: str = msgspec.field(name="for", default="0s")
    keep_firing_for: str = ""
    labels: dict[str, str] = {}
    tests: list[AlertTest] = []
    meaning: str = ""
    """Runbook: what it means for users."""
    diagnose: list[str] = []
    """Runbook: commands to find the cause, each a line of shell; those of one platform are its `Diagnosis`."""
    session: list[str] = []
    """Runbook: commands of the database's client, which the platform runs in a session on the database."""
    act: list[str] = []
    """Runbook: what to do, one sentence each."""

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.group, self.name)


class Diagnosis(Part, frozen=True, kw_only=True):
    """What a platform adds to the runbook section of an alert that holds on every platform; after what the alert has.

    One of an alert that these answers do not call for is left out.
    """

    optional: ClassVar[bool] = True
    alert: str
    diagnose: list[str] = []
    act: list[str] = []


class FiringAlerts(Part, frozen=True, kw_only=True):
    """How a shell asks which alerts fire: a command that prints what `/api/v1/alerts` of Prometheus answers."""

    command: str


class DatabaseSession(Part, frozen=True, kw_only=True):
    """What stands before a command of the database's client, so that it runs in a session on the database."""

    optional: ClassVar[bool] = True
    command: str


class PrometheusSection(Part, frozen=True, kw_only=True):
    """A section of `prometheus.yml` that depends on where Prometheus runs: `alerting`, `remote_write`."""

    optional: ClassVar[bool] = True
    name: str
    config: Any
    comment: str = ""


class Runbook(Part, frozen=True, kw_only=True):
    """A section of one of the runbooks, or of the page on monitoring, as steps."""

    book: Literal["deployment", "incident-response", "scaling", "disaster-recovery", "monitoring"]
    title: str
    position: int
    """Sections are printed by position, then title; 10 = before the steps, 50 = the steps, 90 = afterwards."""
    text: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    """(what and why, command or "")"""

    @property
    def key(self) -> str:
        return f"{self.book}/{self.title}"

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.book, self.position, self.title)


class RunbookInsert(Part, frozen=True, kw_only=True):
    """What a component puts into sections of others, wherever their text or a step of theirs reads `@(place)`."""

    place: str
    position: int = 50
    text: str = ""
    """Goes into the text of the section."""
    steps: tuple[tuple[str, str], ...] = ()
    """Take the place of the step: (what and why, command or "")."""

    @property
    def key(self) -> str:
        return f"{self.place}/{self.position:03}"


class DiagramNode(Part, frozen=True, kw_only=True):
    """A node of the architecture diagram."""

    id: str
    label: str
    group: Literal["outside", "edge", "cluster", "data", "operations", "ci"]
    shape: Literal["box", "round", "database"] = "box"

    @property
    def order(self) -> tuple[Any, ...]:
        return (("outside", "edge", "cluster", "data", "operations", "ci").index(self.group), self.id)


class DiagramEdge(Part, frozen=True, kw_only=True):
    """An arrow of the architecture diagram; drawn only when both ends exist."""

    source: str
    target: str
    label: str = ""

    @property
    def key(self) -> str:
        return f"{self.source}->{self.target}"


class CiVariable(Part, frozen=True, kw_only=True):
    """A variable that the deploy workflows read, per environment; its value comes from a Terraform output."""

    name: str
    purpose: str
    source: Literal["bootstrap", "main", "user"]
    """The root whose output `ci_variables` holds it, or `user` for what only a person knows."""
    scope: Literal["environment", "repository"] = "environment"
    secret: bool = False
    value: str = ""
    """The Terraform expression of its value, where the main root's output does not have it by itself."""


class Area(Part, frozen=True, kw_only=True):
    """A folder or file of the generated repository: a line of AGENTS.md and of CODEOWNERS."""

    path: str
    """From the root; that of a folder ends with a slash."""
    purpose: str
    rule: str = ""
    """What must not be done here, or must be done after an edit."""
    owned: bool = True
    """Whether CODEOWNERS names it."""


class Ignored(Part, frozen=True, kw_only=True):
    """A pattern of `.gitignore`, with the reason."""

    pattern: str
    reason: str


class SizeRow(Part, frozen=True, kw_only=True):
    """A row of the table of sizes by environment that the docs print; `values` follow the order of environments."""

    what: str
    values: tuple[str, ...]


class Decision(Part, frozen=True, kw_only=True):
    """A decision of `.agency/decisions/infrastructure.md`."""

    topic: str
    choice: str
    why: str
    costs: str = ""
    instead: str = ""
    """Alternatives that were considered."""


class Flow(Part, frozen=True, kw_only=True):
    """A row of the table of network flows in `docs/infrastructure/networking.md`."""

    source: str
    target: str
    port: str
    why: str
    enforced_by: str

    @property
    def key(self) -> str:
        return f"{self.source}->{self.target}:{self.port}"


class UpdateSource(Part, frozen=True, kw_only=True):
    """An ecosystem and folder that a dependency bot keeps up to date (`docker` in `/infrastructure/docker`)."""

    optional: ClassVar[bool] = True
    ecosystem: str
    directory: str

    @property
    def key(self) -> str:
        return f"{self.ecosystem}:{self.directory}"


class HealthCommand(Part, frozen=True, kw_only=True):
    """The program in a service's image that tells by its exit code whether the service answers."""

    optional: ClassVar[bool] = True
    service: str
    command: tuple[str, ...]


class ImageVolume(Part, frozen=True, kw_only=True):
    """A folder that images declare as a volume, so that what runs them keeps its owner and mode."""

    optional: ClassVar[bool] = True
    path: str
    why: str
    """A sentence for the Dockerfile."""


class ScanException(Part, frozen=True, kw_only=True):
    """A finding that trivy's scan of configuration overlooks by design, in one file whose format has no inline way."""

    optional: ClassVar[bool] = True
    id: str
    """The check, such as `KSV-0056`."""
    path: str
    """The file, exactly."""
    reason: str

    @property
    def key(self) -> str:
        return f"{self.id} {self.path}"


class TerraformRoot(Part, frozen=True, kw_only=True):
    """A root of the Terraform configuration, by the name that `scripts/terraform.sh` gives it."""

    name: str
    path: str
    position: int
    """Roots are planned and applied in this order, and destroyed in the opposite one."""
    target: str = ""
    """The make target that plans and applies it where that takes more than Terraform."""

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.position, self.name)


class RootVariable(Part, frozen=True, kw_only=True):
    """A value that a Terraform root is told in one environment, or in its tests."""

    root: str
    environment: str
    """"" = what the tests of the root assume."""
    name: str
    value: Any
    position: int = 50

    @property
    def key(self) -> str:
        return f"{self.root}/{self.environment}/{self.name}"

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.root, self.environment, self.position, self.name)


class CloudService(Part, frozen=True, kw_only=True):
    """A service of the cloud that a component uses: what the identities of CI, which are bounded, may do with it."""

    name: str
    boundary: tuple[str, ...] = ()
    """Actions that the boundary of all roles lets through."""
    reads: tuple[str, ...] = ()
    """Actions on any resource by which a plan looks, never at values."""
    passed_to: tuple[str, ...] = ()
    """Services that roles of the environment are passed to."""
    linked: tuple[str, ...] = ()
    """Services that make a role of their own in the account."""


class CiPermission(Part, frozen=True, kw_only=True):
    """What a role of CI may do for a component, as one statement.

    Texts of `resources` and `condition` name the environment by `{partition}`, `{region}`, `{account}`, `{stack}`,
    `{project}`, `{environment}` and `{bucket_prefix}`.
    """

    role: Literal["plan", "apply", "deploy"]
    name: str
    """The statement's, in letters and digits."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: dict[str, dict[str, Any]] = {}
    group: str = "platform"
    """The policy of the apply role that it goes into: each holds 6144 characters."""
    why: str = ""

    @property
    def key(self) -> str:
        return f"{self.role}/{self.name}"


class ProtectedResource(Part, frozen=True, kw_only=True):
    """A resource of the main root that must be treated before an environment can be destroyed."""

    address: str
    """Without an index."""
    first: Literal["unprotect", "keep"]
    """Its protection is lifted, or Terraform forgets it, so that it stays."""


class AppliedPath(Part, frozen=True, kw_only=True):
    """Files whose change is planned and applied by the pipeline of the infrastructure, as a pattern."""

    optional: ClassVar[bool] = True
    pattern: str


P = TypeVar("P", bound=Part)


class Parts:
    """All parts of a plan, sorted; remembers which types were read, so that none goes unread by mistake."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)
        self._read: set[type[Part]] = set()

    def of(self, kind: type[P]) -> tuple[P, ...]:
        """The parts of one type, in their total order."""
        self._read.add(kind)
        return tuple(sorted((p for p in self._parts if isinstance(p, kind)), key=lambda p: p.order))

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts)

    @property
    def unread(self) -> tuple[type[Part], ...]:
        """The types that no component read although they must be."""
        kinds = {type(p) for p in self._parts}
        return tuple(sorted((k for k in kinds - self._read if not k.optional), key=lambda k: k.__name__))
