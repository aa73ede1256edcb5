# Every block of Terraform's language, with what no generated repository has today: misspellings are put in here too.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 6.0"
      configuration_aliases = [aws.far]
    }
    helm = {
      source  = "hashicorp/helm"
      version = "~> 3.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  alias  = "near"
  region = "eu-central-1"

  dynamic "assume_role" {
    for_each = var.size.names

    content {
      role_arn = assume_role.value
    }
  }
}

provider "helm" {
  kubernetes = {
    host = "https://cluster.invalid"
    exec = {
      api_version = "client.authentication.k8s.io/v1"
      command     = "aws"
      args        = ["eks"]
    }
  }
}

variable "size" {
  description = "How large, and what for"
  type = object({
    low   = optional(number, 1)
    names = list(string)
  })
  default = {
    names = ["a"]
  }
  sensitive = false
  nullable  = false
  ephemeral = false

  validation {
    condition     = var.size.low > 0
    error_message = "Nothing is as small as that."
  }
}

locals {
  half = ceil(var.size.low / 2)
}

resource "aws_lb" "main" {
  count    = local.half
  provider = aws.far
  name     = "lb-${count.index}"
}

resource "aws_lb_listener" "main" {
  for_each          = toset(var.size.names)
  load_balancer_arn = aws_lb.main[0].arn
  depends_on        = [aws_lb.main]

  dynamic "default_action" {
    for_each = [local.half]
    iterator = action

    content {
      type = "forward"

      dynamic "forward" {
        for_each = [action.value]

        content {
          dynamic "target_group" {
            for_each = [forward.value]

            content {
              arn = target_group.value
            }
          }
        }
      }
    }
  }

  lifecycle {
    create_before_destroy = true
    prevent_destroy       = false
    ignore_changes        = [port, protocol]
    replace_triggered_by  = [aws_lb.main]

    precondition {
      condition     = each.value != ""
      error_message = "A listener has a name."
    }

    postcondition {
      condition     = self.arn != ""
      error_message = "A listener has an ARN."
    }
  }

  connection {
    type = "ssh"
    user = "root"
    host = self.arn
  }

  provisioner "local-exec" {
    when        = destroy
    on_failure  = continue
    command     = "true"
    working_dir = path.module
    environment = {}
  }

  provisioner "file" {
    source      = "a"
    destination = "b"
  }

  provisioner "remote-exec" {
    inline = ["true"]
  }
}

data "aws_vpc" "main" {
  id = "vpc-1"

  lifecycle {
    postcondition {
      condition     = self.cidr_block != ""
      error_message = "A network has addresses."
    }
  }
}

ephemeral "aws_secretsmanager_secret_version" "main" {
  secret_id = data.aws_vpc.main.id
}

module "inner" {
  source   = "./inner"
  for_each = toset(["a"])

  providers = {
    aws = aws.near
  }

  name       = each.key
  depends_on = [data.aws_vpc.main]
}

output "all" {
  description = "What other roots read"
  value       = [module.inner["a"].arn, aws_lb_listener.main["a"].arn]
  sensitive   = false
  ephemeral   = false
  depends_on  = [aws_lb.main]

  precondition {
    condition     = terraform.workspace == "default"
    error_message = "There is one workspace."
  }
}

moved {
  from = aws_lb.old
  to   = aws_lb.main
}

import {
  to       = aws_lb_listener.main["a"]
  id       = "arn"
  provider = aws.near
}

removed {
  from = aws_lb.older

  lifecycle {
    destroy = false
  }
}

check "network" {
  data "aws_vpc" "checked" {
    id = "vpc-1"
  }

  assert {
    condition     = data.aws_vpc.checked.cidr_block != ""
    error_message = "A network has addresses."
  }
}
