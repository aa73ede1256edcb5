# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a version serves: its pods are ready and as many as wanted, no pod of another version is left, and the pods
# answer on their health path when asked through the API server. Sourced by orchestration.sh.

# A jq prelude that gives the pods of a service that are not on their way out.
_pods="$(
  cat <<'END'
  def version: .metadata.labels["app.kubernetes.io/version"] // "";
  def ready: any(.status.conditions[]?; .type == "Ready" and .status == "True");
  def pods($service): [.items[] | select(.metadata.labels["app.kubernetes.io/name"] == $service
    and .metadata.deletionTimestamp == null and (.status.phase | IN("Succeeded", "Failed") | not))];
END
)"
readonly _pods

# live_version SERVICE: the version that its Deployment or CronJob asks for, from the snapshot; nothing when there is none.
live_version() {
  if is_job "$1"; then
    job_version "$1"
    return
  fi
  jq -r --arg name "$1" --arg key "$VERSION_LABEL" '
    .items[] | select(.metadata.name == $name) | .spec.template.metadata.labels[$key] // ""' "$WORK/deployments.json"
}

# ready_pods SERVICE VERSION: names, from the snapshot.
ready_pods() {
  jq -r --arg service "$1" --arg version "$2" "$_pods"'
    pods($service)[] | select(version == $version and ready) | .metadata.name' "$WORK/pods.json"
}

# restarts SERVICE VERSION: how often containers of its pods were restarted, from the snapshot.
restarts() {
  jq -r --arg service "$1" --arg version "$2" "$_pods"'
    [pods($service)[] | select(version == $version) | .status.containerStatuses[]?.restartCount] | add // 0' "$WORK/pods.json"
}

# serves SERVICE VERSION: judged on the snapshot; the reason in WHY. A job serves when its next run has the version.
serves() {
  local wanted
  if is_job "$1"; then
    is_scheduled "$1" "$2"
    return
  fi
  wanted="$(jq -r --arg name "$1" '.items[] | select(.metadata.name == $name) | .spec.replicas // 1' "$WORK/deployments.json")"
  if [[ -z "$wanted" ]]; then
    WHY="$1: there is no Deployment"
    return 1
  fi
  WHY="$(jq -r --arg service "$1" --arg version "$2" --argjson wanted "$wanted" "$_pods"'
    pods($service) as $all
    | ([$all[] | select(version == $version and ready)] | length) as $ready
    | ([$all[] | select(version != $version) | version] | unique | join(", ")) as $others
    | if $others != "" then "\($service): version \($others) still runs beside \($version)"
      elif $ready < $wanted or $ready == 0 then "\($service): \($ready) of \($wanted) pods of \($version) are ready"
      else "" end' "$WORK/pods.json")" || WHY="$1: the answer of the cluster is not understood"
  [[ -z "$WHY" ]]
}

# pod_path SERVICE POD: its health path, through the API server.
pod_path() {
  printf '/api/v1/namespaces/%s/pods/%s:%s/proxy%s' "$RELEASE_NAMESPACE" "$2" "$(service_field "$1" 3)" "$(service_field "$1" 4)"
}

# ask_pod SERVICE POD: 0 when the pod itself answers 2xx on the health path.
ask_pod() { kube get --raw "$(pod_path "$1" "$2")" >/dev/null 2>&1; }

# answers SERVICE VERSION LIMIT: asks up to LIMIT pods; the reason in WHY. A job listens to nobody.
answers() {
  local pod
  ! is_job "$1" || return 0
  for pod in $(ready_pods "$1" "$2" | head -n "$3"); do
    ask_pod "$1" "$pod" || {
      WHY="$1: pod $pod does not answer on $(service_field "$1" 4)"
      return 1
    }
  done
}
