terraform {
  required_version = ">= 1.9"
}

provider "aws" {
  region = "eu-central-1"
}
