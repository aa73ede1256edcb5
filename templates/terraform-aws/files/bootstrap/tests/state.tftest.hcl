# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "state_bucket" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "tests-first-state-000000000001"
    error_message = "The backend files name this bucket."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "Every version of the state must be kept."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" && one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.state.arn
    error_message = "The state must be encrypted with its own key."
  }

  assert {
    condition     = aws_kms_alias.state.name == "alias/tests-first-state" && aws_kms_alias.state.target_key_id == aws_kms_key.state.key_id
    error_message = "The backend files name the key by this alias."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement :
      statement.Effect == "Deny" && statement.Action == "s3:PutObject" && try(statement.Condition.StringNotEquals["s3:x-amz-server-side-encryption"], "") == "aws:kms" && try(statement.Condition.Null["s3:x-amz-server-side-encryption"], "") == "false"
    ])
    error_message = "Whoever asks for another encryption must be refused; who asks for none gets the bucket's."
  }

  assert {
    condition     = anytrue([for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Null["s3:x-amz-server-side-encryption-customer-algorithm"], "") == "false"])
    error_message = "A key of the caller's own must be refused: nobody else could read the state."
  }

  assert {
    condition = alltrue([
      for action in ["kms:Decrypt", "kms:GenerateDataKey"] : anytrue([
        for statement in jsondecode(aws_iam_policy.state_write.policy).Statement :
        contains(flatten([statement.Action]), action) && statement.Resource == aws_kms_key.state.arn
      ])
    ])
    error_message = "Whoever writes the state must be able to use its key."
  }

  assert {
    condition     = aws_kms_key.state.enable_key_rotation == true
    error_message = "The key must rotate."
  }

  assert {
    condition = alltrue(flatten([
      for block in [aws_s3_bucket_public_access_block.state, aws_s3_bucket_public_access_block.state_logs] :
      [block.block_public_acls, block.block_public_policy, block.ignore_public_acls, block.restrict_public_buckets]
    ]))
    error_message = "Neither bucket may be public in any way."
  }

  assert {
    condition = alltrue([
      for policy in [aws_s3_bucket_policy.state.policy, aws_s3_bucket_policy.state_logs.policy] :
      anytrue([for statement in jsondecode(policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"])
    ])
    error_message = "Both buckets must refuse what is not TLS."
  }

  assert {
    condition     = aws_s3_bucket_logging.state.target_prefix == "state/"
    error_message = "Access to the state must be logged."
  }

  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.state.rule).noncurrent_version_expiration[0].noncurrent_days >= 365 && one(aws_s3_bucket_lifecycle_configuration.state.rule).expiration[0].expired_object_delete_marker == true
    error_message = "Old versions are kept for a year."
  }

  assert {
    condition     = length(regexall("prevent_destroy = true", file("${path.root}/state.tf"))) == 3
    error_message = "Neither bucket nor the key may be destroyed by an apply."
  }

  assert {
    condition     = length(fileset("${path.root}/environments", "*.backend.hcl")) > 0 && alltrue([for name in fileset("${path.root}/environments", "*.backend.hcl") : can(regex("\nencrypt +=\\s*true\n", file("${path.root}/environments/${name}"))) && can(regex("\nuse_lockfile +=\\s*true\n", file("${path.root}/environments/${name}")))])
    error_message = "State must be encrypted and locked."
  }

  assert {
    condition     = alltrue([for name in fileset("${path.root}/environments", "*.backend.hcl") : can(regex("\nkms_key_id +=\\s*\"alias/[a-z0-9-]+-${trimsuffix(name, ".backend.hcl")}-state\"\n", file("${path.root}/environments/${name}")))])
    error_message = "The backend must name the key of the environment's state, or it asks S3 for another encryption."
  }

  assert {
    condition     = length(regexall("allowed_account_ids\\s+= \\[var\\.account_id\\]", file("${path.root}/versions.tf"))) == 1
    error_message = "Terraform must refuse the credentials of another account."
  }
}
