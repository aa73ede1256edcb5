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
}

run "production" {
  command = plan

  variables {
    environment = "last"
    production  = true
    account_id  = "000000000002"
  }

  assert {
    condition     = toset(try(jsondecode(aws_iam_role.dns[0].assume_role_policy).Statement[0].Condition.ArnEquals["aws:PrincipalArn"], [])) == toset([for purpose in ["apply", "external-dns", "plan"] : "arn:aws:iam::000000000001:role/tests-first-${purpose}"])
    error_message = "Only the roles of other environments that write records may assume it."
  }

  assert {
    condition     = flatten([for statement in jsondecode(aws_iam_role_policy.dns[0].policy).Statement : statement.Resource if contains(flatten([statement.Action]), "route53:ChangeResourceRecordSets")]) == ["arn:aws:route53:::hostedzone/Z0000000000TESTS"]
    error_message = "Records of this zone only."
  }
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
    condition     = length(aws_iam_role.dns) == 0
    error_message = "With one account nobody else needs a role."
  }
}
