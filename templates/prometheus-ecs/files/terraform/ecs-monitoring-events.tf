# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.

# ECS forgets a stopped task within the hour. What stopped and why is kept here, and counted by rule: the metric Invocations of
# each is what the alerts read.

locals {
  event_of_a_task = {
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
  }

  # Tasks of the environment's own services only: a migration ends by itself, and what else runs in the cluster pages nobody.
  stopped_task = {
    clusterArn = [aws_ecs_cluster.main.arn]
    group      = [for name in concat(keys(var.service_settings), ["monitoring"]) : "service:${name}"]
    lastStatus = ["STOPPED"]
  }

  event_patterns = merge(
    {
      tasks-failed    = merge(local.event_of_a_task, { detail = merge(local.stopped_task, { stopCode = ["EssentialContainerExited", "TaskFailedToStart"] }) })
      tasks-unhealthy = merge(local.event_of_a_task, { detail = merge(local.stopped_task, { stoppedReason = [{ wildcard = "*health checks*" }] }) })
      deployments-failed = {
        source        = ["aws.ecs"]
        "detail-type" = ["ECS Deployment State Change"]
        resources     = [{ prefix = "arn:${local.partition}:ecs:${var.region}:${var.account_id}:service/${local.name}/" }]
        detail        = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
      }
    },
    # Where everything runs on demand there is nothing to take away.
    var.capacity.spot_weight == 0 ? {} : {
      tasks-spot = merge(local.event_of_a_task, { detail = merge(local.stopped_task, { stopCode = ["SpotInterruption"] }) })
    },
  )
}

# For every rule of the environment.
resource "aws_cloudwatch_log_group" "events" {
  name              = "/aws/events/${local.name}/tasks"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}

resource "aws_cloudwatch_event_rule" "tasks" {
  for_each = local.event_patterns

  name          = "${local.name}-${each.key}"
  description   = "Counted and kept for the monitoring: ${replace(each.key, "-", " ")}"
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "tasks" {
  for_each = aws_cloudwatch_event_rule.tasks

  rule = each.value.name
  arn  = aws_cloudwatch_log_group.events.arn
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name = "${local.name}-events"

  policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # A stream is made on behalf of no rule.
        Sid       = "Streams"
        Effect    = "Allow"
        Principal = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
        Action    = "logs:CreateLogStream"
        Resource  = "${aws_cloudwatch_log_group.events.arn}:*"
      },
      {
        # Those of others, too: each by its own name would be more than a policy may say.
        Sid       = "EventsOfTheEnvironmentsRules"
        Effect    = "Allow"
        Principal = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
        Action    = "logs:PutLogEvents"
        Resource  = "${aws_cloudwatch_log_group.events.arn}:*"
        Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:events:${var.region}:${var.account_id}:rule/${local.name}-*" } }
      },
    ]
  })
}
