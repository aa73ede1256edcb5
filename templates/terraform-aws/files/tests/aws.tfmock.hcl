# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.

# What AWS would answer: only what the roots look into.
mock_data "aws_partition" {
  defaults = {
    partition = "aws"
  }
}

mock_data "aws_availability_zones" {
  defaults = {
    names = ["xx-test-1c", "xx-test-1a", "xx-test-1d", "xx-test-1b"]
  }
}

mock_data "aws_route53_zone" {
  defaults = {
    zone_id = "Z0000000000TESTS"
  }
}

mock_resource "aws_acm_certificate" {
  defaults = {
    arn = "arn:aws:acm:xx-test-1:000000000001:certificate/00000000-0000-0000-0000-000000000000"
    domain_validation_options = [
      {
        domain_name           = "tests.invalid"
        resource_record_name  = "_1.tests.invalid"
        resource_record_type  = "CNAME"
        resource_record_value = "_1.acm-validations.invalid"
      },
      {
        domain_name           = "*.tests.invalid"
        resource_record_name  = "_1.tests.invalid"
        resource_record_type  = "CNAME"
        resource_record_value = "_1.acm-validations.invalid"
      },
      {
        domain_name           = "*.preview.tests.invalid"
        resource_record_name  = "_2.preview.tests.invalid"
        resource_record_type  = "CNAME"
        resource_record_value = "_2.acm-validations.invalid"
      },
    ]
  }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = {
    arn = "arn:aws:logs:xx-test-1:000000000001:log-group:/aws/tests"
  }
}

mock_resource "aws_db_instance" {
  defaults = {
    arn         = "arn:aws:rds:xx-test-1:000000000001:db:tests"
    resource_id = "db-TESTS"
    master_user_secret = [
      {
        kms_key_id    = "00000000-0000-0000-0000-000000000000"
        secret_arn    = "arn:aws:secretsmanager:xx-test-1:000000000001:secret:rds!db-tests"
        secret_status = "active"
      },
    ]
  }
}

mock_resource "aws_ecr_repository" {
  defaults = {
    arn = "arn:aws:ecr:xx-test-1:000000000001:repository/tests"
  }
}

# Without a value of its own, what the configuration leaves out is unknown, and no test can say that it is missing.
mock_resource "aws_flow_log" {
  defaults = {
    log_destination = "none"
  }
}

mock_resource "aws_vpc_endpoint" {
  defaults = {
    security_group_ids = []
  }
}

mock_resource "aws_iam_openid_connect_provider" {
  defaults = {
    arn = "arn:aws:iam::000000000001:oidc-provider/tests"
  }
}

mock_resource "aws_iam_policy" {
  defaults = {
    arn = "arn:aws:iam::000000000001:policy/tests"
  }
}

mock_resource "aws_iam_role" {
  defaults = {
    arn = "arn:aws:iam::000000000001:role/tests"
  }
}

mock_resource "aws_kms_key" {
  defaults = {
    arn    = "arn:aws:kms:xx-test-1:000000000001:key/00000000-0000-0000-0000-000000000000"
    key_id = "00000000-0000-0000-0000-000000000000"
  }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn = "arn:aws:s3:::tests"
  }
}

mock_resource "aws_secretsmanager_secret" {
  defaults = {
    arn = "arn:aws:secretsmanager:xx-test-1:000000000001:secret:tests"
  }
}

mock_resource "aws_sns_topic" {
  defaults = {
    arn = "arn:aws:sns:xx-test-1:000000000001:tests"
  }
}

mock_resource "aws_security_group" {
  defaults = {
    id = "sg-00000000000000001"
  }
}

mock_resource "aws_vpc" {
  defaults = {
    id = "vpc-00000000000000001"
  }
}

mock_resource "aws_subnet" {
  defaults = {
    id = "subnet-00000000000000001"
  }
}

mock_resource "aws_internet_gateway" {
  defaults = {
    id = "igw-00000000000000001"
  }
}

mock_resource "aws_network_acl" {
  defaults = {
    id = "acl-00000000000000001"
  }
}
