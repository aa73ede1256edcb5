"""The blocks of Terraform's own language, in the shape of a provider's schema.

The names are those that Terraform itself decodes: the body schemas in `internal/configs` of
github.com/hashicorp/terraform (`configFileSchema` and what the files beside it name), `ext/dynblock` of
github.com/hashicorp/hcl for `dynamic`, and developer.hashicorp.com/terraform/language for provisioners and connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from generator.checks.models.terraform_schema import ArgumentSchema, BlockSchema, BlockUse


def _made(required: str = "", optional: str = "", *, is_open: bool = False, **blocks: BlockSchema) -> BlockSchema:
    arguments = {n: ArgumentSchema("r") for n in required.split()} | {n: ArgumentSchema("o") for n in optional.split()}
    return BlockSchema(
        arguments, {name.rstrip("_"): BlockUse(0, 0, schema) for name, schema in blocks.items()}, is_open
    )


OPEN: Final = _made(is_open=True)
_CONDITION: Final = _made("condition error_message")
_CONDITIONS: Final = _made(precondition=_CONDITION, postcondition=_CONDITION)
_META: Final = _made(optional="count for_each depends_on provider", lifecycle=_CONDITIONS)
_CONNECTION: Final = _made(
    "host",
    "type user password port timeout script_path private_key certificate agent agent_identity host_key target_platform"
    " https insecure use_ntlm cacert proxy_scheme proxy_host proxy_port proxy_user_name proxy_user_password"
    " bastion_host bastion_host_key bastion_port bastion_user bastion_password bastion_private_key bastion_certificate",
)
_ANY_PROVISIONER: Final = _made(optional="when on_failure", connection=_CONNECTION)
PROVISIONERS: Final[Mapping[str, BlockSchema]] = {
    "local-exec": _made("command", "working_dir interpreter environment quiet").joined(_ANY_PROVISIONER),
    "remote-exec": _made(optional="inline script scripts").joined(_ANY_PROVISIONER),
    "file": _made("destination", "source content").joined(_ANY_PROVISIONER),
}
"""By the label of the block: the provisioners that come with Terraform."""

_MANAGED: Final = _made(
    provisioner=OPEN,
    connection=_CONNECTION,
    lifecycle=_made(
        optional="create_before_destroy prevent_destroy ignore_changes replace_triggered_by enabled destroy",
        action_trigger=OPEN,
        precondition=_CONDITION,
        postcondition=_CONDITION,
    ),
)
META: Final[Mapping[str, BlockSchema]] = {"resource": _MANAGED.joined(_META), "data": _META, "ephemeral": _META}
"""What Terraform itself adds to every object."""

DYNAMIC: Final = BlockSchema(
    {"for_each": ArgumentSchema("r"), "iterator": ArgumentSchema("o"), "labels": ArgumentSchema("o")},
    {"content": BlockUse(1, 1, OPEN)},
)
"""A `dynamic` block itself; what stands in its `content` is a matter of the block that it makes."""

_REQUIREMENT: Final = _made(optional="source version configuration_aliases")
_REQUIRED_PROVIDERS: Final = BlockSchema({}, {}, open=True, each=ArgumentSchema("o", "single", _REQUIREMENT))

MODULE: Final = _made("source", "version providers count for_each depends_on", is_open=True)
"""A call; what else it gives are the variables of what it calls."""

LANGUAGE: Final[Mapping[str, BlockSchema]] = {
    "terraform": _made(
        optional="required_version experiments",
        required_providers=_REQUIRED_PROVIDERS,
        backend=OPEN,
        cloud=OPEN,
        encryption=OPEN,
        provider_meta=OPEN,
    ),
    "variable": _made(
        optional="type default description sensitive nullable ephemeral deprecated const", validation=_CONDITION
    ),
    "output": _made("value", "description sensitive ephemeral depends_on deprecated", precondition=_CONDITION),
    "locals": OPEN,
    "module": MODULE,
    "moved": _made("from to"),
    "import": _made("to", "id identity for_each provider"),
    "removed": _made("from", lifecycle=_made("destroy"), provisioner=OPEN, connection=_CONNECTION),
    "check": _made(assert_=_CONDITION, data=OPEN),
}
"""Top-level blocks of `.tf` files other than objects and providers."""

NEWER: Final = frozenset({"action", "language"})
"""Top-level blocks of OpenTofu, and of Terraform since 1.14, of which nothing else is known here."""

PROVIDER_META: Final = _made(optional="alias version for_each")
"""What the language adds to the configuration of a provider."""

_OVERRIDES: Final = _made(
    override_resource=_made("target", "values override_during"),
    override_data=_made("target", "values override_during"),
    override_module=_made("target", "outputs override_during"),
)
_RUN: Final = _made(
    optional="command expect_failures parallel state_key providers",
    variables=OPEN,
    assert_=_CONDITION,
    module=_made("source", "version"),
    plan_options=_made(optional="mode refresh replace target"),
).joined(_OVERRIDES)

TEST_LANGUAGE: Final[Mapping[str, BlockSchema]] = {
    "run": _RUN,
    "variables": OPEN,
    "test": _made(optional="parallel"),
    "mock_provider": _made(
        optional="alias source override_during",
        mock_resource=_made(optional="defaults override_during"),
        mock_data=_made(optional="defaults override_during"),
    ).joined(_OVERRIDES),
    **{name: use.schema for name, use in _OVERRIDES.blocks.items()},
}
"""Top-level blocks of `.tftest.hcl` files other than providers."""

LABELS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("terraform", "backend"): frozenset(
        ("azurerm", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "local", "oci", "oss", "pg", "remote", "s3")
    ),
    ("resource", "provisioner"): frozenset(PROVISIONERS),
    ("removed", "provisioner"): frozenset(PROVISIONERS),
}
"""By the outer and the inner block: the labels that the inner one may have."""

_DURING: Final = frozenset({"plan", "apply"})
KEYWORDS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("provisioner", "when"): frozenset({"create", "destroy"}),
    ("provisioner", "on_failure"): frozenset({"continue", "fail"}),
    ("run", "command"): frozenset({"plan", "apply"}),
    ("plan_options", "mode"): frozenset({"normal", "refresh-only"}),
    ("mock_provider", "override_during"): _DURING,
    ("mock_resource", "override_during"): _DURING,
    ("mock_data", "override_during"): _DURING,
    **{(name, "override_during"): _DURING for name in _OVERRIDES.blocks},
}
"""By block and argument: the words that Terraform takes there."""

PRIMITIVES: Final = frozenset({"string", "number", "bool", "any"})
CONSTRUCTORS: Final = frozenset({"list", "set", "map", "object", "tuple", "optional"})
"""The words of a variable's type."""

OFFICIAL: Final = frozenset(
    {
        "ad", "archive", "aws", "awscc", "azuread", "azurerm", "azurestack", "boundary", "cloudinit", "consul", "dns",
        "external", "google", "google-beta", "googleworkspace", "hcp", "helm", "http", "kubernetes", "local", "nomad",
        "null", "random", "template", "terraform", "tfe", "time", "tls", "vault",
    }
)  # fmt: skip
"""The providers that need no source: by itself their name means the one of HashiCorp."""
