terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "name" {
  type = string
}

resource "aws_sns_topic" "main" {
  name = var.name
}

output "arn" {
  value = aws_sns_topic.main.arn
}
