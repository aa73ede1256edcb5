# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# GitHub Actions proves who it is by a token; nothing secret is stored anywhere. A role can be assumed by jobs of this
# repository alone, and only by those that run in the GitHub environment, branch or event named here.

locals {
  oidc_host = "token.actions.githubusercontent.com"
  oidc_arn  = "${local.iam}:oidc-provider/${local.oidc_host}"

  # Repositories made, renamed or moved since 15 July 2026 have ids in the subject; older ones do not.
  owner               = split("/", var.repository)[0]
  repository          = split("/", var.repository)[1]
  immutable           = var.github_owner_id != "" && var.github_repository_id != ""
  immutable_name      = "${local.owner}@${var.github_owner_id}/${local.repository}@${var.github_repository_id}"
  subject_beginnings  = concat(["repo:${var.repository}"], local.immutable ? ["repo:${local.immutable_name}"] : [])
  environment_context = "environment:${var.environment}"
  branch_context      = "ref:refs/heads/${var.default_branch}"

  # A job in an environment has that as its subject, whatever started it; a job without one has its event or branch.
  ci_contexts = {
    plan   = [local.environment_context, local.branch_context, "pull_request"]
    apply  = [local.environment_context]
    deploy = [local.environment_context]
    push   = [local.branch_context]
  }

  # Production is rolled back by one person, from an environment that asks for no approval. There the workflow is the
  # limit: rollback.yml as it stands on the default branch.
  rollback_context  = "environment:${var.environment}-rollback"
  rollback_workflow = "${var.repository}/.github/workflows/rollback.yml@refs/heads/${var.default_branch}"

  rollback_trust = {
    Effect    = "Allow"
    Principal = { Federated = local.oidc_arn }
    Action    = "sts:AssumeRoleWithWebIdentity"
    Condition = {
      StringEquals = {
        "${local.oidc_host}:aud"              = "sts.amazonaws.com"
        "${local.oidc_host}:sub"              = [for beginning in local.subject_beginnings : "${beginning}:${local.rollback_context}"]
        "${local.oidc_host}:job_workflow_ref" = local.rollback_workflow
      }
    }
  }

  ci_trust = {
    for purpose, contexts in local.ci_contexts : purpose => jsonencode({
      Version = "2012-10-17"
      Statement = concat([{
        Effect    = "Allow"
        Principal = { Federated = local.oidc_arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "${local.oidc_host}:aud" = "sts.amazonaws.com"
            "${local.oidc_host}:sub" = flatten([for context in contexts : [for beginning in local.subject_beginnings : "${beginning}:${context}"]])
          }
        }
      }], purpose == "deploy" && var.production ? [local.rollback_trust] : [])
    })
  }
}

variable "repository" {
  description = "GitHub repository, as owner/name"
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be owner/name: fill in environments/<environment>.tfvars."
  }
}

variable "default_branch" {
  description = "Branch from which images are pushed"
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.default_branch))
    error_message = "default_branch must be a plain branch name, without wildcards."
  }
}

variable "github_owner_id" {
  description = "Numeric id of the owner; empty while the repository has subjects without ids"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.github_owner_id))
    error_message = "github_owner_id must be digits: gh api repos/OWNER/NAME --jq .owner.id"
  }
}

variable "github_repository_id" {
  description = "Numeric id of the repository; empty while the repository has subjects without ids"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.github_repository_id))
    error_message = "github_repository_id must be digits: gh api repos/OWNER/NAME --jq .id"
  }
}

variable "create_oidc_provider" {
  description = "Whether to make the provider: an account has one, so only the first environment of an account makes it"
  type        = bool
  default     = true
}

# AWS trusts GitHub's certificate by its authority; a thumbprint would only go stale.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.create_oidc_provider ? 1 : 0

  url            = "https://${local.oidc_host}"
  client_id_list = ["sts.amazonaws.com"]
}
