# Managed by agency-scaffold (k8s-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: rolling. Each Deployment starts new pods and stops old ones as they become ready; a
# Deployment never goes back by itself, so deploy.sh does. Sourced after release.sh and lock.sh.

# shellcheck source=rollout.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollout.sh"
# shellcheck source=taking-over.sh
source "$(dirname "${BASH_SOURCE[0]}")/taking-over.sh"

# What a release without a good one on record goes back by, and what that does not bring back.
export WHY STRATEGY_HISTORY="the history of the Deployments"
export STRATEGY_HISTORY_LIMIT="; their settings are the new ones"

# strategy_note VERSION: the Deployments that run now with another version, one a line: what a release will replace. What
# the jobs are is noted beside.
strategy_note() {
  seen || return 1
  may_take_over || return 1
  note_jobs "$1" || return 1
  jq -r --arg version "$1" --arg services "$(long_running)" '
    ($services | split("\n")) as $ours
    | .items[]
    | select(.metadata.name as $name | $ours | index($name))
    | select((.metadata.annotations["deployment.kubernetes.io/revision"] // "0" | tonumber) > 1
             or .spec.template.metadata.labels["app.kubernetes.io/version"] != $version)
    | .metadata.name' "$WORK/deployments.json"
}

# strategy_files FOLDER: the files that a release applies, in this order, a line each.
strategy_files() { printf '%s\n' "$1"/{settings,traffic,workloads}.yaml; }

# strategy_release FOLDER VERSION UNTIL: applies the workloads and waits until nothing else runs; the reason in WHY.
strategy_release() {
  take_over "$1" || return 1
  _traffic_of_sides "$1" || return 1
  apply "$WORK/traffic.json" || return 1
  apply "$1/workloads.yaml" || return 1
  rolled_out "$(names_of Deployment "$1/workloads.yaml")" "$2" "$3" || return 1
  _no_sides "$1" && taken_over
}

# _traffic_of_sides FOLDER: what leads to the pods, as JSON in $WORK/traffic.json. Where a strategy with two sides was before, each
# Service leads to the side that it leads to now until the pods are ready: to all of them, it would lead to a release that nobody
# has judged.
_traffic_of_sides() {
  objects "$1" || return 1
  jq --slurpfile now "$WORK/services.json" '
    .[] | select(.kind | IN("Service", "HTTPRoute", "TargetGroupConfiguration"))
    | if .kind == "Service" then .metadata.name as $name
        | ($now[0].items | map(select(.metadata.name == $name) | .spec.selector["agency-scaffold/side"] | select(. != null)) | first) as $side
        | if $side then .spec.selector["agency-scaffold/side"] = $side else . end
      else . end' "$1/objects.json" >"$WORK/traffic.json"
}

# _no_sides FOLDER: what a strategy with two sides left goes, once the load balancer knows the pods that are there instead.
_no_sides() {
  jq -e 'any(.items[]; .metadata.labels | has("agency-scaffold/side"))' "$WORK/services.json" >/dev/null || return 0
  apply "$1/traffic.yaml" || return 1
  [[ -z "$(names_of HTTPRoute "$1/traffic.yaml")" ]] || pause "$NEW_SIDE_SECONDS"
  kube delete targetgroupconfigurations --selector agency-scaffold/side >/dev/null 2>&1 || true # not every cluster has these
  kube delete deployments,horizontalpodautoscalers,poddisruptionbudgets,services --selector agency-scaffold/side >&2 || {
    WHY="what the strategy before left cannot be deleted"
    return 1
  }
}

# strategy_undo FOLDER VERSION UNTIL: the same towards the release before.
strategy_undo() {
  only_new_goes "$1" Deployment CronJob || return 1
  apply "$1/settings.yaml" || return 1
  strategy_release "$1" "$2" "$3"
}

# strategy_undo_history FILE UNTIL: back to the revision before, for the Deployments named in the file; the jobs as noted.
strategy_undo_history() {
  local name
  jobs_back || return 1
  while read -r name; do
    kube rollout undo "deployment/$name" >&2 </dev/null || {
      WHY="$name has no revision to go back to"
      return 1
    }
  done <"$1"
  rolled_out "$(cat "$1")" "" "$2"
}

# strategy_stands SERVICE: whether the platform still has what the release asked for: nothing here goes back by itself.
strategy_stands() { :; }

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: alone.
strategy_serves() { serves "$1" "$2"; }

# strategy_finish VERSION: what is left to do between a good verdict and the record: nothing.
strategy_finish() { :; }

# strategy_settle FOLDER VERSION: what is left to do when the version is on record as good: nothing, the old pods are gone.
strategy_settle() { :; }

# strategy_undo_seconds: what replacing every pod takes, from what runs now: pods start in batches of maxSurge. A
# Deployment that is not there yet starts all at once.
strategy_undo_seconds() {
  jq -r --argjson batch "$BATCH_SECONDS" '
    [.items[]
     | (.spec.replicas // 1) as $replicas
     | (.spec.strategy.rollingUpdate.maxSurge // "25%") as $surge
     | (if ($surge | type) == "string" then (($surge | rtrimstr("%") | tonumber) * $replicas / 100 | ceil) else $surge end) as $size
     | ($replicas / ([$size, 1] | max) | ceil) * $batch]
    | max // $batch' "$WORK/deployments.json"
}

# strategy_limit_seconds: how long it may take; a single slow batch does not end the others.
strategy_limit_seconds() { echo "$(($(strategy_undo_seconds) + $(progress_seconds)))"; }
