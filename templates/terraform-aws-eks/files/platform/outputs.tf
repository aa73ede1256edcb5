# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

output "storage_class" {
  description = "Default class of volumes"
  value       = kubernetes_storage_class_v1.gp3.metadata[0].name
}

output "provides" {
  description = "Kinds that this root and scripts/platform.sh install, as group/version/Kind"
  value       = concat(local.load_balancer_controller.provides, local.external_secrets.provides)
}
