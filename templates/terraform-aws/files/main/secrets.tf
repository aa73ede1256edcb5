# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  services_with_secrets = { for name, service in var.services : name => service if length(service.secrets) > 0 }
}

# Values are put by hand, one JSON object per secret, so that they are in no state and in no repository.
resource "aws_secretsmanager_secret" "service" {
  #checkov:skip=CKV2_AWS_57:Values come from third parties, who issue them; no function can rotate them
  for_each = local.services_with_secrets

  name                    = "${var.project}/${var.environment}/${each.key}"
  description             = "Keys: ${join(", ", each.value.secrets)}"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = local.production ? 30 : 7
}

resource "aws_secretsmanager_secret" "alertmanager" {
  #checkov:skip=CKV2_AWS_57:Values come from third parties, who issue them; no function can rotate them
  name                    = "${var.project}/${var.environment}/alertmanager"
  description             = "Where alerts go: webhook, routing key, mail password"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = local.production ? 30 : 7
}
