# Managed by agency-scaffold (k8s-rollouts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: the controller of Argo Rollouts does it as the Rollouts say, judges it by their analyses, and
# goes back by itself. This script gives it what to do, follows it, sends requests so that there is something to measure, and is
# the judge beside it: what one of several services gives up is taken back of all. Sourced after release.sh, lock.sh, and in a
# release after traffic.sh and judge.sh.

# Why a step failed, for the script that called it.
export WHY
# What a release without a good one on record goes back by, and what that does not bring back.
export STRATEGY_HISTORY="the ReplicaSets that the Rollouts keep"
export STRATEGY_HISTORY_LIMIT="; their settings are the new ones"
# shellcheck source=strategy.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/strategy.env.sh"
# shellcheck source=rollout.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollout.sh"

# The controller leads users back at once; after so long this script does.
readonly BACK_SECONDS="${BACK_SECONDS:-30}"
# Where users are only led elsewhere: the two looks for that, and what the controller needs to be done with it.
readonly LEAD_SECONDS=90
# From the verdict until the controller is done: its own bake began before ours.
readonly FINISH_SECONDS="${FINISH_SECONDS:-600}"

# shellcheck source=rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"
# shellcheck source=applying.sh
source "$(dirname "${BASH_SOURCE[0]}")/applying.sh"

# strategy_note VERSION: the Rollouts that run now with another version, one a line: what a release will replace. Refuses other
# pods of the version that runs, since its numbers would be those of both, and Rollouts that the controller does not look at.
strategy_note() {
  local names
  objects "$WORK/new" && _looked_at || return 1
  note_jobs "$1" || return 1
  names="$(rollouts_that '.spec.paused == true' | tr '\n' ' ')"
  if [[ -n "$names" ]]; then
    WHY="paused by hand: $names(kubectl --namespace $RELEASE_NAMESPACE patch rollouts.argoproj.io NAME --type merge --patch '{\"spec\": {\"paused\": false}}')"
    return 1
  fi
  names="$(_with_version "$1" | jq -r --arg id "$(pods_id "$WORK/new")" 'select(.metadata.labels["agency-scaffold/release"] != $id) | .metadata.name')"
  if [[ -n "$names" ]]; then
    WHY="$1 runs already, with other images or other settings of its pods (${names//$'\n'/, }): give this release a version of its own"
    return 1
  fi
  jq "${OURS[@]}" -r --arg version "$1" --arg key "$VERSION_LABEL" "$ROLLOUTS"'
    rollouts | select(.spec.template.metadata.labels[$key] != $version) | .metadata.name' "$WORK/deployments.json"
}

_with_version() {
  jq "${OURS[@]}" -c --arg version "$1" --arg key "$VERSION_LABEL" "$ROLLOUTS"'
    rollouts | select(.spec.template.metadata.labels[$key] == $version)' "$WORK/deployments.json"
}

# _looked_at: a snapshot in which the controller has looked at every Rollout.
_looked_at() {
  local names until=$((SECONDS + CONTROLLER_SECONDS))
  while true; do
    if snapshot; then
      names="$(rollouts_that 'observed | not' | tr '\n' ' ')"
      [[ -n "$names" ]] || return 0
      _no_controller "$names"
    fi
    ((SECONDS < until)) || return 1
    keep_lock
    sleep "$POLL"
  done
}

_no_controller() {
  WHY="the controller of Argo Rollouts did not look at ${1% } within $CONTROLLER_SECONDS s: does it run? (kubectl --namespace argo-rollouts get pods)"
}

# strategy_files FOLDER: the files that a release applies, in this order, a line each.
strategy_files() {
  objects "$1" && snapshot && read_routes || return 1
  traffic "$1" turned | jq 'del(.metadata.resourceVersion)' >"$WORK/traffic.json" || return 1
  workloads "$1" >"$WORK/workloads.json" || return 1
  jq '.[] | select(.kind == "CronJob")' "$1/objects.json" >"$WORK/cronjobs.json"
  printf '%s\n' "$1/settings.yaml" "$WORK/traffic.json" "$WORK/workloads.json" "$WORK/cronjobs.json"
}

# strategy_release FOLDER VERSION UNTIL: gives the controller the release and waits until it bakes the version, or is done where it
# takes no steps (a first deployment); the reason in WHY. The steps take their own time.
strategy_release() {
  local again service code=0
  objects "$1" || return 1
  again="$(rollouts_that '.status.abort == true or (.status.pauseConditions // []) != []')"
  lead "$1" && new_strategy "$1" || return 1
  apply_workloads "$1" || return 1
  for service in $again; do go_on "$service" || return 1; done
  start_traffic
  follow "$2" "$(($3 + RELEASE_SMOKE_SECONDS + RELEASE_STEPS_SECONDS))" "baking done" watched || code=$?
  stop_traffic
  ((code == 0)) || return "$code"
  apply_jobs "$1"
}

