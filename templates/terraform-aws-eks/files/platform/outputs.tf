# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

output "storage_class" {
  description = "Default class of volumes"
  value       = kubernetes_storage_class_v1.gp3.metadata[0].name
}
