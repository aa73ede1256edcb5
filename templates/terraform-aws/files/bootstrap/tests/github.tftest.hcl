# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "classic_subjects" {
  command = plan

  assert {
    condition     = try(jsondecode(aws_iam_role.deploy.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"], "") == ["repo:octo/tests:environment:first"]
    error_message = "Without ids, only the subject without ids is trusted."
  }

  assert {
    condition     = toset(try(jsondecode(aws_iam_role.plan.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"], [])) == toset(["repo:octo/tests:environment:first", "repo:octo/tests:ref:refs/heads/main", "repo:octo/tests:pull_request"])
    error_message = "Pull requests, the default branch and the environment may plan."
  }
}

run "both_subjects" {
  command = plan

  variables {
    github_owner_id      = "11"
    github_repository_id = "22"
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.apply, aws_iam_role.deploy] :
      try(jsondecode(role.assume_role_policy).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"], "") == ["repo:octo/tests:environment:first", "repo:octo@11/tests@22:environment:first"]
    ])
    error_message = "Both forms of the subject must be trusted, bound to repository and environment."
  }

  assert {
    condition = alltrue([
      for trust in values(local.ci_trust) :
      length(jsondecode(trust).Statement) == 1 && keys(jsondecode(trust).Statement[0].Condition) == ["StringEquals"] && !strcontains(jsonencode(jsondecode(trust).Statement[0].Condition), "*")
    ])
    error_message = "Subjects are compared whole: no wildcards."
  }

  assert {
    condition     = alltrue([for trust in values(local.ci_trust) : try(jsondecode(trust).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:aud"], "any") == "sts.amazonaws.com"])
    error_message = "Tokens must be made for AWS."
  }

  assert {
    condition     = alltrue([for trust in values(local.ci_trust) : jsondecode(trust).Statement[0].Principal == { Federated = "arn:aws:iam::000000000001:oidc-provider/token.actions.githubusercontent.com" }])
    error_message = "Only GitHub's tokens are trusted."
  }

  assert {
    condition     = alltrue([for subject in try(jsondecode(local.ci_trust.push).Statement[0].Condition.StringEquals["token.actions.githubusercontent.com:sub"], ["any"]) : endswith(subject, ":ref:refs/heads/main")])
    error_message = "Images are pushed from the default branch only."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com"
    error_message = "The provider is GitHub's."
  }
}

run "production_is_rolled_back_from_one_workflow" {
  command = plan

  variables {
    environment          = "last"
    account_id           = "000000000002"
    production           = true
    github_owner_id      = "11"
    github_repository_id = "22"
  }

  assert {
    condition     = [for purpose, trust in local.ci_trust : purpose if length(jsondecode(trust).Statement) > 1] == ["deploy"]
    error_message = "Only a release may be taken back without an approval."
  }

  assert {
    condition = try(jsondecode(local.ci_trust.deploy).Statement[1].Condition, {}) == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud"              = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub"              = ["repo:octo/tests:environment:last-rollback", "repo:octo@11/tests@22:environment:last-rollback"]
        "token.actions.githubusercontent.com:job_workflow_ref" = "octo/tests/.github/workflows/rollback.yml@refs/heads/main"
      }
    }
    error_message = "The environment without an approval is trusted in rollback.yml of the default branch alone."
  }
}

run "second_environment_of_an_account" {
  command = plan

  variables {
    create_oidc_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account has one provider."
  }
}

run "wildcard_is_refused" {
  command = plan

  variables {
    repository     = "octo/*"
    default_branch = "*"
  }

  expect_failures = [var.repository, var.default_branch]
}
