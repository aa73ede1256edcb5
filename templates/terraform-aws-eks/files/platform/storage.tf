# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

# Volumes are made in the zone where the pod is placed, encrypted with the environment's key. The key's ARN has the
# account in it, so the class is made here and not by a manifest.
resource "kubernetes_storage_class_v1" "gp3" {
  metadata {
    name        = "gp3"
    labels      = local.labels
    annotations = { "storageclass.kubernetes.io/is-default-class" = "true" }
  }

  storage_provisioner    = "ebs.csi.aws.com"
  reclaim_policy         = "Delete"
  volume_binding_mode    = "WaitForFirstConsumer"
  allow_volume_expansion = true

  parameters = {
    type                        = "gp3"
    encrypted                   = "true"
    kmsKeyId                    = data.aws_kms_alias.volumes.target_key_arn
    "csi.storage.k8s.io/fstype" = "ext4"
  }
}
