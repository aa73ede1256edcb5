# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# The boundary of CI's roles and of every role that CI makes. It grants nothing: a role can do what its own policies
# allow and this does too. What it denies, no policy can give back.
resource "aws_iam_policy" "boundary" {
  name        = "${local.name}-boundary"
  description = "The most that any role of ${local.name} can do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "ServicesInUse"
        Effect = "Allow"
        Action = concat([
          "acm:*", "budgets:*", "cloudwatch:*", "ec2:*", "ecr:*", "elasticloadbalancing:*", "events:*", "iam:*", "kms:*", "logs:*",
          "rds:*", "rds-db:connect", "route53:*", "s3:*", "secretsmanager:*", "sns:*", "sqs:*", "sts:*", "tag:*",
        ], local.platform_services.boundary)
        Resource = "*"
      },
      {
        Sid      = "NotTheRolesOfCi"
        Effect   = "Deny"
        Action   = ["iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:Put*", "iam:Tag*", "iam:Untag*", "iam:Update*"]
        Resource = local.ci_role_arns
      },
      {
        Sid    = "NotTheirPolicies"
        Effect = "Deny"
        Action = ["iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion", "iam:TagPolicy", "iam:UntagPolicy"]
        Resource = concat(
          [local.boundary_arn],
          ["${local.iam}:policy/${local.name}-apply-*", "${local.iam}:policy/${local.name}-read", "${local.iam}:policy/${local.name}-state-*"],
        )
      },
      {
        Sid       = "NoRoleWithoutBoundary"
        Effect    = "Deny"
        Action    = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
        Resource  = "*"
        Condition = { StringNotEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid    = "NoOtherIdentities"
        Effect = "Deny"
        Action = [
          "iam:*AccessKey*", "iam:*Group*", "iam:*LoginProfile*", "iam:*MFADevice*", "iam:*SAMLProvider*", "iam:*User*",
          "iam:AddClientIDToOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider",
          "iam:DeleteRolePermissionsBoundary", "iam:UpdateOpenIDConnectProviderThumbprint",
        ]
        Resource = "*"
      },
      {
        Sid    = "NotTheStateBucket"
        Effect = "Deny"
        Action = [
          "s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:PutBucket*", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
        ]
        Resource = [
          aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*",
          aws_s3_bucket.state_logs.arn, "${aws_s3_bucket.state_logs.arn}/*",
        ]
      },
      {
        # CI writes the states of the other roots and deletes their locks; the state of this root is the administrator's.
        Sid      = "NotTheAdministratorsState"
        Effect   = "Deny"
        Action   = ["s3:DeleteObject", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.state.arn}/bootstrap.tfstate*", "${aws_s3_bucket.state_logs.arn}/*"]
      },
      {
        Sid      = "NoStateIsDeleted"
        Effect   = "Deny"
        Action   = ["s3:DeleteObject"]
        Resource = [for root in local.ci_roots : "${aws_s3_bucket.state.arn}/${root}.tfstate"]
      },
      {
        Sid      = "NotTheStateKey"
        Effect   = "Deny"
        Action   = ["kms:CreateGrant", "kms:Disable*", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"]
        Resource = aws_kms_key.state.arn
      },
    ]
  })
}
