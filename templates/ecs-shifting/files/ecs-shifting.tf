# Managed by agency-scaffold (ecs-shifting): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # Cut like those of the first groups.
  alternate_long_names = { for service, name in local.target_group_long_names : service => "${name}-alternate" }
  alternate_names = {
    for service, name in local.alternate_long_names :
    service => length(name) <= 32 ? name : "${trim(substr(name, 0, 25), "-")}-${substr(sha256(name), 0, 6)}"
  }
}

# The other side of each public service. With every release the two change places, so both say the same.
resource "aws_lb_target_group" "alternate" {
  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; from there to the task it is one hop in private subnets, between two groups
  for_each = local.public_services

  name                          = local.alternate_names[each.key]
  vpc_id                        = aws_vpc.main.id
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = each.value.port
  load_balancing_algorithm_type = "least_outstanding_requests"

  # Requests in flight may end, within the time that a task has to stop.
  deregistration_delay = 30

  health_check {
    path                = each.value.health_path
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

# By this role ECS moves the requests: it may reach this load balancer, and these target groups.
resource "aws_iam_role" "shift" {
  name                 = "${local.name}-shift"
  description          = "Moves requests between the versions of a service"
  permissions_boundary = local.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# What AmazonECSInfrastructureRolePolicyForLoadBalancers allows, on nothing but these.
resource "aws_iam_role_policy" "shift" {
  name = "shift"
  role = aws_iam_role.shift.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Know no resource.
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
        ]
        Resource = "*"
      },
      {
        Sid      = "Targets"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
        Resource = [for group in concat(values(aws_lb_target_group.service), values(aws_lb_target_group.alternate)) : group.arn]
      },
      {
        Sid    = "Weights"
        Effect = "Allow"
        Action = ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"]
        Resource = [
          for kind in ["listener", "listener-rule"] :
          "arn:${local.partition}:elasticloadbalancing:${var.region}:${var.account_id}:${kind}/${aws_lb.main.arn_suffix}/*"
        ]
      },
    ]
  })
}
