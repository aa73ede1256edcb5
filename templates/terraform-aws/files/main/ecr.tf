# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# One registry, in the production account: what is tested elsewhere is, by digest, what production runs.
resource "aws_ecr_repository" "service" {
  for_each = local.production ? var.services : {}

  name                 = "${var.project}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.allow_destroy

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.main.arn
  }
}

locals {
  # An image that a rule matches cannot be expired by a rule with a higher number, so the first rules keep
  # for ever whatever an environment ran: rollback needs it.
  keep_rules = [
    for index, environment in sort(keys(var.accounts)) : {
      rulePriority = index + 1
      description  = "Keep what ${environment} ran"
      selection = {
        tagStatus      = "tagged"
        tagPatternList = ["${environment}-*"]
        countType      = "imageCountMoreThan"
        countNumber    = 9999
      }
      action = { type = "expire" }
    }
  ]

  expire_rules = [
    {
      rulePriority = 100
      description  = "Expire what no environment ran"
      selection = {
        tagStatus   = "any"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = 60
      }
      action = { type = "expire" }
    },
  ]
}

resource "aws_ecr_lifecycle_policy" "service" {
  for_each = aws_ecr_repository.service

  repository = each.value.name
  policy     = jsonencode({ rules = concat(local.keep_rules, local.expire_rules) })
}

resource "aws_ecr_repository_policy" "service" {
  # With one account for everything, IAM policies alone decide.
  for_each = length(local.other_account_ids) > 0 ? aws_ecr_repository.service : {}

  repository = each.value.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "OtherEnvironmentsPull"
        Effect    = "Allow"
        Principal = { AWS = [for id in local.other_account_ids : "arn:${local.partition}:iam::${id}:root"] }
        Action    = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      },
      {
        # A good release is marked with one more tag; without the upload actions no new image can get in this way.
        Sid       = "TheirDeployRolesReadAndMark"
        Effect    = "Allow"
        Principal = { AWS = [for id in local.other_account_ids : "arn:${local.partition}:iam::${id}:root"] }
        Action    = ["ecr:DescribeImages", "ecr:ListImages", "ecr:PutImage"]
        Condition = { ArnEquals = { "aws:PrincipalArn" = local.deploy_role_arns } }
      },
    ]
  })
}