# follow VERSION UNTIL WORDS [CHECK]: until every Rollout of the services is at one of the words, with pods of the version; the
# reason in WHY. CHECK VERSION may end it at any look.
follow() {
  local name word why left trouble strikes=0 blind="" told=""
  while true; do
    keep_lock
    if snapshot && states "$1" >"$WORK/states"; then
      left=""
      while read -r name word why; do
        [[ " $3 " == *" $word "* ]] || left+=", $name: $why"
        if [[ "$word" =~ ^(bad|paused)$ ]]; then
          WHY="$name: $why"
          return 1
        fi
      done <"$WORK/states"
      [[ -n "$left" ]] || return 0
      [[ "$left" == "$told" ]] || log "${left#, }"
      told="$left"
      [[ -z "${4:-}" ]] || "$4" "$1" || return 1
      WHY="not there yet: ${left#, }"
      if ! grep -q ' unseen ' "$WORK/states"; then
        blind=""
      elif ((SECONDS - ${blind:=$SECONDS} >= CONTROLLER_SECONDS)); then
        _no_controller "$(awk '$2 == "unseen" { print $1 }' "$WORK/states" | tr '\n' ' ')"
        return 1
      fi
      trouble="$(_trouble "$1")"
      strikes=$((strikes + 1))
      [[ -n "$trouble" ]] || strikes=0
      if ((strikes >= START_STRIKES)); then
        WHY="pods do not start: ${trouble//$'\n'/, }"
        return 1
      fi
    fi
    ((SECONDS < $2)) || return 1
    sleep "$POLL"
  done
}

# watched VERSION: while it gets more and more users, our own requests to it must be answered; else JUDGE_STRIKES looks in a row end
# the release. What cannot be known yet is left to the judge.
declare -A STRIKES=()
watched() {
  local service answered failed
  # The way there may have ended: the steps can take hours.
  way_open || log "no requests of our own: $WHY"
  aim "$1"
  for service in $(long_running); do
    read -r answered failed <<<"$(own_answers "$service")"
    if ((failed <= JUDGE_SPARE_FAILURES)) || [[ "$(compare "$(jq -n "$failed / $answered")" "$RELEASE_MAX_ERROR_RATE")" != above ]]; then
      STRIKES[$service]=0
      continue
    fi
    WHY="$service: version $1 does not answer on $(service_field "$service" 4): $failed of $answered requests failed"
    STRIKES[$service]=$((${STRIKES[$service]:-0} + 1))
    ((STRIKES[$service] < JUDGE_STRIKES)) || return 1
  done
}

# strategy_stands SERVICE: whether the controller goes on with the release.
strategy_stands() {
  local state
  state="$(states "" | awk -v name="$1" '$1 == name { $1 = ""; print substr($0, 2) }' | grep . || echo "none there is no Rollout")"
  [[ "$state" =~ ^(bad|paused|none) ]] || return 0
  WHY="$1: ${state#* }"
  return 1
}

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: with all its own pods. Those of the release
# before stay until the controller is done.
strategy_serves() { if is_job "$1"; then serves "$@"; else runs "$@"; fi; }

# strategy_finish VERSION: a release that was judged good is good when the controller is done with it; what it gives up until then
# is undone.
strategy_finish() {
  local until=$((SECONDS + FINISH_SECONDS))
  log "good; waiting until the controller is done"
  follow "$1" "$until" "done" && return 0
  ((SECONDS < until)) || die 5 "$1 serves and was judged good, but the controller is not done within $FINISH_SECONDS s: $WHY. It is not on record: release it again"
  return 1
}

# strategy_settle FOLDER VERSION: when the version is on record as good, what other ways of releasing left goes.
strategy_settle() { left_by_others "$1"; }

# strategy_undo FOLDER VERSION UNTIL: users go back at once, of all services (to Deployments, when the load balancer knows them again); then the Rollouts get the release before, without
# steps, and what only the bad one brought goes.
strategy_undo() {
  objects "$1" && seen || return 1
  end_releases && lead_back || return 1
  ours_of "$1"
  if unsettled "$2"; then
    back_to_deployments "$1" "$2" && only_new_goes "$1" Rollout CronJob
    return
  fi
  only_new_goes "$1" Rollout CronJob || return 1
  apply "$1/settings.yaml" || return 1
  lead "$1" && new_strategy "$1" && apply_workloads "$1" && apply_jobs "$1" || return 1
  followed_back "$2" "$3"
}

