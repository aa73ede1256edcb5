# Managed by agency-scaffold (ecs-rolling): "agency-scaffold update" regenerates it and keeps your edits.

# Services whose tasks a release replaces one after another. Terraform makes them with a placeholder and no task; afterwards
# the revision is the pipeline's and the count the autoscaler's.
resource "aws_ecs_service" "service" {
  for_each = var.service_settings

  name                               = each.key
  cluster                            = aws_ecs_cluster.main.arn
  task_definition                    = aws_ecs_task_definition.placeholder[each.key].arn
  desired_count                      = 0
  platform_version                   = "LATEST"
  scheduling_strategy                = "REPLICA"
  availability_zone_rebalancing      = "ENABLED"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  enable_ecs_managed_tags            = true
  enable_execute_command             = var.allow_exec
  propagate_tags                     = "TASK_DEFINITION"

  # A slow start is no failure yet.
  health_check_grace_period_seconds = contains(keys(local.service_target_groups), each.key) ? 120 : null

  deployment_controller {
    type = "ECS"
  }

  # Tasks that do not start, or that the load balancer finds sick: ECS goes back by itself, with or without the pipeline.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    enable      = true
    rollback    = true
    alarm_names = local.deployment_alarms[each.key]
  }

  dynamic "capacity_provider_strategy" {
    for_each = {
      for provider, share in {
        FARGATE      = { base = var.capacity.on_demand_base, weight = var.capacity.on_demand_weight }
        FARGATE_SPOT = { base = 0, weight = var.capacity.spot_weight }
      } : provider => share if share.base + share.weight > 0
    }

    content {
      capacity_provider = capacity_provider_strategy.key
      base              = capacity_provider_strategy.value.base
      weight            = capacity_provider_strategy.value.weight
    }
  }

  network_configuration {
    subnets          = [for subnet in aws_subnet.private : subnet.id]
    security_groups  = local.service_security_group_ids[each.key]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = { for name, group in local.service_target_groups : name => group if name == each.key }

    content {
      container_name   = load_balancer.key
      container_port   = each.value.port
      target_group_arn = load_balancer.value
    }
  }

  # Every service may call the others; those that answer requests are found by their names.
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.main.arn

    log_configuration {
      log_driver = "awslogs"

      options = {
        awslogs-group         = aws_cloudwatch_log_group.service[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "proxy"
        mode                  = "non-blocking"
        max-buffer-size       = "5m"
      }
    }

    dynamic "service" {
      for_each = each.value.requests ? [each.value.port] : []

      content {
        port_name      = "http"
        discovery_name = each.key

        client_alias {
          dns_name = each.key
          port     = service.value
        }
      }
    }
  }

  lifecycle {
    # The pipeline registers revisions, the autoscaler counts.
    ignore_changes = [task_definition, desired_count]
  }

  # A task that starts before its roles have their rights fails, and so does one whose provider the cluster does not have.
  depends_on = [aws_ecs_cluster_capacity_providers.main, module.iam_ecs]
}
