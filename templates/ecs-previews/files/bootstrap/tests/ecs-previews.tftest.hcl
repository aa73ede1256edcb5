# Managed by agency-scaffold (ecs-previews): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  previews = true
}

run "services" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(local.preview_policy).Statement :
      alltrue([for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:ecs:xx-test-1:000000000001:service/tests-first/pr-")])
      if length(setintersection(flatten([statement.Action]), ["ecs:CreateService", "ecs:DeleteService", "ecs:UpdateService"])) > 0
    ])
    error_message = "Services of the environment are none of a preview's."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(local.preview_policy).Statement :
      try(statement.Condition.ArnLikeIfExists["ecs:task-definition"], "") == "arn:aws:ecs:xx-test-1:000000000001:task-definition/tests-first-preview-*:*" && try(statement.Condition.BoolIfExists["ecs:enable-execute-command"], "") == "false"
      if contains(flatten([statement.Action]), "ecs:CreateService") || contains(flatten([statement.Action]), "ecs:UpdateService")
    ])
    error_message = "A service of a preview runs revisions of previews, which have their roles, and nobody enters it."
  }

  assert {
    condition     = [for statement in jsondecode(local.preview_policy).Statement : statement.Resource if contains(flatten([statement.Action]), "ecs:RunTask")] == ["arn:aws:ecs:xx-test-1:000000000001:task-definition/tests-first-preview-*:*"]
    error_message = "Only revisions of previews are run: others would run with their own roles and secrets."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(local.preview_policy).Statement : try(statement.Condition.Null["aws:RequestTag/preview"], "") == "false"
      if contains(flatten([statement.Action]), "ecs:RegisterTaskDefinition")
      ]) && [
      for statement in jsondecode(local.preview_policy).Statement : [for resource in flatten([statement.Resource]) : resource if strcontains(resource, "task-definition/")]
      if contains(flatten([statement.Action]), "ecs:TagResource")
    ] == [["arn:aws:ecs:xx-test-1:000000000001:task-definition/tests-first-preview-*:*"]]
    error_message = "A release must never find a revision that a pull request registered: without a tag there is none, and tags are for families of previews."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(local.preview_policy).Statement : try(statement.Condition.Null["aws:ResourceTag/preview"], "") == "false" if contains(flatten([statement.Action]), "ecs:StopTask")])
    error_message = "Only tasks of previews are stopped."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(local.preview_policy).Statement : statement.Resource if contains(flatten([statement.Action]), "iam:PassRole")])) == toset(["arn:aws:iam::000000000001:role/tests-first-preview-execution", "arn:aws:iam::000000000001:role/tests-first-preview-task"])
    error_message = "Tasks of previews get the two roles of previews."
  }
}

run "surroundings" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(local.preview_policy).Statement :
      try(statement.Condition.StringEquals["aws:ResourceTag/stack"], statement.Condition.StringEquals["aws:RequestTag/stack"], "") == "tests-first" && try(statement.Condition.Null["aws:ResourceTag/preview"], statement.Condition.Null["aws:RequestTag/preview"], "") == "false"
      if anytrue([for action in flatten([statement.Action]) : can(regex("^elasticloadbalancing:(Create|Delete|Modify)", action))])
    ])
    error_message = "Rules and target groups of the environment are none of a preview's."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(local.preview_policy).Statement : can(statement.Condition.StringEquals["elasticloadbalancing:CreateAction"]) if contains(flatten([statement.Action]), "elasticloadbalancing:AddTags")])
    error_message = "What is there already gets no tag, or it would pass for a preview's."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(local.preview_policy).Statement :
      alltrue([for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:secretsmanager:xx-test-1:000000000001:secret:tests/preview/")])
      if anytrue([for action in flatten([statement.Action]) : startswith(action, "secretsmanager:")])
    ])
    error_message = "Secrets of the environment are none of a preview's."
  }

  assert {
    condition     = flatten([for statement in jsondecode(local.preview_policy).Statement : statement.Resource if length(setintersection(flatten([statement.Action]), ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"])) > 0]) == ["arn:aws:s3:::tests-first-releases-000000000001/previews/*"]
    error_message = "The record of releases is none of a preview's."
  }

  assert {
    condition     = alltrue([for statement in jsondecode(local.preview_policy).Statement : can(statement.Condition) || flatten([statement.Action]) == ["ecr:GetAuthorizationToken"] if contains(flatten([statement.Resource]), "*")])
    error_message = "What knows no resource has a condition."
  }

  assert {
    condition     = length(local.preview_policy) <= 10240
    error_message = "IAM takes at most 10240 characters of a role's own policy."
  }
}
