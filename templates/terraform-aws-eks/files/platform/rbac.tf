# Managed by agency-scaffold (terraform-aws-eks): "agency-scaffold update" regenerates it and keeps your edits.

# What a release may do: the group that the access entry of CI's deploy role names (eks.tf in the main root).
# It reads no secrets, changes no roles and starts no shell in a pod.
locals {
  deployers = "deployers"

  write = ["create", "delete", "get", "list", "patch", "update", "watch"]
  read  = ["get", "list", "watch"]

  deploy_rules = [
    { groups = [""], resources = ["configmaps", "limitranges", "resourcequotas", "serviceaccounts", "services"], verbs = local.write },
    { groups = [""], resources = ["endpoints", "events", "pods", "pods/log"], verbs = local.read },
    { groups = ["apps"], resources = ["deployments", "deployments/scale"], verbs = local.write },
    { groups = ["apps"], resources = ["replicasets"], verbs = local.read },
    { groups = ["autoscaling"], resources = ["horizontalpodautoscalers"], verbs = local.write },
    { groups = ["batch"], resources = ["cronjobs", "jobs"], verbs = local.write },
    { groups = ["coordination.k8s.io"], resources = ["leases"], verbs = local.write },
    { groups = ["discovery.k8s.io"], resources = ["endpointslices"], verbs = local.read },
    { groups = ["events.k8s.io"], resources = ["events"], verbs = local.read },
    { groups = ["external-secrets.io"], resources = ["externalsecrets"], verbs = local.write },
    { groups = ["gateway.networking.k8s.io"], resources = ["httproutes"], verbs = local.write },
    { groups = ["metrics.k8s.io"], resources = ["pods"], verbs = ["get", "list"] },
    { groups = ["networking.k8s.io"], resources = ["networkpolicies"], verbs = local.write },
    { groups = ["policy"], resources = ["poddisruptionbudgets"], verbs = local.write },
  ]
}

resource "kubernetes_role_v1" "deploy" {
  metadata {
    name      = "deploy"
    namespace = kubernetes_namespace_v1.application.metadata[0].name
    labels    = local.labels
  }

  dynamic "rule" {
    for_each = local.deploy_rules

    content {
      api_groups = rule.value.groups
      resources  = rule.value.resources
      verbs      = rule.value.verbs
    }
  }
}

resource "kubernetes_role_binding_v1" "deploy" {
  metadata {
    name      = "deploy"
    namespace = kubernetes_namespace_v1.application.metadata[0].name
    labels    = local.labels
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.deploy.metadata[0].name
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = local.deployers
  }
}

# The manifests hold the namespace itself; a release may change its labels, not make or remove it.
resource "kubernetes_cluster_role_v1" "deploy_namespace" {
  metadata {
    name   = "deploy-namespace"
    labels = local.labels
  }

  rule {
    api_groups     = [""]
    resources      = ["namespaces"]
    resource_names = [kubernetes_namespace_v1.application.metadata[0].name]
    verbs          = ["get", "patch", "update"]
  }
}

resource "kubernetes_cluster_role_binding_v1" "deploy_namespace" {
  metadata {
    name   = "deploy-namespace"
    labels = local.labels
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "ClusterRole"
    name      = kubernetes_cluster_role_v1.deploy_namespace.metadata[0].name
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = local.deployers
  }
}

# The judge of a release asks Prometheus through the API server.
resource "kubernetes_role_v1" "deploy_judge" {
  metadata {
    name      = "deploy-judge"
    namespace = kubernetes_namespace_v1.monitoring.metadata[0].name
    labels    = local.labels
  }

  rule {
    api_groups     = [""]
    resources      = ["services/proxy"]
    resource_names = ["http:prometheus:9090"]
    verbs          = ["get"]
  }
}

resource "kubernetes_role_binding_v1" "deploy_judge" {
  metadata {
    name      = "deploy-judge"
    namespace = kubernetes_namespace_v1.monitoring.metadata[0].name
    labels    = local.labels
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.deploy_judge.metadata[0].name
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = local.deployers
  }
}

# The address of the load balancer, for checks where there is no domain.
resource "kubernetes_role_v1" "deploy_gateway" {
  metadata {
    name      = "deploy-gateway"
    namespace = kubernetes_namespace_v1.gateway.metadata[0].name
    labels    = local.labels
  }

  rule {
    api_groups = ["gateway.networking.k8s.io"]
    resources  = ["gateways"]
    verbs      = local.read
  }
}

resource "kubernetes_role_binding_v1" "deploy_gateway" {
  metadata {
    name      = "deploy-gateway"
    namespace = kubernetes_namespace_v1.gateway.metadata[0].name
    labels    = local.labels
  }

  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role_v1.deploy_gateway.metadata[0].name
  }

  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = local.deployers
  }
}
