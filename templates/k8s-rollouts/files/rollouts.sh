# Managed by agency-scaffold (k8s-rollouts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How Rollouts stand, as their controller says, and the few words that a release says to it. Sourced by strategy.sh.

# Why a step failed, for the script that called it.
export WHY
# The controller looks at a change at once; after so long it is not there.
readonly CONTROLLER_SECONDS="${CONTROLLER_SECONDS:-60}"

# A jq prelude, for the files beside this one as well. $ours: the names of the services that run all the time.
ROLLOUTS="$(
  cat <<'END'
  def hash: "rollouts-pod-template-hash";
  def rollouts: .items[] | select(.kind == "Rollout" and (.metadata.name as $name | $ours | index([$name]) != null));
  def observed: (.status.observedGeneration // "") == (.metadata.generation | tostring);
  def steps: .spec.strategy.canary.steps // [];
  def is_stable: (.status.stableRS // "") != "" and .status.stableRS == .status.currentPodHash;
  def condition($type): first(.status.conditions[]? | select(.type == $type)) // {};
  # Both names of what the route leads to, that of the stable version first.
  def pair: .spec.strategy.canary.pingPong // empty
    | [.pingService, .pongService];
  def roles: .status.canary.stablePingPong as $stable | [pair] | map(if $stable == "ping" then . else reverse end) | first // [];
  # What the controller narrows to a ReplicaSet.
  def narrowed: [.spec.strategy.canary // {}, .spec.strategy.blueGreen // {}
    | .stableService, .canaryService, .activeService, .previewService, .pingPong.pingService, .pingPong.pongService] | map(select(. != null));
  # Where it stands: one word, and what there is to say.
  def state:
    (.status // {}) as $is
    | if (observed | not) then "unseen the controller has not looked at it"
      elif (condition("InvalidSpec") | .status) == "True" then "bad \(condition("InvalidSpec").message)"
      elif $is.phase == "Degraded" then "bad \($is.message // "")"
      elif .spec.paused then "paused by hand"
      elif any($is.pauseConditions[]?; .reason == "InconclusiveAnalysisRun") then
        "paused what was measured says neither yes nor no (\(($is.canary.currentStepAnalysisRunStatus // $is.blueGreen.postPromotionAnalysisRunStatus
           // $is.blueGreen.prePromotionAnalysisRunStatus // {}) | "\(.name // ""): \(.message // "")"))"
      elif ($is.pauseConditions // []) != [] then "paused \($is.pauseConditions[0].reason)"
      elif $is.phase == "Healthy" and is_stable then "done"
      elif .spec.strategy.blueGreen != null then
        if ($is.blueGreen.activeSelector // "") != "" and $is.blueGreen.activeSelector == $is.currentPodHash then "baking" else "going \($is.message // "")" end
      elif (steps | length) > 0 and ($is.currentStepIndex // 0) == (steps | length) - 1 and (is_stable | not) then "baking"
      else "going step \($is.currentStepIndex // 0) of \(steps | length): \($is.message // "")" end;
END
)"
readonly ROLLOUTS
OURS=(--argjson ours "$(long_running | jq --compact-output --raw-input --null-input '[inputs]')")

# ours_of FOLDER: from here on only the services that its manifests have are meant: a record may know fewer.
ours_of() {
  OURS=(--argjson ours "$(platform_services "$1" | grep -xF -f <(long_running) | jq --compact-output --raw-input --null-input '[inputs]')")
}

# rollouts_that CONDITION: the names of those that it holds of, a line each, from the snapshot.
rollouts_that() { jq "${OURS[@]}" -r "$ROLLOUTS rollouts | select($1) | .metadata.name" "$WORK/deployments.json"; }

# states VERSION: where each stands, from the snapshot, a line each: its name, one word, and what there is to say. As long as the
# pods that a Rollout calls current are not of the version, it speaks of the release before.
states() {
  jq "${OURS[@]}" -r --arg version "$1" --arg key "$VERSION_LABEL" --slurpfile pods "$WORK/pods.json" "$ROLLOUTS"'
    rollouts | .metadata.name as $name | .status.currentPodHash as $current
    | ([$pods[0].items[].metadata.labels | select(.[hash] == $current and .["app.kubernetes.io/name"] == $name)[$key]]) as $has
    | state as $state
    | "\($name) \(if ($state | test("^(done|baking)")) and $version != "" and ($has != [] and all($has[]; . == $version) | not)
        then "going its pods are not there yet" else $state end)"' "$WORK/deployments.json"
}

# tell SERVICE STATUS: puts something into the status of its Rollout, which is how the controller is talked to.
tell() {
  kube patch rollouts.argoproj.io "$1" --subresource status --type merge --patch "{\"status\": $2}" >&2 || {
    WHY="$1: the cluster does not let its Rollout be told $2"
    return 1
  }
}

# end_releases: what is under way is ended, of all services: users go back to the stable version at once.
end_releases() {
  local service
  for service in $(rollouts_that '(is_stable | not) and (.status.stableRS // "") != "" and (.status.abort | not)'); do
    log "$service: ending its release"
    tell "$service" '{"abort": true}' || return 1
  done
}

# go_on SERVICE: a release that was ended or paused earlier begins again.
go_on() { tell "$1" '{"abort": false, "pauseConditions": null}'; }

# strayed: the services whose users are still led to another version than the stable one, by weight, a line each; from
# $WORK/routes.json and the snapshot.
strayed() {
  jq "${OURS[@]}" -r --slurpfile routes "$WORK/routes.json" "$ROLLOUTS"'
    rollouts | .metadata.name as $name | roles as $roles
    | select(($roles | length) == 2 and (.status.stableRS // "") != "")
    | select(any($routes[0].items[] | select(.metadata.name == $name) | .spec.rules[]?.backendRefs[]?;
        .name == $roles[1] and (.weight // 1) > 0))
    | $name' "$WORK/deployments.json"
}

# read_routes: into $WORK/routes.json; none where no service has one.
read_routes() {
  echo '{"items": []}' >"$WORK/routes.json"
  [[ -n "$RELEASE_ROUTES" ]] || return 0
  kube get httproutes.gateway.networking.k8s.io --output json >"$WORK/routes.json" || {
    WHY="the routes cannot be read"
    return 1
  }
}

# lead_back: all users go to the stable version now. What the controller does not do within BACK_SECONDS this script does: the
# controller leaves weights alone while it is away, and while the stable version lacks a pod.
lead_back() {
  local service left until=$((SECONDS + BACK_SECONDS))
  while true; do
    if snapshot && read_routes; then
      left="$(strayed)"
      [[ -n "$left" ]] || return 0
      ((SECONDS < until)) || break
    fi
    ((SECONDS < until + BACK_SECONDS)) || return 1
    keep_lock
    sleep "$POLL"
  done
  for service in $left; do
    warn "$service: the controller has not led the users back within $BACK_SECONDS s, so this script does"
    if ! jq "${OURS[@]}" --arg name "$service" --slurpfile all "$WORK/deployments.json" "$ROLLOUTS"'
      ($all[0] | first(rollouts | select(.metadata.name == $name)) | roles) as $roles
      | .items[] | select(.metadata.name == $name)
      | {metadata: {resourceVersion: .metadata.resourceVersion},
         spec: {rules: (.spec.rules | map(if .backendRefs then .backendRefs |= map(
           if .name == $roles[0] then .weight = 100 elif .name == $roles[1] then .weight = 0 else . end) else . end))}}
      ' "$WORK/routes.json" >"$WORK/route-patch.json" ||
      ! kube patch httproutes.gateway.networking.k8s.io "$service" --type merge --patch-file "$WORK/route-patch.json" >&2; then
      WHY="$service: its users cannot be led back"
      return 1
    fi
  done
}
