# Managed by agency-scaffold (ecs-jobs): "agency-scaffold update" regenerates it and keeps your edits.

# What a provider would make up, in the form that others look into.
mock_resource "aws_scheduler_schedule_group" {
  defaults = {
    arn = "arn:aws:scheduler:xx-test-1:000000000001:schedule-group/tests-first"
  }
}

mock_resource "aws_sqs_queue" {
  defaults = {
    arn = "arn:aws:sqs:xx-test-1:000000000001:tests-first-jobs"
    url = "https://sqs.xx-test-1.invalid/000000000001/tests-first-jobs"
  }
}
