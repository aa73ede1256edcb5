# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

# Where containers' output goes; a filter of the platform root writes to it and cannot make other groups.
resource "aws_cloudwatch_log_group" "containers" {
  name              = "/aws/eks/${local.name}/containers"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}
