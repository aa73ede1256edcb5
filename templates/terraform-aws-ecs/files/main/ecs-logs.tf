# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

resource "aws_cloudwatch_log_group" "service" {
  for_each = var.service_settings

  name              = "/ecs/${local.name}/${each.key}"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}

# What people do inside containers.
resource "aws_cloudwatch_log_group" "exec" {
  name              = "/ecs/${local.name}-exec"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}

# ECS would make this group by itself, unencrypted and without retention.
resource "aws_cloudwatch_log_group" "container_insights" {
  name              = "/aws/ecs/containerinsights/${local.name}/performance"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}
