# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # What the main root hands to CI; outputs.tf merges it into the output ci_variables.
  platform_ci_variables = {
    CLUSTER_NAME    = aws_ecs_cluster.main.name
    RELEASES_BUCKET = aws_s3_bucket.releases.id
  }

  # Nothing finds subnets by tags, and Fargate runs in every zone.
  platform_subnet_tags       = { public = {}, private = {} }
  platform_excluded_zone_ids = []
}

resource "aws_ecs_cluster" "main" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = "enhanced"
  }

  # Where exec is allowed at all (var.allow_exec), what is typed and answered is kept.
  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.main.arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.exec.name
      }
    }
  }

  service_connect_defaults {
    namespace = aws_service_discovery_http_namespace.main.arn
  }

  depends_on = [aws_cloudwatch_log_group.container_insights]
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  # For what names none of its own, such as a migration: it must not be interrupted.
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}

# Services call each other by name, http://<service>:<port>, through the proxy that ECS puts beside each task.
resource "aws_service_discovery_http_namespace" "main" {
  name        = local.name
  description = "Services of ${local.name}"
}
