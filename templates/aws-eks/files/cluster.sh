# Managed by agency-scaffold (aws-eks): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Access to the cluster. Sourced after common.sh and cloud.sh. Another cloud has a file of the same name with the same
# functions. Environment: AWS_REGION, CLUSTER_NAME.

tool_hint kubectl "https://kubernetes.io/docs/tasks/tools/, or brew install kubectl"

# cluster_env: the variables that the way into the cluster needs.
cluster_env() { echo AWS_REGION CLUSTER_NAME; }

# cloud_cluster_access ENV: writes a kubeconfig of its own and exports KUBECONFIG, so that the person's own
# current context is neither used nor changed.
cloud_cluster_access() {
  need_env "$(cluster_env)"
  make_work
  _aws eks update-kubeconfig --name "$CLUSTER_NAME" --region "$AWS_REGION" --alias "$1" \
    --kubeconfig "$WORK/kubeconfig" >/dev/null || die 1 "no access to cluster $CLUSTER_NAME in $AWS_REGION"
  chmod 600 "$WORK/kubeconfig"
  export KUBECONFIG="$WORK/kubeconfig"
}
