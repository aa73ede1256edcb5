# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # Only tasks of this account and cluster get a role.
  monitoring_trust = jsonencode({
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

# Starts the task. The images are public, so it pulls without a login.
resource "aws_iam_role" "monitoring_execution" {
  name                 = "${local.name}-monitoring-exec"
  description          = "Starts the task of the monitoring"
  assume_role_policy   = local.monitoring_trust
  permissions_boundary = local.permissions_boundary_arn
}

resource "aws_iam_role_policy" "monitoring_execution" {
  name = "start"
  role = aws_iam_role.monitoring_execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WriteLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.monitoring.arn}:*"
    }]
  })
}

# What Prometheus, the exporters and the configuration may do.
resource "aws_iam_role" "monitoring_task" {
  name                 = "${local.name}-monitoring-task"
  description          = "What the monitoring may do in AWS"
  assume_role_policy   = local.monitoring_trust
  permissions_boundary = local.permissions_boundary_arn
}

resource "aws_iam_role_policy" "monitoring_task" {
  #checkov:skip=CKV_AWS_355:Listing clusters, describing network interfaces and reading metrics know no resource
  name = "watch"
  role = aws_iam_role.monitoring_task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindConfiguration"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.monitoring.arn
      },
      {
        Sid      = "ReadConfiguration"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${aws_s3_bucket.monitoring.arn}/*"
      },
      {
        # Read by the container that starts first, which writes them into files: a key that nobody has written yet must not
        # keep the whole monitoring from starting, as it would if ECS put them into variables.
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = local.monitoring_secret_arns
      },
      {
        Sid       = "Decrypt"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = aws_kms_key.main.arn
        Condition = { StringEquals = { "kms:ViaService" = ["s3.${var.region}.amazonaws.com", "secretsmanager.${var.region}.amazonaws.com"] } }
      },
      {
        Sid      = "WriteMetrics"
        Effect   = "Allow"
        Action   = "aps:RemoteWrite"
        Resource = aws_prometheus_workspace.main.arn
      },
      {
        # Discovery tries its credentials on the cluster `default`, whether there is one or not.
        Sid      = "FindCluster"
        Effect   = "Allow"
        Action   = "ecs:DescribeClusters"
        Resource = [aws_ecs_cluster.main.arn, "arn:${local.partition}:ecs:${var.region}:${var.account_id}:cluster/default"]
      },
      {
        Sid       = "FindTasks"
        Effect    = "Allow"
        Action    = ["ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListServices", "ecs:ListTasks"]
        Resource  = "*"
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.main.arn } }
      },
      {
        # These know no resource.
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "cloudwatch:GetMetricData",
          "cloudwatch:GetMetricStatistics",
          "cloudwatch:ListMetrics",
          "ec2:DescribeNetworkInterfaces",
          "iam:ListAccountAliases",
          "tag:GetResources",
        ]
        Resource = "*"
      },
    ]
  })
}
