"""What a component adds to make, to images, to the pipelines and their settings."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from generator.parts.base import Part


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
    ci: bool = True
    """Whether CI runs it, too."""
    by: Literal["runner", "pipx", "go", "image"] = "runner"
    """How CI gets the tool: its runners have it, or it is installed by pipx, by go, or copied out of an image."""
    package: str = ""
    """What is installed: a package, or the image; of a `runner` nothing."""
    pin: str = ""
    """The name in `pins.yml`; "" = that of the package."""
    order_: int = 50

    def __post_init__(self) -> None:
        if (self.by == "runner") == bool(self.package):
            raise ValueError(f"{self.name!r}: `package` goes with a way to install it, and only with one")

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.order_, self.name)


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
    readers: tuple[Literal["releases", "previews"], ...] = ("releases",)
    """Whose scripts read it."""


class CiEnvironment(Part, frozen=True, kw_only=True):
    """An environment of CI beside those of the answers: it asks nobody, and any ref may use it."""

    optional: ClassVar[bool] = True

    name: str
    of: str
    """The environment whose variables it has a copy of."""


class Ignored(Part, frozen=True, kw_only=True):
    """A pattern of `.gitignore`, with the reason."""

    pattern: str
    reason: str


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


class AppliedPath(Part, frozen=True, kw_only=True):
    """Files whose change is planned and applied by the pipeline of the infrastructure, as a pattern."""

    optional: ClassVar[bool] = True
    pattern: str
