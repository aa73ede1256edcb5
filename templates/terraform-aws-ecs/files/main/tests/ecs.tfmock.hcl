# Managed by agency-scaffold (terraform-aws-ecs): "agency-scaffold update" regenerates it and keeps your edits.

# What a provider would make up, in the form that others look into.
mock_resource "aws_ecs_cluster" {
  defaults = {
    arn = "arn:aws:ecs:xx-test-1:000000000001:cluster/tests-first"
  }
}

mock_resource "aws_ecs_task_definition" {
  defaults = {
    arn = "arn:aws:ecs:xx-test-1:000000000001:task-definition/tests-first-tests:1"
  }
}

mock_resource "aws_service_discovery_http_namespace" {
  defaults = {
    arn = "arn:aws:servicediscovery:xx-test-1:000000000001:namespace/ns-tests"
  }
}

mock_resource "aws_lb" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:xx-test-1:000000000001:loadbalancer/app/tests-first/0000000000000001"
    arn_suffix = "app/tests-first/0000000000000001"
    dns_name   = "tests-first.xx-test-1.elb.invalid"
    zone_id    = "Z0000000000ALB"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = {
    arn        = "arn:aws:elasticloadbalancing:xx-test-1:000000000001:targetgroup/tests-first-web/0000000000000002"
    arn_suffix = "targetgroup/tests-first-web/0000000000000002"
  }
}

mock_resource "aws_lb_listener" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:xx-test-1:000000000001:listener/app/tests-first/0000000000000001/0000000000000003"
  }
}

mock_resource "aws_lb_listener_rule" {
  defaults = {
    arn = "arn:aws:elasticloadbalancing:xx-test-1:000000000001:listener-rule/app/tests-first/0000000000000001/0000000000000003/0000000000000004"
  }
}
