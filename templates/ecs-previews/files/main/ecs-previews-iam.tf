# Managed by agency-scaffold (ecs-previews): "agency-scaffold update" regenerates it and keeps your edits.

# The two roles of every task of every preview. Whoever may push a branch decides what such a task does, so they reach what is
# made for previews and nothing of the environment.
locals {
  preview_roles = {
    execution = "Starts tasks of previews: images, secrets and logs of previews"
    task      = "Nothing: what a preview's code may do in AWS"
  }
}

resource "aws_iam_role" "previews" {
  for_each = var.previews ? local.preview_roles : {}

  name                 = "${local.name}-preview-${each.key}"
  description          = each.value
  permissions_boundary = local.permissions_boundary_arn

  # Only tasks of this account and region get it.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${var.region}:${var.account_id}:*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "previews" {
  count = var.previews ? 1 : 0

  name = "start"
  role = aws_iam_role.previews["execution"].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "PullImagesOfPreviews"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:${local.partition}:ecr:${var.region}:${var.account_id}:repository/${var.project}/preview/*"
      },
      {
        # Knows no resource.
        Sid      = "RegistryLogin"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "WriteLogsOfPreviews"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.previews[0].arn}:*"
      },
      {
        Sid      = "ReadSecretsOfPreviews"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:${local.partition}:secretsmanager:${var.region}:${var.account_id}:secret:${var.project}/preview/*"
      },
      {
        Sid       = "DecryptThem"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.main.arn
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.region}.amazonaws.com" } }
      },
    ]
  })
}
