"""The settings of Terraform's backends, and the files that give them beside the configuration.

The names are those that Terraform itself decodes (`internal/backend` of github.com/hashicorp/terraform); for s3 also
those that versions before 1.10 took. Backends that are not listed are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Block
from generator.checks.models.terraform import Module, module_of
from generator.checks.source import Sources, name, shared

_FILE: Final = re.compile(r"(?:^|[._-])backend(?:[._-][\w-]+)?\.hcl$|\.tfbackend$|^backend\.conf$")


@dataclass(frozen=True, slots=True)
class Backend:
    """What a backend must be given, and what it may be given."""

    required: frozenset[str]
    optional: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """All settings."""
        return self.required | self.optional


def _made(required: str, optional: str) -> Backend:
    return Backend(frozenset(required.split()), frozenset(optional.split()))


BACKENDS: Final[Mapping[str, Backend]] = {
    "s3": _made(
        "bucket key",
        "access_key acl allowed_account_ids assume_role assume_role_duration_seconds assume_role_policy"
        " assume_role_policy_arns assume_role_tags assume_role_transitive_tag_keys assume_role_with_web_identity"
        " custom_ca_bundle dynamodb_endpoint dynamodb_table ec2_metadata_service_endpoint"
        " ec2_metadata_service_endpoint_mode encrypt endpoint endpoints external_id forbidden_account_ids"
        " force_path_style http_proxy https_proxy iam_endpoint insecure kms_key_id max_retries no_proxy profile region"
        " retry_mode role_arn secret_key session_name shared_config_files shared_credentials_file"
        " shared_credentials_files skip_credentials_validation skip_metadata_api_check skip_region_validation"
        " skip_requesting_account_id skip_s3_checksum sse_customer_key sts_endpoint sts_region token"
        " use_dualstack_endpoint use_fips_endpoint use_legacy_workflow use_lockfile use_path_style"
        " workspace_key_prefix",
    ),
    "gcs": _made(
        "bucket",
        "access_token credentials encryption_key impersonate_service_account impersonate_service_account_delegates"
        " kms_encryption_key prefix storage_custom_endpoint universe_domain",
    ),
    "azurerm": _made(
        "storage_account_name container_name key",
        "access_key ado_pipeline_service_connection_id client_certificate client_certificate_password"
        " client_certificate_path client_id client_id_file_path client_secret client_secret_file_path endpoint"
        " environment lookup_blob_endpoint metadata_host msi_endpoint oidc_request_token oidc_request_url oidc_token"
        " oidc_token_file_path resource_group_name sas_token snapshot subscription_id tenant_id"
        " use_aks_workload_identity use_azuread_auth use_cli use_msi use_oidc",
    ),
}


def files(sources: Sources) -> Iterator[str]:
    """The files of settings."""
    return (path for path in sources.ending(".hcl", ".tfbackend", ".conf") if _FILE.search(name(path)))


@shared
def block_of(sources: Sources, path: str) -> Block | None:
    """The `backend` block that a file of settings belongs to; None where that is not known."""
    module = module_of(sources, path)
    return block_in(sources, module) if module else None


def block_in(sources: Sources, module: Module) -> Block | None:
    """The `backend` block of a module."""
    for path in module.files:
        for outer in hcl.parse(sources, path).body.of("terraform"):
            for block in outer.body.of("backend"):
                return block
    return None
