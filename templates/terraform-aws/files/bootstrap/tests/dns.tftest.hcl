# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "first_environment" {
  command = plan

  assert {
    condition     = length(aws_iam_role.dns) == 0
    error_message = "The zone lies in the production account."
  }

  assert {
    condition = try([
      for statement in jsondecode(aws_iam_role_policy.plan_dns[0].policy).Statement :
      [statement.Effect, flatten([statement.Action]), flatten([statement.Resource])]
    ], []) == [["Allow", ["sts:AssumeRole"], ["arn:aws:iam::000000000002:role/tests-last-dns-read"]]]
    error_message = "A plan reads the zone of the production account through the role that only reads, and becomes no other."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_iam_policy.apply["network"].policy).Statement :
      flatten([statement.Action]) == ["sts:AssumeRole"] && flatten([statement.Resource]) == ["arn:aws:iam::000000000002:role/tests-last-dns"]
    ])
    error_message = "Applying writes records through the role of the production account."
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
    condition     = toset(try(jsondecode(aws_iam_role.dns[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:PrincipalArn"], [])) == toset([for purpose in ["apply", "external-dns"] : "arn:aws:iam::000000000001:role/tests-first-${purpose}"])
    error_message = "Only the roles of other environments that write records may assume it."
  }

  assert {
    condition     = try(jsondecode(aws_iam_role.dns_read[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:PrincipalArn"], []) == ["arn:aws:iam::000000000001:role/tests-first-plan"]
    error_message = "The plan roles of other environments, and nobody else, read the zone through the role that only reads."
  }

  assert {
    condition     = alltrue([for role in [aws_iam_role.dns[0], aws_iam_role.dns_read[0]] : jsondecode(role.assume_role_policy).Statement[0].Principal == { AWS = ["arn:aws:iam::000000000001:root"] } && role.permissions_boundary == aws_iam_policy.boundary.arn])
    error_message = "Only the accounts of other environments are trusted, and both roles have the boundary."
  }

  assert {
    condition     = alltrue([for action in flatten([for statement in jsondecode(aws_iam_role_policy.dns_read[0].policy).Statement : statement.Action]) : can(regex("^route53:(Get|List)[A-Za-z]+$", action))])
    error_message = "A branch of a pull request runs as the plan role: what it reads the zone through must change nothing."
  }

  assert {
    condition     = length(aws_iam_role_policy.plan_dns) == 0
    error_message = "In the zone's own account a plan needs no other role."
  }

  assert {
    condition     = flatten([for statement in jsondecode(aws_iam_role_policy.dns[0].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "route53:ChangeResourceRecordSets")]) == ["arn:aws:route53:::hostedzone/Z0000000000TESTS"]
    error_message = "Records of this zone only."
  }
}

run "administrators" {
  command = plan

  variables {
    environment    = "last"
    production     = true
    account_id     = "000000000002"
    administrators = { first = ["arn:aws:iam::000000000001:role/administrators"], last = ["arn:aws:iam::000000000002:role/administrators"] }
  }

  assert {
    condition     = contains(try(jsondecode(aws_iam_role.dns[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:PrincipalArn"], []), "arn:aws:iam::000000000001:role/administrators")
    error_message = "Who applies another environment by hand writes its records."
  }
}

run "refuses_an_administrator_that_is_no_role" {
  command = plan

  variables {
    administrators = { first = ["arn:aws:iam::000000000001:role/*"] }
  }

  expect_failures = [var.administrators]
}

run "one_account" {
  command = plan

  variables {
    environment = "last"
    production  = true
    account_id  = "000000000002"
    accounts    = { first = "000000000002", last = "000000000002" }
  }

  assert {
    condition     = length(aws_iam_role.dns) == 0 && length(aws_iam_role.dns_read) == 0 && length(aws_iam_role_policy.plan_dns) == 0
    error_message = "With one account nobody else needs a role."
  }
}