# strategy_undo_history FILE UNTIL: back to the ReplicaSet that is stable, or that was before it, for the Rollouts named in the
# file; the jobs as noted.
strategy_undo_history() {
  local name
  seen && end_releases && lead_back && jobs_back || return 1
  kube get replicasets --output json >"$WORK/sets.json" || {
    WHY="the ReplicaSets cannot be read"
    return 1
  }
  while read -r name; do
    if ! _template_before "$name" >"$WORK/template.json" ||
      ! kube patch rollouts.argoproj.io "$name" --type json --patch-file "$WORK/template.json" >&2 </dev/null; then
      WHY="$name has no ReplicaSet to go back to"
      return 1
    fi
  done <"$1"
  followed_back "" "$2"
}

# _template_before NAME: a patch with the pod template to go back to.
_template_before() {
  jq "${OURS[@]}" -e --arg name "$1" --slurpfile sets "$WORK/sets.json" "$ROLLOUTS"'
    first(rollouts | select(.metadata.name == $name)) as $rollout
    | [$sets[0].items[] | select(any(.metadata.ownerReferences[]?; .uid == $rollout.metadata.uid))
       | select(.metadata.labels[hash] != $rollout.status.currentPodHash)] as $others
    | (first($others[] | select(.metadata.labels[hash] == $rollout.status.stableRS))
       // ($others | sort_by(.metadata.annotations["rollout.argoproj.io/revision"] | tonumber) | last))
    | select(. != null)
    | [{op: "replace", path: "/spec/template", value: (.spec.template | del(.metadata.labels[hash], .metadata.creationTimestamp))}]' \
    "$WORK/deployments.json"
}

# followed_back VERSION UNTIL: until every Rollout is back. What is not the stable version any more has no steps to go through
# again: its pods come up and get all users at once. Where the controller is away and has done nothing of the bad release, nothing is
# left to undo.
followed_back() {
  local code=0
  follow "$1" "$2" "done" _at_once || code=$?
  if ((code != 0)) && _never_began "$1"; then
    warn "$WHY. It has done nothing of the release either, so what was there before serves"
    return 0
  fi
  return "$code"
}

# _at_once VERSION: tells the controller to take no steps, once it has seen the template.
_at_once() {
  local service
  for service in $(rollouts_that 'observed and (is_stable | not) and .status.promoteFull != true and .status.abort != true'); do
    tell "$service" '{"promoteFull": true}' || return 1
  done
}

# _never_began VERSION: whether all pods that the Rollouts have are of the version, and the controller knows of no other.
_never_began() {
  [[ -n "$1" && -z "$(rollouts_that 'is_stable | not')" ]] || return 1
  jq "${OURS[@]}" -e --arg version "$1" --arg key "$VERSION_LABEL" "$ROLLOUTS"'
    all(.items[] | select(.metadata.labels[hash] != null); .metadata.labels[$key] == $version)' "$WORK/pods.json" >/dev/null
}

# strategy_undo_seconds: what going back takes, from what runs now: while a release is under way and the pods before it are all there,
# until users are back; else until all pods are replaced: at once where a release comes up beside what serves, in batches of maxSurge
# where it takes its place.
strategy_undo_seconds() {
  jq "${OURS[@]}" -r --argjson batch "$BATCH_SECONDS" --argjson lead "$LEAD_SECONDS" "$ROLLOUTS"'
    [rollouts
     | (.spec.replicas // 1) as $replicas
     | (.spec.strategy.canary.maxSurge // "25%") as $surge
     | (if ($surge | type) == "string" then (($surge | rtrimstr("%") | tonumber) * $replicas / 100 | ceil) else $surge end) as $size
     | (.spec.strategy.blueGreen != null or .spec.strategy.canary.trafficRouting != null) as $beside
     | if $beside and (is_stable | not) then $lead
       elif $beside then $batch + $lead
       else ($replicas / ([$size, 1] | max) | ceil) * $batch end]
    | max // $batch + $lead' "$WORK/deployments.json"
}

# strategy_limit_seconds: how long it may take; a single slow batch does not end the others.
strategy_limit_seconds() { echo "$(($(strategy_undo_seconds) + BATCH_SECONDS + 300))"; }

# shellcheck source=migrating.sh
source "$(dirname "${BASH_SOURCE[0]}")/migrating.sh"
