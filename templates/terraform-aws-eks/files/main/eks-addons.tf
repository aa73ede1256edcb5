# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # Settings are checked by EKS against each add-on's schema: aws eks describe-addon-configuration.
  addons_before_nodes = {
    eks-pod-identity-agent = {}
    kube-proxy             = {}
    vpc-cni = {
      enableNetworkPolicy = "true"
      nodeAgent           = { enablePolicyEventLogs = "true" }
    }
  }
  addons_on_nodes = {
    aws-ebs-csi-driver = {}
    coredns            = { autoScaling = { enabled = true, minReplicas = 2, maxReplicas = 10 } }
    metrics-server     = {}
  }

  # Service accounts of add-ons that call AWS; the roles stand in eks-identities.tf.
  addon_service_accounts = {
    aws-ebs-csi-driver = "ebs-csi-controller-sa"
    vpc-cni            = "aws-node"
  }
}

# What EKS recommends for this Kubernetes version, unless a variable says otherwise.
data "aws_eks_addon_version" "default" {
  for_each = merge(local.addons_before_nodes, local.addons_on_nodes)

  addon_name         = each.key
  kubernetes_version = aws_eks_cluster.main.version
}

resource "aws_eks_addon" "before_nodes" {
  for_each = local.addons_before_nodes

  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, data.aws_eks_addon_version.default[each.key].version)
  configuration_values        = length(each.value) > 0 ? jsonencode(each.value) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = { for addon, account in local.addon_service_accounts : addon => account if addon == each.key }

    content {
      role_arn        = aws_iam_role.identity[pod_identity_association.key].arn
      service_account = pod_identity_association.value
    }
  }

  depends_on = [aws_iam_role_policy_attachment.identity]
}

resource "aws_eks_addon" "on_nodes" {
  for_each = local.addons_on_nodes

  cluster_name                = aws_eks_cluster.main.name
  addon_name                  = each.key
  addon_version               = lookup(var.addon_versions, each.key, data.aws_eks_addon_version.default[each.key].version)
  configuration_values        = length(each.value) > 0 ? jsonencode(each.value) : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"

  dynamic "pod_identity_association" {
    for_each = { for addon, account in local.addon_service_accounts : addon => account if addon == each.key }

    content {
      role_arn        = aws_iam_role.identity[pod_identity_association.key].arn
      service_account = pod_identity_association.value
    }
  }

  depends_on = [
    aws_eks_node_group.zone,
    aws_iam_role_policy_attachment.identity,
  ]
}
