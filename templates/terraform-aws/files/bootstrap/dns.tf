# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# The DNS zone lies in the production account. The other accounts write their records through one role there and plan
# through another, which only reads: a branch of a pull request runs as the plan role. Across accounts both sides must
# allow it: the trust of these roles, and the policy of whoever becomes them.
variable "administrators" {
  description = "IAM roles of the people who apply other environments by hand, by environment: they write records as CI does"
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue([for arn in flatten(values(var.administrators)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/[A-Za-z0-9+=,.@_/-]+$", arn))])
    error_message = "administrators must be ARNs of IAM roles or users: fill in environments/<environment>.tfvars."
  }
}

locals {
  other_environments = { for environment, id in var.accounts : environment => id if id != var.account_id }
  with_dns_role      = var.production && length(local.other_environments) > 0

  dns_principals = flatten([
    for environment, id in local.other_environments : [
      [for purpose in ["apply", "external-dns"] : "arn:${local.partition}:iam::${id}:role/${var.project}-${environment}-${purpose}"],
      lookup(var.administrators, environment, []),
    ]
  ])
  dns_read_principals = [for environment, id in local.other_environments : "arn:${local.partition}:iam::${id}:role/${var.project}-${environment}-plan"]

  # The accounts are the principals and the condition names the roles, because a role must exist to be a principal.
  dns_trust = {
    for name, principals in { write = local.dns_principals, read = local.dns_read_principals } : name => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { AWS = [for id in distinct(values(local.other_environments)) : "arn:${local.partition}:iam::${id}:root"] }
        Action    = ["sts:AssumeRole", "sts:TagSession"]
        Condition = { ArnEquals = { "aws:PrincipalArn" = principals } }
      }]
    })
  }

  dns_read_statements = [
    {
      Sid      = "Look"
      Effect   = "Allow"
      Action   = ["route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"]
      Resource = local.dns_zone_arn
    },
    {
      # Know no zone.
      Sid      = "Find"
      Effect   = "Allow"
      Action   = ["route53:ListHostedZones", "route53:ListHostedZonesByName"]
      Resource = "*"
    },
    {
      Sid      = "Wait"
      Effect   = "Allow"
      Action   = "route53:GetChange"
      Resource = "arn:${local.partition}:route53:::change/*"
    },
  ]
  dns_zone_arn = local.with_dns_role ? "arn:${local.partition}:route53:::hostedzone/${data.aws_route53_zone.main[0].zone_id}" : ""
}

data "aws_route53_zone" "main" {
  count = local.with_dns_role ? 1 : 0

  name         = var.domain
  private_zone = false
}

resource "aws_iam_role" "dns" {
  count = local.with_dns_role ? 1 : 0

  name                 = "${local.name}-dns"
  description          = "Other environments: records of their hosts and certificates"
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = local.dns_trust.write
}

resource "aws_iam_role_policy" "dns" {
  count = local.with_dns_role ? 1 : 0

  name = "records"
  role = aws_iam_role.dns[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.dns_read_statements, [{
      Sid      = "Records"
      Effect   = "Allow"
      Action   = "route53:ChangeResourceRecordSets"
      Resource = local.dns_zone_arn
    }])
  })
}

resource "aws_iam_role" "dns_read" {
  count = local.with_dns_role ? 1 : 0

  name                 = "${local.name}-dns-read"
  description          = "Plans of other environments: read the zone"
  permissions_boundary = aws_iam_policy.boundary.arn
  assume_role_policy   = local.dns_trust.read
}

resource "aws_iam_role_policy" "dns_read" {
  count = local.with_dns_role ? 1 : 0

  name   = "look"
  role   = aws_iam_role.dns_read[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.dns_read_statements })
}

# The other side: a plan may become the reading role of the zone's account, and no other role anywhere.
resource "aws_iam_role_policy" "plan_dns" {
  count = local.registry_account_id == var.account_id ? 0 : 1

  name = "read-zone"
  role = aws_iam_role.plan.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "BecomeTheReaderOfTheZone"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = "${local.arn.dns_role}-read"
    }]
  })
}
