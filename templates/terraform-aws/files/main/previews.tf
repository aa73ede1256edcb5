# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# What previews of pull requests have of their own, in the first environment: a registry that no release reads, because a pull
# request writes it, and secrets with values that are meant for them.

variable "preview_image_days" {
  description = "Days that images of previews are kept"
  type        = number
  default     = 8
}

locals {
  preview_services = var.previews ? var.services : {}
}

resource "aws_ecr_repository" "preview" {
  for_each = local.preview_services

  name                 = "${var.project}/preview/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}

resource "aws_ecr_lifecycle_policy" "preview" {
  for_each = aws_ecr_repository.preview

  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Expire with the previews"
      selection = {
        tagStatus   = "any"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.preview_image_days
      }
      action = { type = "expire" }
    }]
  })
}

# Values are put by hand: test accounts of third parties, never what an environment uses.
resource "aws_secretsmanager_secret" "preview" {
  #checkov:skip=CKV2_AWS_57:Values come from third parties, who issue them; no function can rotate them
  for_each = { for name, service in local.preview_services : name => service if length(service.secrets) > 0 }

  name                    = "${var.project}/preview/${each.key}"
  description             = "Of previews. Keys: ${join(", ", each.value.secrets)}"
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 7
}
