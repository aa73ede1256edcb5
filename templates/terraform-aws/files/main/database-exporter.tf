# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# The login of the monitoring at the database: host, username and password, put by hand like the other secrets.
resource "aws_secretsmanager_secret" "database_exporter" {
  #checkov:skip=CKV2_AWS_57:The user is made inside the database, where no function of the account can log in
  name                    = "${var.project}/${var.environment}/database-exporter"
  description             = "Keys: host, username, password"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = local.production ? 30 : 7
}
