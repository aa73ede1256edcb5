# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # IAM allows 64 characters; a longer name is cut and ended with a hash of the whole.
  service_role_long = { for service in var.services : service => "${var.name}-service-${service}" }
  service_role_names = {
    for service, name in local.service_role_long :
    service => length(name) <= 64 ? name : "${trimsuffix(substr(name, 0, 57), "-")}-${substr(sha256(name), 0, 6)}"
  }
}

# The session tags are put on by EKS: only pods of this service account, namespace and cluster get the role.
resource "aws_iam_role" "service" {
  for_each = local.service_role_names

  name                 = each.value
  description          = "What ${each.key} may do in AWS"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:SourceAccount"                         = var.account_id
          "aws:RequestTag/eks-cluster-name"           = var.name
          "aws:RequestTag/kubernetes-namespace"       = var.namespace
          "aws:RequestTag/kubernetes-service-account" = each.key
        }
      }
    }]
  })
}

resource "aws_iam_role" "external_secrets" {
  name                 = "${var.name}-external-secrets"
  description          = "Reads this environment's secrets for the cluster"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:SourceAccount"                         = var.account_id
          "aws:RequestTag/eks-cluster-name"           = var.name
          "aws:RequestTag/kubernetes-namespace"       = "external-secrets"
          "aws:RequestTag/kubernetes-service-account" = "external-secrets"
        }
      }
    }]
  })
}
