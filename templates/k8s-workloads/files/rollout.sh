# Managed by agency-scaffold (k8s-workloads): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How Deployments become what they ask for, and what that takes: what all strategies share. Sourced by strategy.sh.

# Why a step failed, for the script that called it.
export WHY
# What one batch of pods takes: to be placed and started (30 s, or the release is slow by our own standard), to stay ready
# (minReadySeconds), to be healthy at the load balancer.
export BATCH_SECONDS=70
# Polls in a row that a pod may be unable to start: registries and nodes have short troubles.
readonly START_STRIKES="${START_STRIKES:-6}"

# objects FOLDER: its workloads and what leads to them as JSON, in $1/objects.json.
objects() {
  [[ ! -s "$1/objects.json" ]] || return 0
  cat "$1/traffic.yaml" "$1/workloads.yaml" >"$WORK/objects.yaml"
  # Of what kubectl does without a cluster, this prints YAML as JSON; the label is on every object already.
  with_deadline 60 kubectl label --local --filename "$WORK/objects.yaml" --output json --overwrite \
    app.kubernetes.io/managed-by=agency-scaffold 2>"$WORK/objects.err" | jq --slurp . >"$1/objects.json" || {
    WHY="the manifests cannot be read: $(tail -n 1 "$WORK/objects.err")"
    rm -f "$1/objects.json"
    return 1
  }
}

# only_new_goes FOLDER KIND...: objects of these kinds that the bad release in $WORK/new brought and FOLDER does not have are
# deleted: they were not there before.
only_new_goes() {
  local folder="$1" kind name
  shift
  [[ -d "$WORK/new" ]] || return 0
  for kind in "$@"; do
    for name in $(names_of "$kind" "$WORK/new/workloads.yaml"); do
      names_of "$kind" "$folder/workloads.yaml" | grep -qxF -e "$name" || kube delete "$kind" "$name" --ignore-not-found >&2 || {
        WHY="$name, which only the bad release has, cannot be deleted"
        return 1
      }
    done
  done
}

# rollouts_there: the Rollouts that made pods of our services, a line each: where the controller of Argo Rollouts made releases
# before. From their ReplicaSets, which everybody who releases may read.
rollouts_there() {
  kube get replicasets --output json >"$WORK/sets.json" || return 1
  jq -r --arg services "$(long_running)" '
    [.items[].metadata.ownerReferences[]? | select(.kind == "Rollout").name | select(. as $name | $services | split("\n") | index($name))]
    | unique[]' "$WORK/sets.json"
}

# no_rollouts HOW: refuses a release while there are any; HOW to get on stands in the runbook.
no_rollouts() {
  local names
  names="$(rollouts_there)" || {
    WHY="the ReplicaSets cannot be read"
    return 1
  }
  [[ -n "$names" ]] || return 0
  WHY="the controller of Argo Rollouts still has these services: ${names//$'\n'/, }. $1"
  return 1
}

# progress_seconds: what makes no progress at all is ended after so long, by the Deployment's own progressDeadlineSeconds.
progress_seconds() { jq -r '[.items[] | .spec.progressDeadlineSeconds // 600] | max // 600' "$WORK/deployments.json"; }

# rolled_out NAMES VERSION UNTIL: until each Deployment runs what it asks for and nothing else. Early failure: the
# Deployment's own progress deadline, or pods of the version that cannot start for START_STRIKES polls.
rolled_out() {
  local name waiting trouble strikes=0
  while true; do
    keep_lock
    if snapshot; then
      waiting="$(unfinished "$1")"
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

# unfinished NAMES: the Deployments that are not there yet, with the count.
unfinished() {
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
