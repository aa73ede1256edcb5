# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# Once per environment, by an administrator of its account: what CI needs before it can apply the rest.

locals {
  name                = "${var.project}-${var.environment}"
  partition           = data.aws_partition.current.partition
  iam                 = "arn:${local.partition}:iam::${var.account_id}"
  in_account          = "${var.region}:${var.account_id}"
  registry_account_id = var.accounts[var.production_environment]
  repositories        = "arn:${local.partition}:ecr:${var.region}:${local.registry_account_id}:repository/${var.project}/*"
  boundary_arn        = "${local.iam}:policy/${local.name}-boundary"

  # What CI itself runs as: nothing that CI runs may change these.
  ci_role_arns = [for purpose in ["plan", "apply", "deploy", "push", "preview", "dns", "dns-read"] : "${local.iam}:role/${local.name}-${purpose}"]

  tags = merge(
    {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "terraform"
    },
    var.tags,
  )
}

data "aws_partition" "current" {}
