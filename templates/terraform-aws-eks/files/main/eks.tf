# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

locals {
  # What the main root hands to CI; outputs.tf merges it into the output ci_variables.
  platform_ci_variables = {
    CLUSTER_NAME = aws_eks_cluster.main.name
  }

  # By these tags AWS Load Balancer Controller finds the subnets of load balancers.
  platform_subnet_tags = {
    public  = { "kubernetes.io/role/elb" = "1" }
    private = { "kubernetes.io/role/internal-elb" = "1" }
  }

  # EKS cannot place its control plane in these zones.
  platform_excluded_zone_ids = ["use1-az3", "usw1-az2", "cac1-az3"]
}

# EKS would make this group by itself, unencrypted and without retention.
resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/eks/${local.name}/cluster"
  retention_in_days = local.log_retention_days
  kms_key_id        = aws_kms_key.main.arn

  depends_on = [aws_kms_key_policy.main]
}

resource "aws_iam_role" "cluster" {
  name                 = "${local.name}-cluster"
  description          = "Control plane of ${local.name}"
  permissions_boundary = local.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role_policy" "cluster_secrets" {
  name = "encrypt-secrets"
  role = aws_iam_role.cluster.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"]
      Resource = aws_kms_key.main.arn
    }]
  })
}

resource "aws_eks_cluster" "main" {
  #checkov:skip=CKV_AWS_38:Hosted CI runners deploy from changing addresses; narrowed by the variable cluster_endpoint_public_cidrs
  #checkov:skip=CKV_AWS_39:The same; every caller needs IAM and an access entry, and nodes use the private endpoint
  name     = local.name
  version  = var.kubernetes_version
  role_arn = aws_iam_role.cluster.arn

  bootstrap_self_managed_addons = false
  deletion_protection           = local.production && !var.allow_destroy
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  # Access is what the entries below say; whoever creates the cluster gets nothing by that.
  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.main.arn
    }
  }

  # At the end of standard support AWS upgrades the cluster instead of billing extended support.
  upgrade_policy {
    support_type = "STANDARD"
  }

  vpc_config {
    subnet_ids              = [for subnet in aws_subnet.private : subnet.id]
    endpoint_private_access = true
    #trivy:ignore:AWS-0040 Hosted CI runners deploy from changing addresses; every caller needs IAM and an access entry
    endpoint_public_access = length(var.cluster_endpoint_public_cidrs) > 0
    #trivy:ignore:AWS-0041 The same; narrowed by this variable, and to nothing where runners are in the network
    public_access_cidrs = var.cluster_endpoint_public_cidrs
  }

  zonal_shift_config {
    enabled = true
  }

  depends_on = [
    aws_cloudwatch_log_group.cluster,
    aws_iam_role_policy.cluster_secrets,
    aws_iam_role_policy_attachment.cluster,
  ]
}

# CI's apply role and the named people administer the cluster.
locals {
  ci_roles               = { for purpose in ["apply", "deploy"] : purpose => "arn:${local.partition}:iam::${var.account_id}:role/${local.name}-${purpose}" }
  cluster_administrators = setunion([local.ci_roles.apply], var.cluster_administrator_arns)
}

resource "aws_eks_access_entry" "administrator" {
  for_each = local.cluster_administrators

  cluster_name  = aws_eks_cluster.main.name
  principal_arn = each.key
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each = local.cluster_administrators

  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.administrator[each.key].principal_arn
  policy_arn    = "arn:${local.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

# A release may do what infrastructure/kubernetes/access gives this group: one namespace, no secrets, no roles.
resource "aws_eks_access_entry" "deploy" {
  cluster_name      = aws_eks_cluster.main.name
  principal_arn     = local.ci_roles.deploy
  kubernetes_groups = ["deployers"]
}

# On-call has the same rights, to release and to go back by hand, and may look at everything in the cluster but secrets.
resource "aws_eks_access_entry" "operator" {
  for_each = var.cluster_operator_arns

  cluster_name      = aws_eks_cluster.main.name
  principal_arn     = each.key
  kubernetes_groups = aws_eks_access_entry.deploy.kubernetes_groups
}

resource "aws_eks_access_policy_association" "operator" {
  for_each = var.cluster_operator_arns

  cluster_name  = aws_eks_cluster.main.name
  principal_arn = aws_eks_access_entry.operator[each.key].principal_arn
  policy_arn    = "arn:${local.partition}:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"

  access_scope {
    type = "cluster"
  }
}
