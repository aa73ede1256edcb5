# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

output "execution_role_arns" {
  description = "Roles by which tasks are started, by service"
  value       = { for service, role in aws_iam_role.execution : service => role.arn }
}

output "task_role_arns" {
  description = "Roles of the code, by service"
  value       = { for service, role in aws_iam_role.task : service => role.arn }
}
