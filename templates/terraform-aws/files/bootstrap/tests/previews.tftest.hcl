# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "elsewhere" {
  command = plan

  assert {
    condition     = length(aws_iam_role.preview) == 0 && !contains(keys(output.ci_variables), "PREVIEW_ROLE_ARN")
    error_message = "Only the environment that has previews has a role for them."
  }
}

run "with_previews" {
  command = plan

  variables {
    previews = true
  }

  assert {
    condition     = one(aws_iam_role.preview).permissions_boundary == aws_iam_policy.boundary.arn
    error_message = "The role of previews has the boundary."
  }

  assert {
    condition     = one(jsondecode(one(aws_iam_role.preview).assume_role_policy).Statement).Condition.StringEquals["token.actions.githubusercontent.com:sub"] == ["repo:octo/tests:environment:preview"]
    error_message = "The role of previews is for jobs in the environment preview, and no others."
  }

  assert {
    condition     = alltrue([for purpose, trust in local.ci_trust : !strcontains(trust, "environment:preview") if purpose != "preview"])
    error_message = "No other role is for jobs of previews."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(one(aws_iam_role_policy.preview).policy).Statement :
      flatten([statement.Resource]) == ["arn:aws:ecr:xx-test-1:000000000001:repository/tests/preview/*"] if anytrue([for action in flatten([statement.Action]) : startswith(action, "ecr:") && action != "ecr:GetAuthorizationToken"])
    ])
    error_message = "The role of previews reaches their registry alone."
  }

  assert {
    condition = alltrue([
      for action in flatten([for statement in jsondecode(one(aws_iam_role_policy.preview).policy).Statement : statement.Action]) :
      !can(regex("^(iam:(Attach|Create|Delete|Put|Update)|kms:|rds:|s3:Put.*Policy|secretsmanager:(Get|Put)|sts:|\\*)", action))
    ])
    error_message = "The role of previews changes no identity, and reads no secret."
  }

  assert {
    condition     = output.ci_variables["PREVIEW_ROLE_ARN"] == "arn:aws:iam::000000000001:role/tests-first-preview" && startswith(output.ci_variables["PREVIEW_REGISTRY"], "000000000001.dkr.ecr.xx-test-1.")
    error_message = "CI is told the role and the registry of previews."
  }
}
