# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

# The two buckets must be told apart.
override_resource {
  target          = aws_s3_bucket.state_logs
  override_during = plan

  values = {
    arn = "arn:aws:s3:::tests-logs"
  }
}

run "first_environment" {
  command = plan

  assert {
    condition     = alltrue([for role in [aws_iam_role.plan, aws_iam_role.apply, aws_iam_role.deploy] : role.permissions_boundary == aws_iam_policy.boundary.arn])
    error_message = "Every role of CI needs the boundary."
  }

  # GitHub ends a job after six hours; a release asks for what it may take of them.
  assert {
    condition     = aws_iam_role.deploy.max_session_duration == 21600
    error_message = "The credentials of a release must last as long as its job may."
  }

  assert {
    condition     = length(aws_iam_role.push) == 0
    error_message = "Images are pushed to the production account only."
  }

  # Allowed is never everything on everything.
  assert {
    condition = alltrue([
      for policy in concat([for policy in aws_iam_policy.apply : policy.policy], [aws_iam_policy.read.policy, aws_iam_policy.state_read.policy, aws_iam_policy.state_write.policy, aws_iam_role_policy.deploy.policy, aws_iam_policy.boundary.policy]) :
      alltrue([
        for statement in jsondecode(policy).Statement :
        length([for action in flatten([statement.Action]) : action if action == "*"]) == 0
      ])
    ])
    error_message = "No policy may allow every action."
  }

  # What changes things on any resource is narrowed by a condition; a login token knows no resource.
  assert {
    condition = alltrue([
      for policy in concat([for policy in aws_iam_policy.apply : policy.policy], [aws_iam_role_policy.deploy.policy]) :
      alltrue([
        for statement in jsondecode(policy).Statement :
        !contains(flatten([statement.Resource]), "*") || can(statement.Condition) || flatten([statement.Action]) == ["ecr:GetAuthorizationToken"]
      ])
    ])
    error_message = "Changes on any resource need a condition."
  }

  assert {
    condition = alltrue([
      for policy in [aws_iam_policy.read.policy, aws_iam_policy.state_read.policy] :
      alltrue([
        for action in flatten([for statement in jsondecode(policy).Statement : statement.Action]) :
        can(regex("^[a-z0-9-]+:(Access|Decrypt|Describe|Get|List|View)", action)) && !contains(["secretsmanager:GetSecretValue", "secretsmanager:Get*", "s3:Get*"], action)
      ])
    ])
    error_message = "The plan role reads, and reads no secret values."
  }

  # Terraform reads everything that it makes: a plan that may not look at a service of an apply ends in the
  # middle. Becoming a role (sts) is nothing to look at.
  assert {
    condition = length(setsubtract(
      [for action in flatten([for policy in aws_iam_policy.apply : [for statement in jsondecode(policy.policy).Statement : statement.Action]]) : split(":", action)[0]],
      concat(["sts"], [for action in flatten([for statement in jsondecode(aws_iam_policy.read.policy).Statement : statement.Action]) : split(":", action)[0]]),
    )) == 0
    error_message = "The plan role must read every service that the apply role changes."
  }

  # The provider reads and writes the tags of a bucket by the newer interface first.
  assert {
    condition = alltrue([
      for action, policy in { ListTagsForResource = aws_iam_policy.read.policy, TagResource = aws_iam_policy.apply["data"].policy, UntagResource = aws_iam_policy.apply["data"].policy } :
      [for statement in jsondecode(policy).Statement : flatten([statement.Resource])[0] if contains(flatten([statement.Action]), "s3:${action}")] == [local.arn.s3]
    ])
    error_message = "CI must know, set and take away the tags of its own buckets."
  }

  # Whether this very root is what the code says is looked for by the plan role, too.
  assert {
    condition = length(setsubtract(
      ["iam:GetOpenIDConnectProvider", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:List*", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"],
      flatten([for statement in jsondecode(aws_iam_policy.read.policy).Statement : statement.Action]),
    )) == 0 && contains(flatten([for statement in local.state_read_statements : statement.Resource if contains(flatten([statement.Action]), "s3:GetObject")]), "${aws_s3_bucket.state.arn}/*")
    error_message = "The plan role must read what this root made, and its state."
  }

  assert {
    condition     = toset(keys(aws_iam_role_policy_attachment.plan)) == toset(["read", "state"])
    error_message = "The plan role has the reading policies alone."
  }

  assert {
    condition     = !strcontains(jsonencode([for policy in aws_iam_policy.apply : policy.policy]), "secretsmanager:GetSecretValue")
    error_message = "Applying needs no secret values."
  }

  assert {
    condition     = alltrue([for policy in concat(values(aws_iam_policy.apply), [aws_iam_policy.read, aws_iam_policy.state_write, aws_iam_policy.boundary]) : length(policy.policy) <= 6144])
    error_message = "IAM takes policies of up to 6144 characters."
  }

  assert {
    condition     = length(aws_iam_role_policy.deploy.policy) <= 10240
    error_message = "IAM takes policies of up to 10240 characters in a role."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.apply["identity"].policy).Statement :
      try(statement.Condition.StringEquals["iam:PermissionsBoundary"], "") == local.boundary_arn if contains(flatten([statement.Action]), "iam:CreateRole")
    ])
    error_message = "CI may only create roles that carry the boundary."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.apply["identity"].policy).Statement :
      can(statement.Condition.StringEquals["iam:PassedToService"]) && !contains(flatten([statement.Resource]), "*") if contains(flatten([statement.Action]), "iam:PassRole")
    ])
    error_message = "CI may pass its own roles only, and only to the services that use them."
  }

  assert {
    condition     = contains(local.ci_roots, "main") && !contains(local.ci_roots, "bootstrap")
    error_message = "CI applies the other roots, never this one."
  }

  assert {
    condition     = !strcontains(jsonencode(jsondecode(aws_iam_policy.state_write.policy).Statement), "bootstrap.tfstate") && !contains(flatten([for statement in jsondecode(aws_iam_policy.state_write.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "s3:PutObject")]), "${aws_s3_bucket.state.arn}/*")
    error_message = "The state of this root is the administrator's: CI must not write it."
  }

  assert {
    condition     = !contains(keys(output.ci_variables), "PUSH_ROLE_ARN") && output.ci_variables["STATE_BUCKET"] == aws_s3_bucket.state.id
    error_message = "CI must be told its roles and its bucket."
  }
}

