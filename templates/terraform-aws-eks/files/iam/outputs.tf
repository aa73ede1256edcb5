# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

output "service_role_arns" {
  description = "Roles by service"
  value       = { for service, role in aws_iam_role.service : service => role.arn }
}

output "external_secrets_role_arn" {
  description = "Role that reads this environment's secrets"
  value       = aws_iam_role.external_secrets.arn
}
