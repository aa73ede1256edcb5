# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a version serves: its pods are ready and as many as wanted, the Service leads to no pod of another version, and
# the pods answer on their health path when asked through the API server. Sourced by orchestration.sh.

# A jq prelude that gives the pods of a service that are not on their way out, and what its Service leads to.
_pods="$(
  cat <<'END'
  def version: .metadata.labels["app.kubernetes.io/version"] // "";
  def ready: any(.status.conditions[]?; .type == "Ready" and .status == "True");
  def of($service): .metadata.labels["app.kubernetes.io/name"] == $service;
  def pods($service): [.items[] | select(of($service)
    and .metadata.deletionTimestamp == null and (.status.phase | IN("Succeeded", "Failed") | not))];
  def deployments($service): [.items[] | select(of($service))];
  # $services: a list of Services. Without one, all that has the name of the service.
  def selector($service): ($services[0].items[] | select(.metadata.name == $service) | .spec.selector) // {};
  def chosen($service): .metadata.labels as $has | all(selector($service) | to_entries[]; $has[.key] == .value);
  # Of a Deployment or a Rollout: the controller of Rollouts narrows a Service to one of its ReplicaSets, by a label that no template has.
  def led_to($service): selector($service) as $to
    | ($to | has("rollouts-pod-template-hash")) as $narrow
    | (.kind == "Rollout" or ($narrow | not))
      and (.spec.template.metadata.labels as $has | all($to | del(.["rollouts-pod-template-hash"]) | to_entries[]; $has[.key] == .value));
END
)"
readonly _pods

# _about SERVICE [VERSION]: what the questions below give to jq.
_about() {
  ABOUT=(--raw-output --slurpfile services "$WORK/services.json" --arg service "$1" --arg version "${2:-}" --arg key "$VERSION_LABEL")
}

# live_version SERVICE: the versions that its Deployments or its CronJob ask for, a line each, from the snapshot; nothing when
# there is none.
live_version() {
  if is_job "$1"; then
    job_version "$1"
    return
  fi
  _about "$1"
  jq "${ABOUT[@]}" "$_pods"'deployments($service) | map(.spec.template.metadata.labels[$key] // "") | unique[]' "$WORK/deployments.json"
}

# led_version SERVICE: the versions that its Service leads to, a line each: of pods that a controller of Rollouts has chosen, else of
# what the Deployments that it leads to ask for. While two sides run, that is the one with most users.
led_version() {
  if is_job "$1"; then
    job_version "$1"
    return
  fi
  _about "$1"
  jq "${ABOUT[@]}" --slurpfile pods "$WORK/pods.json" "$_pods"'
    ($pods[0] | pods($service) | map(select(chosen($service)) | version)) as $chosen
    | (deployments($service) | map(select(led_to($service)))) as $led
    | if $chosen != [] and any($led[]; .kind == "Rollout") then $chosen
      else $led | map(.spec.template.metadata.labels[$key] // "") end | unique[]' "$WORK/deployments.json"
}

# ready_pods SERVICE VERSION: names, from the snapshot.
ready_pods() {
  _about "$@"
  jq "${ABOUT[@]}" "$_pods"'pods($service)[] | select(version == $version and ready) | .metadata.name' "$WORK/pods.json"
}

# restarts SERVICE VERSION: how often containers of its pods were restarted, from the snapshot.
restarts() {
  _about "$@"
  jq "${ABOUT[@]}" "$_pods"'
    [pods($service)[] | select(version == $version) | .status.containerStatuses[]?.restartCount] | add // 0' "$WORK/pods.json"
}

# serves SERVICE VERSION: it alone, and as many pods as its Deployments want, judged on the snapshot; the reason in WHY. A job
# serves when its next run has the version.
serves() {
  if is_job "$1"; then
    is_scheduled "$1" "$2"
    return
  fi
  _about "$@"
  _counted "$(jq "${ABOUT[@]}" "$_pods"'
    deployments($service) | map(select(led_to($service)) | .spec.replicas // 1) | add // ""' "$WORK/deployments.json")"
}

# serves_users SERVICE VERSION: the same of what `led_version` names.
serves_users() { serves "$@"; }

# runs SERVICE VERSION: the same of its own pods, whoever else serves.
runs() {
  _about "$@"
  ABOUT+=(--argjson own true)
  _counted "$(jq "${ABOUT[@]}" "$_pods"'
    deployments($service) | map(select(.spec.template | version == $version) | .spec.replicas // 1) | add // ""' "$WORK/deployments.json")"
}

# _counted WANTED: whether so many pods are ready; none may have another version, of those that the Service leads to.
_counted() {
  if [[ -z "$1" ]]; then
    WHY="$(jq --null-input "${ABOUT[@]}" '"\($service): there is no \(env.RELEASE_WORKLOAD)"')"
    return 1
  fi
  WHY="$(jq "${ABOUT[@]}" --argjson wanted "$1" "$_pods"'
    (pods($service) | map(select(if $ARGS.named.own then version == $version else chosen($service) end))) as $all
    | ([$all[] | select(version == $version and ready)] | length) as $ready
    | ([$all[] | select(version != $version) | version] | unique | join(", ")) as $others
    | if $others != "" then "\($service): version \($others) still runs beside \($version)"
      elif $ready < $wanted or $ready == 0 then "\($service): \($ready) of \($wanted) pods of \($version) are ready"
      else "" end' "$WORK/pods.json")" || WHY="the answer of the cluster is not understood"
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
