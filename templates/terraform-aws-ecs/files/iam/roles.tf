# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

# A service has two roles: by one ECS starts its tasks, the other is what the code may do. Scripts compute the same names.
locals {
  # IAM allows 64 characters; a longer name is cut and ended with a hash of the whole.
  long_names = {
    for purpose in ["execution", "task"] : purpose => { for service in keys(var.services) : service => "${var.name}-${service}-${purpose}" }
  }
  role_names = {
    for purpose, names in local.long_names : purpose => {
      for service, name in names : service => length(name) <= 64 ? name : "${trim(substr(name, 0, 57), "-")}-${substr(sha256(name), 0, 6)}"
    }
  }

  # Only tasks of this account and region get a role.
  trust_of_tasks = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.partition}:ecs:${var.region}:${var.account_id}:*" }
      }
    }]
  })
}

resource "aws_iam_role" "execution" {
  for_each = local.role_names.execution

  name                 = each.value
  description          = "Starts tasks of ${each.key}: image, secrets, log lines"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = local.trust_of_tasks
}

resource "aws_iam_role" "task" {
  for_each = local.role_names.task

  name                 = each.value
  description          = "What ${each.key} may do in AWS"
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = local.trust_of_tasks
}
