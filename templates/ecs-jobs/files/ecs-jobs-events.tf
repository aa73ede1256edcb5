# Managed by agency-scaffold (ecs-jobs): "agency-scaffold update" regenerates it and keeps your edits.

# How runs of jobs end. ECS forgets a task within the hour: it is kept with the other events of the environment, and counted by
# rule, which the alerts read.
locals {
  # A run has two containers: the job, and one that keeps the time and ends with 124 when it is over. Where the job ends first,
  # the other is told to stop and ends with 143: 0 is always the job's, and so is whatever is neither. A run that somebody or
  # AWS stopped has not succeeded, whatever its code. One whose time was over may end with 0 when it is told to stop, and then
  # matches `succeeded`, too: a pattern asks for some container and cannot say "none". The alert lets `timed-out` win.
  run_endings = {
    failed = { "$or" = [
      { stopCode = ["TaskFailedToStart"] },
      { stopCode = [{ "anything-but" = ["UserInitiated"] }], containers = { exitCode = [{ "anything-but" = [0, 143] }] } },
    ] }
    timed-out = { stopCode = [{ "anything-but" = ["UserInitiated"] }], containers = { exitCode = [124] } }
    succeeded = { stopCode = ["EssentialContainerExited"], containers = { exitCode = [0] } }
  }

  job_rules = merge([
    for ending, pattern in local.run_endings : {
      for job, family in local.job_families : "${job}-${ending}" => {
        source        = ["aws.ecs"]
        "detail-type" = ["ECS Task State Change"]
        detail = merge(pattern, {
          clusterArn = [aws_ecs_cluster.main.arn]
          group      = ["family:${family}"]
          lastStatus = ["STOPPED"]
        })
      }
    }
  ]...)

  # A longer name is cut and ended with a hash of the whole.
  job_rule_names = {
    for key in keys(local.job_rules) : key => (
      length("${local.name}-job-${key}") <= 64
      ? "${local.name}-job-${key}"
      : "${trim(substr("${local.name}-job-${key}", 0, 57), "-")}-${substr(sha256("${local.name}-job-${key}"), 0, 6)}"
    )
  }
}

resource "aws_cloudwatch_event_rule" "jobs" {
  for_each = local.job_rules

  name          = local.job_rule_names[each.key]
  description   = "Counted and kept for the monitoring: ${each.key}"
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "jobs" {
  for_each = aws_cloudwatch_event_rule.jobs

  rule = each.value.name
  arn  = aws_cloudwatch_log_group.events.arn
}
