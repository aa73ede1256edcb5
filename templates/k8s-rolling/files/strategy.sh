# Managed by agency-scaffold (k8s-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: rolling. Each Deployment starts new pods and stops old ones as they become ready; a
# Deployment never goes back by itself, so deploy.sh does. Sourced after release.sh and lock.sh.

# Why a step failed, for the script that called it.
export WHY
# What one batch of pods takes: to be placed and started (30 s, or the release is slow by our own standard), to stay ready
# (minReadySeconds), to be healthy at the load balancer.
readonly BATCH_SECONDS=70
# Polls in a row that a pod may be unable to start: registries and nodes have short troubles.
readonly START_STRIKES="${START_STRIKES:-6}"
# What a release without a good one on record goes back by, and what that does not bring back.
export STRATEGY_HISTORY="the history of the Deployments"
export STRATEGY_HISTORY_LIMIT="; their settings are the new ones"

# strategy_new_version_selector SERVICE VERSION: the label selector of the pods of one version.
strategy_new_version_selector() { printf 'app.kubernetes.io/name=%s,app.kubernetes.io/version=%s\n' "$1" "$2"; }

# strategy_note VERSION: the Deployments that run now with another version, one a line: what a release will replace. What
# the jobs are is noted beside.
strategy_note() {
  snapshot || return 1
  note_jobs "$1" || return 1
  jq -r --arg version "$1" --arg services "$(long_running)" '
    ($services | split("\n")) as $ours
    | .items[]
    | select(.metadata.name as $name | $ours | index($name))
    | select((.metadata.annotations["deployment.kubernetes.io/revision"] // "0" | tonumber) > 1
             or .spec.template.metadata.labels["app.kubernetes.io/version"] != $version)
    | .metadata.name' "$WORK/deployments.json"
}

# strategy_release FOLDER VERSION UNTIL: applies the workloads and waits until nothing else runs; the reason in WHY.
strategy_release() {
  local names
  apply "$1/workloads.yaml" || return 1
  names="$(names_of Deployment "$1/workloads.yaml")"
  _rolled_out "$names" "$2" "$3"
}

# strategy_undo FOLDER VERSION UNTIL: the same towards the release before. A Deployment or a CronJob that only the bad
# release brought is deleted: it was not there before.
strategy_undo() {
  local kind name names
  names="$(names_of Deployment "$1/workloads.yaml")"
  if [[ -d "$WORK/new" ]]; then
    for kind in Deployment CronJob; do
      for name in $(names_of "$kind" "$WORK/new/workloads.yaml"); do
        names_of "$kind" "$1/workloads.yaml" | grep -qxF -e "$name" || kube delete "$kind" "$name" --ignore-not-found >&2 || {
          WHY="$name, which only the bad release has, cannot be deleted"
          return 1
        }
      done
    done
  fi
  apply "$1/settings.yaml" || return 1
  apply "$1/workloads.yaml" || return 1
  _rolled_out "$names" "$2" "$3"
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
  _rolled_out "$(cat "$1")" "" "$2"
}

# strategy_stands SERVICE: whether the platform still has what the release asked for: nothing here goes back by itself.
strategy_stands() { :; }

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

# strategy_limit_seconds: how long it may take. What makes no progress at all is ended earlier, by the Deployment's own
# progressDeadlineSeconds; that much is added, so that a single slow batch does not end the others.
strategy_limit_seconds() {
  local deadline
  deadline="$(jq -r '[.items[] | .spec.progressDeadlineSeconds // 600] | max // 600' "$WORK/deployments.json")"
  echo "$(($(strategy_undo_seconds) + deadline))"
}

# _rolled_out NAMES VERSION UNTIL: until each Deployment runs what it asks for and nothing else. Early failure: the
# Deployment's own progress deadline, or pods of the version that cannot start for START_STRIKES polls.
_rolled_out() {
  local name waiting trouble strikes=0
  while true; do
    keep_lock
    if snapshot; then
      waiting="$(_unfinished "$1")"
      [[ -n "$waiting" ]] || return 0
      WHY="not rolled out: ${waiting//$'\n'/, }"
      [[ "$waiting" != *ProgressDeadlineExceeded* ]] || return 1
      trouble="$(_trouble "$2")"
      if [[ -n "$trouble" ]]; then
        strikes=$((strikes + 1))
        WHY="pods do not start: ${trouble//$'\n'/, }"
        ((strikes < START_STRIKES)) || return 1
      else
        strikes=0
      fi
    fi
    ((SECONDS < $3)) || return 1
    sleep "$POLL"
  done
}

# _unfinished NAMES: the Deployments that are not there yet, with the count.
_unfinished() {
  jq -r --arg names "$1" '
    ($names | split("\n") | map(select(. != ""))) as $wanted
    | . as $all
    | $wanted[] as $name
    | ($all.items | map(select(.metadata.name == $name)) | first) as $one
    | if $one == null then "\($name) (there is no Deployment)"
      else $one | (.spec.replicas // 1) as $replicas | (.status // {}) as $is
      | if any($is.conditions[]?; .type == "Progressing" and .reason == "ProgressDeadlineExceeded"
               and $is.observedGeneration >= $one.metadata.generation) then "\($name) (ProgressDeadlineExceeded)"
        elif ($is.observedGeneration // 0) < .metadata.generation or ($is.updatedReplicas // 0) < $replicas
             or ($is.replicas // 0) > ($is.updatedReplicas // 0) or ($is.availableReplicas // 0) < $replicas
        then "\($name) (\($is.updatedReplicas // 0) of \($replicas) replaced, \($is.availableReplicas // 0) available)"
        else empty end
      end' "$WORK/deployments.json"
}

# _trouble VERSION: pods of the version that cannot start, with the reason.
_trouble() {
  jq -r --arg version "$1" '
    .items[]
    | select($version != "" and .metadata.labels["app.kubernetes.io/version"] == $version)
    | .metadata.name as $name
    | .status.containerStatuses[]?.state.waiting.reason
    | select(. != null and IN("CrashLoopBackOff", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError",
        "CreateContainerError"))
    | "\($name) (\(.))"' "$WORK/pods.json"
}
