# Managed by agency-scaffold (k8s-previews): "agency-scaffold update" regenerates it and keeps your edits.

# CI's role of previews enters the cluster as the group `previewers`; infrastructure/kubernetes/preview-access says what that
# may do, and what it is kept from.
resource "aws_eks_access_entry" "preview" {
  count = var.previews ? 1 : 0

  cluster_name      = aws_eks_cluster.main.name
  principal_arn     = "arn:${local.partition}:iam::${var.account_id}:role/${local.name}-preview"
  kubernetes_groups = ["previewers"]
}
