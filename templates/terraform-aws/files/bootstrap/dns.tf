# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# The DNS zone lies in the production account; the other accounts write their records through this role.
locals {
  other_environments = { for environment, id in var.accounts : environment => id if id != var.account_id }
  with_dns_role      = var.production && length(local.other_environments) > 0

  dns_principals = flatten([
    for environment, id in local.other_environments : [
      for purpose in ["apply", "external-dns", "plan"] : "arn:${local.partition}:iam::${id}:role/${var.project}-${environment}-${purpose}"
    ]
  ])
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

  # The accounts are the principals and the condition names the roles, because a role must exist to be a principal.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = [for id in distinct(values(local.other_environments)) : "arn:${local.partition}:iam::${id}:root"] }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = { ArnEquals = { "aws:PrincipalArn" = local.dns_principals } }
    }]
  })
}

resource "aws_iam_role_policy" "dns" {
  count = local.with_dns_role ? 1 : 0

  name = "records"
  role = aws_iam_role.dns[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Records"
        Effect   = "Allow"
        Action   = ["route53:ChangeResourceRecordSets", "route53:GetHostedZone", "route53:ListResourceRecordSets", "route53:ListTagsForResource"]
        Resource = "arn:${local.partition}:route53:::hostedzone/${data.aws_route53_zone.main[0].zone_id}"
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
  })
}
