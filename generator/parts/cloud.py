"""What a component adds to Terraform's roots, and to the rights of those who apply them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from generator.parts.base import Part


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

    role: Literal["plan", "apply", "deploy", "preview"]
    name: str
    """The statement's, in letters and digits."""
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    group: str = "platform"
    """The policy of the apply role that it goes into: each holds 6144 characters."""
    why: str = ""

    @property
    def key(self) -> str:
        return f"{self.role}/{self.name}"


class GatewayListener(Part, frozen=True, kw_only=True):
    """A listener for HTTPS of the cluster's gateway, in one environment, for routes of namespaces with a label."""

    optional: ClassVar[bool] = True

    name: str
    environment: str
    hostname: str
    namespaces: str
    """The label's key."""
    why: str


class SecretReader(Part, frozen=True, kw_only=True):
    """Namespaces, by the key of a label, that may ask the cluster's secret store."""

    optional: ClassVar[bool] = True

    label: str
    why: str


class ClusterFolder(Part, frozen=True, kw_only=True):
    """A folder of manifests that is applied with the platform of one environment, before its secret store."""

    optional: ClassVar[bool] = True

    name: str
    path: str
    environment: str


class ReleaseRight(Part, frozen=True, kw_only=True):
    """One rule of the Kubernetes Role of those who release, in the application's namespace."""

    name: str
    group: str = ""
    """The API group; "" is the core's."""
    resources: tuple[str, ...]
    names: tuple[str, ...] = ()
    """The only objects that it holds for; none = for all."""
    verbs: tuple[str, ...]
    why: str


class ProtectedResource(Part, frozen=True, kw_only=True):
    """A resource of the main root that must be treated before an environment can be destroyed."""

    address: str
    """Without an index."""
    first: Literal["unprotect", "keep", "keep_for_others"]
    """Its protection is lifted, or Terraform forgets it, so that it stays: always, or while others share the account"""
