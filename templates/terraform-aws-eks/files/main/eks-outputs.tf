# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

output "cluster_name" {
  description = "Name of the cluster"
  value       = aws_eks_cluster.main.name
}

output "cluster_endpoint" {
  description = "Address of the API server"
  value       = aws_eks_cluster.main.endpoint
}

output "cluster_security_group_id" {
  description = "Security group of the control plane, the nodes and their pods"
  value       = aws_eks_cluster.main.vpc_config[0].cluster_security_group_id
}

output "node_role_arn" {
  description = "Role of the nodes"
  value       = aws_iam_role.node.arn
}
