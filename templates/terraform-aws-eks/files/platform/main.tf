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

# Kustomize (infrastructure/kubernetes) applies its own labels to the namespaces that it knows, so they are not undone here.
resource "kubernetes_namespace_v1" "application" {
  metadata {
    name   = var.application_namespace
    labels = merge(local.labels, { "pod-security.kubernetes.io/enforce" = "restricted" })
  }

  lifecycle {
    ignore_changes = [metadata[0].annotations, metadata[0].labels]
  }
}

resource "kubernetes_namespace_v1" "gateway" {
  metadata {
    name   = "gateway"
    labels = merge(local.labels, { "pod-security.kubernetes.io/enforce" = "restricted" })
  }

  lifecycle {
    ignore_changes = [metadata[0].annotations, metadata[0].labels]
  }
}

resource "kubernetes_namespace_v1" "monitoring" {
  metadata {
    name   = "monitoring"
    labels = local.labels
  }

  lifecycle {
    ignore_changes = [metadata[0].annotations, metadata[0].labels]
  }
}

resource "kubernetes_namespace_v1" "external_secrets" {
  metadata {
    name   = "external-secrets"
    labels = merge(local.labels, { "pod-security.kubernetes.io/enforce" = "restricted" })
  }
}
