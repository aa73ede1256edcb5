# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  name          = "${var.project}-${var.environment}"
  token_command = ["eks", "get-token", "--cluster-name", local.name, "--region", var.region, "--output", "json"]

  # Two copies of each controller in production, so that a node may go; one elsewhere.
  replicas = var.production ? 2 : 1

  tags = merge(
    {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "terraform"
    },
    var.tags,
  )

  labels = {
    "app.kubernetes.io/part-of"    = var.project
    "app.kubernetes.io/managed-by" = "agency-scaffold"
  }
}

data "aws_eks_cluster" "main" {
  name = local.name
}

data "aws_kms_alias" "volumes" {
  name = "alias/${local.name}-volumes"
}

# The other namespaces are Kustomize's (infrastructure/kubernetes, monitoring/kubernetes).
resource "kubernetes_namespace_v1" "external_secrets" {
  metadata {
    name   = "external-secrets"
    labels = merge(local.labels, { "pod-security.kubernetes.io/enforce" = "restricted" })
  }
}
