# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

output "ci_variables" {
  description = "Variables of this environment that the workflows read"
  value = merge(
    {
      AWS_ACCOUNT_ID  = var.account_id
      AWS_REGION      = var.region
      PLAN_ROLE_ARN   = aws_iam_role.plan.arn
      APPLY_ROLE_ARN  = aws_iam_role.apply.arn
      DEPLOY_ROLE_ARN = aws_iam_role.deploy.arn
      STATE_BUCKET    = aws_s3_bucket.state.id
    },
    { for role in aws_iam_role.push : "PUSH_ROLE_ARN" => role.arn },
  )
}

output "state_bucket" {
  description = "Bucket of the state; it goes into environments/<environment>.backend.hcl of every root"
  value       = aws_s3_bucket.state.id
}

output "permissions_boundary_arn" {
  description = "Boundary that every role of this environment carries"
  value       = aws_iam_policy.boundary.arn
}
