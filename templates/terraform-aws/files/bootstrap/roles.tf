# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# Who may assume these roles is the CI system's matter: local.ci_trust, in the file that has its name.

resource "aws_iam_role" "plan" {
  name                 = "${local.name}-plan"
  description          = "CI: reads everything, changes nothing"
  assume_role_policy   = local.ci_trust.plan
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_role" "apply" {
  name                 = "${local.name}-apply"
  description          = "CI: applies the approved plan"
  assume_role_policy   = local.ci_trust.apply
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = 7200
}

resource "aws_iam_role" "deploy" {
  name                 = "${local.name}-deploy"
  description          = "CI: releases, and marks what was released"
  assume_role_policy   = local.ci_trust.deploy
  permissions_boundary = aws_iam_policy.boundary.arn
  # A release asks for as long as it may take, with migrations and the time of watching; no job runs for longer than this.
  max_session_duration = 21600
}

resource "aws_iam_role" "push" {
  count = var.production ? 1 : 0

  name                 = "${local.name}-push"
  description          = "CI: pushes new images, nothing else"
  assume_role_policy   = local.ci_trust.push
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy_attachment" "plan" {
  for_each = { read = aws_iam_policy.read.arn, state = aws_iam_policy.state_read.arn }

  role       = aws_iam_role.plan.name
  policy_arn = each.value
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each = merge(
    { read = aws_iam_policy.read.arn, state = aws_iam_policy.state_write.arn },
    { for name, policy in aws_iam_policy.apply : name => policy.arn },
  )

  role       = aws_iam_role.apply.name
  policy_arn = each.value
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.deploy.id
  policy = local.deploy_policy
}

resource "aws_iam_role_policy" "push" {
  count = var.production ? 1 : 0

  name   = "push"
  role   = aws_iam_role.push[0].id
  policy = local.push_policy
}