run "boundary" {
  command = plan

  assert {
    condition = alltrue([
      for purpose in ["plan", "apply", "deploy", "push", "preview", "dns", "dns-read"] : anytrue([
        for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
        statement.Effect == "Deny" && contains(flatten([statement.Resource]), "arn:aws:iam::000000000001:role/tests-first-${purpose}") && contains(statement.Action, "iam:Update*") && contains(statement.Action, "iam:Attach*") && contains(statement.Action, "iam:Put*")
      ])
    ])
    error_message = "CI must not be able to change its own roles or their trust."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
      statement.Effect == "Deny" && contains(flatten([statement.Resource]), local.boundary_arn) && contains(statement.Action, "iam:CreatePolicy*") && contains(statement.Action, "iam:SetDefaultPolicyVersion")
    ])
    error_message = "CI must not be able to change the boundary."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
      statement.Effect == "Deny" && contains(flatten([statement.Resource]), "*") && contains(statement.Action, "iam:DeleteRolePermissionsBoundary") && contains(statement.Action, "iam:CreateOpenIDConnectProvider")
    ])
    error_message = "CI must not be able to lift a boundary or to trust someone else."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
      statement.Effect == "Deny" && contains(statement.Action, "iam:CreateRole") && try(statement.Condition.StringNotEquals["iam:PermissionsBoundary"], "") == local.boundary_arn
    ])
    error_message = "No role without the boundary."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
      statement.Effect == "Deny" && contains(flatten([statement.Resource]), aws_s3_bucket.state.arn) && contains(statement.Action, "s3:DeleteBucket*") && contains(statement.Action, "s3:PutBucket*")
    ])
    error_message = "CI must not be able to weaken the state bucket."
  }

  assert {
    condition = alltrue([
      for action in ["s3:DeleteObject", "s3:PutObject"] : anytrue([
        for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
        statement.Effect == "Deny" && contains(flatten([statement.Action]), action) && contains(flatten([statement.Resource]), "${aws_s3_bucket.state.arn}/bootstrap.tfstate*")
      ])
    ])
    error_message = "CI must neither write nor delete the state of this root."
  }

  assert {
    condition = alltrue([
      for root in local.ci_roots : anytrue([
        for statement in jsondecode(aws_iam_policy.boundary.policy).Statement :
        statement.Effect == "Deny" && contains(flatten([statement.Action]), "s3:DeleteObject") && contains(flatten([statement.Resource]), "${aws_s3_bucket.state.arn}/${root}.tfstate")
      ])
    ])
    error_message = "CI must not delete a state; it deletes locks, which have names of their own."
  }
}

run "production" {
  command = plan

  variables {
    environment = "last"
    production  = true
    account_id  = "000000000002"
  }

  assert {
    condition     = aws_iam_role.push[0].permissions_boundary == aws_iam_policy.boundary.arn && contains(keys(output.ci_variables), "PUSH_ROLE_ARN")
    error_message = "Production has the role that pushes images, with the boundary."
  }

  assert {
    condition     = length([for action in flatten([for statement in jsondecode(aws_iam_role_policy.push[0].policy).Statement : statement.Action]) : action if !startswith(action, "ecr:") || can(regex("Delete|Policy|Create", action))]) == 0
    error_message = "The push role pushes, and neither deletes nor changes repositories."
  }

  assert {
    condition     = flatten([for statement in jsondecode(aws_iam_role_policy.push[0].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "ecr:PutImage")]) == ["arn:aws:ecr:xx-test-1:000000000002:repository/tests/*"]
    error_message = "The push role reaches this project's repositories only."
  }
}
