# Managed by agency-scaffold (ecs-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: rolling. ECS starts tasks of the new revision and stops old ones as they become healthy.
# Its circuit breaker and its alarms may put the old revision back by themselves: that is noticed, and deploy.sh then makes
# sure that all services are back, not only that one. Sourced after release.sh and lock.sh.

# Why a step failed, for the script that called it.
export WHY
# What one batch of tasks takes: to be placed and to pull the image (60 s), to be healthy at the load balancer (30 s), and
# the old ones to leave it (30 s).
readonly BATCH_SECONDS=120
# Without any progress for so long a rollout has failed. ECS itself has no limit.
readonly STUCK_SECONDS=300
# Tasks in a row that may fail to start: one may meet a short trouble of the registry or of its host.
readonly START_STRIKES="${START_STRIKES:-3}"
# What a release without a good one on record goes back by; a revision holds the settings, too.
export STRATEGY_HISTORY="the revisions that the services ran before"
export STRATEGY_HISTORY_LIMIT=""

# strategy_note VERSION: the services that run now with another version, with their revisions: what a release will replace.
# What the jobs are is noted beside.
strategy_note() {
  snapshot || return 1
  note_alarms
  note_jobs "$1" || return 1
  rm -f "$WORK/settled.json"
  jq -r --arg version "$1" --slurpfile versions "$WORK/versions.json" '
    .services[] | select(.desiredCount > 0 and ($versions[0][.taskDefinition] // "") != "" and $versions[0][.taskDefinition] != $version)
    | "\(.serviceName) \(.taskDefinition)"' "$WORK/services.json"
}

# strategy_release FOLDER VERSION UNTIL: the services get the revisions of the folder; waits until nothing else runs; the
# reason in WHY.
strategy_release() {
  jq -r 'to_entries[] | "\(.key) \(.value)"' "$1/revisions.json" >"$WORK/wanted" || return 1
  _replace "$WORK/wanted" || return 1
  strategy_wait "$WORK/wanted" "$2" "$3"
}

# strategy_undo FOLDER VERSION UNTIL: the same towards the release before. A service that only the bad release brought is
# stopped, and a job is set back: it did not run before.
strategy_undo() {
  local service
  [[ -s "$1/revisions.json" ]] || platform_prepare "$1" || return 1
  jq -r 'to_entries[] | "\(.key) \(.value)"' "$1/revisions.json" >"$WORK/wanted" || return 1
  # Nothing to go back to would mean to stop everything.
  [[ -s "$WORK/wanted" ]] || {
    WHY="the release before has no revision of any service"
    return 1
  }
  if [[ -s "$WORK/new/revisions.json" ]]; then
    for service in $(jq -r 'keys[]' "$WORK/new/revisions.json"); do
      grep -q "^$service " "$WORK/wanted" && continue
      if is_job "$service"; then
        job_back "$service" || return 1
      else
        # First, or the autoscaler would start it again.
        if ! _keep_at_least "$service" 0 ||
          ! ask stopped.json ecs update-service --cluster "$CLUSTER_NAME" --service "$service" --desired-count 0; then
          WHY="$service, which only the bad release has, cannot be stopped: $WHY"
          return 1
        fi
      fi
    done
  fi
  _replace "$WORK/wanted" || return 1
  strategy_wait "$WORK/wanted" "$2" "$3"
}

# strategy_undo_history FILE UNTIL: back to the revisions that are named in the file; the jobs as noted.
strategy_undo_history() {
  jobs_back || return 1
  _replace "$1" || return 1
  strategy_wait "$1" "" "$2"
}

# strategy_undo_seconds: what replacing every task takes, from what runs now: tasks start in batches of what the
# deployment may add. A service that does not run yet starts all at once.
strategy_undo_seconds() {
  jq -r --argjson batch "$BATCH_SECONDS" '
    [.services[]
     | ([.desiredCount, 1] | max) as $count
     | ((.deploymentConfiguration.maximumPercent // 200) - 100) as $more
     | ([$count * $more / 100 | floor, 1] | max) as $size
     | ($count / $size | ceil) * $batch]
    | max // $batch' "$WORK/services.json"
}

# strategy_limit_seconds: how long it may take.
strategy_limit_seconds() { echo "$(($(strategy_undo_seconds) + STUCK_SECONDS))"; }

# _keep_at_least SERVICE COUNT: the fewest tasks that the autoscaler leaves it. Terraform makes it 0 for a service without a task,
# since AWS starts what is missing to the minimum at once, whatever the revision is.
_keep_at_least() {
  ask target.json application-autoscaling register-scalable-target --service-namespace ecs \
    --scalable-dimension ecs:service:DesiredCount --resource-id "service/$CLUSTER_NAME/$1" --min-capacity "$2"
}

# _replace FILE: asks each service and each schedule for its revision, unless it has it already. The autoscaler owns the number of tasks; a
# service that runs none yet gets the fewest, and the autoscaler that number as its minimum.
_replace() {
  local service arn more now state fewest
  fewest="$(stack_field "$ENVIRONMENT" 5)"
  snapshot || return 1
  while read -r service arn; do
    now="$(live_revision "$service")"
    if is_job "$service"; then
      [[ "$now" == "$arn" ]] || point_job "$service" "$arn" || return 1
      continue
    fi
    state="$(service_text "$service" 'first(.deployments[]? | select(.status == "PRIMARY") | .rolloutState) // ""')"
    more=()
    [[ "$(service_text "$service" '.desiredCount')" != 0 ]] || more=(--desired-count "$fewest")
    if [[ "$now" == "$arn" && ${#more[@]} -eq 0 && "$state" != FAILED ]]; then
      continue
    fi
    [[ "$now" != "$arn" || "$state" != FAILED ]] || more+=(--force-new-deployment)
    ask updated.json ecs update-service --cluster "$CLUSTER_NAME" --service "$service" --task-definition "$arn" ${more[@]+"${more[@]}"} || {
      WHY="$service does not take its revision: $WHY"
      return 1
    }
    [[ "${more[*]-}" != *--desired-count* ]] || _keep_at_least "$service" "$fewest" || {
      WHY="the autoscaler of $service does not take its minimum: $WHY"
      return 1
    }
    log "$service gets ${arn##*/}"
  done <"$1"
}

# strategy_wait FILE VERSION UNTIL: until each service runs its revision and nothing else. Early failure: ECS gave the
# deployment up or put the old revision back, START_STRIKES tasks in a row did not start, or as many of the version ended
# by themselves (ECS counts no failures any more once a task has run). Then ECS goes on watching the alarms for a while that
# it computes from them and tells nobody, and calls the deployment completed only afterwards: that is not waited for, since
# the judge watches meanwhile (strategy_stands) and the way back has no time for it.
strategy_wait() {
  local service arn state waiting ended
  declare -A first=()
  while read -r service arn; do first[$service]="$(restarts "$service" "$2")"; done <"$1"
  while true; do
    keep_lock
    if snapshot; then
      waiting=""
      while read -r service arn; do
        state="$(_rollout_state "$service" "$arn")" || state="waiting for an answer of AWS that is understood"
        case "$state" in
          "done") [[ -z "$2" ]] || serves "$service" "$2" || waiting+=", $WHY" ;;
          failed*)
            WHY="not rolled out: $service: ${state#failed }$(_because "$service")"
            return 1
            ;;
          *) waiting+=", $service: ${state#waiting }" ;;
        esac
        ended=$(($(restarts "$service" "$2") - first[$service]))
        if [[ -n "$2" ]] && ((ended >= START_STRIKES)); then
          WHY="not rolled out: $service: $ended tasks ended by themselves$(_because "$service")"
          return 1
        fi
      done <"$1"
      if [[ -z "$waiting" ]]; then
        _note_settled
        return 0
      fi
      WHY="not rolled out: ${waiting#, }"
    fi
    ((SECONDS < $3)) || return 1
    sleep "$POLL"
  done
}

# _because SERVICE: the last words of a task that failed.
_because() {
  local words
  words="$(last_words "$1")"
  [[ -z "$words" ]] || printf ' (task %s)' "$words"
}

# _note_settled: how many tasks each service has now that its version is in place.
_note_settled() { jq '[.services[] | {(.serviceName): .desiredCount}] | add // {}' "$WORK/services.json" >"$WORK/settled.json"; }

# strategy_stands SERVICE: whether ECS still has what the release asked for, from the snapshot: as long as it watches the alarms
# it may put the old revision back, which may be of the same version. The reason in WHY.
strategy_stands() {
  local why
  why="$(_given_up "$1" "$(awk -v service="$1" '$1 == service { print $2 }' "$WORK/wanted")")"
  [[ -n "$why" ]] || return 0
  WHY="$1: $why"
  return 1
}

# _given_up SERVICE ARN: why ECS does not go on with the revision, from the snapshot; nothing while it does.
_given_up() {
  jq -r --arg service "$1" --arg arn "$2" '
    [.services[] | select(.serviceName == $service and .status == "ACTIVE")] | first
    | if . == null then "there is no service"
      else first(.deployments[] | select(.status == "PRIMARY")) as $primary
      | ([.deployments[] | select(.taskDefinition == $arn)] | first) as $ours
      | if $primary.taskDefinition != $arn then
          "ECS put \($primary.taskDefinition | split("/") | last) back: \($ours.rolloutStateReason // "circuit breaker or alarm")"
        elif $primary.rolloutState == "FAILED" then $primary.rolloutStateReason // "the deployment failed"
        else "" end
      end' "$WORK/services.json"
}

# _rollout_state SERVICE ARN: "done", "failed WHY" or "waiting HOW FAR", from the snapshot.
_rollout_state() {
  local why
  if is_job "$1"; then
    [[ "$(job_revision "$1")" == "$2" ]] && echo "done" || echo "failed its schedule names another revision"
    return
  fi
  why="$(_given_up "$1" "$2")" || return 1
  if [[ -n "$why" ]]; then
    echo "failed $why"
    return
  fi
  jq -r --arg service "$1" --argjson strikes "$START_STRIKES" --slurpfile targets "$WORK/targets.json" '
    [.services[] | select(.serviceName == $service and .status == "ACTIVE")] | first
    | first(.deployments[] | select(.status == "PRIMARY")) as $primary
    | ([.deployments[] | select(.status != "PRIMARY") | .runningCount] | add // 0) as $others
    | ($targets[0][$service] // null) as $targets
    | ([$targets // [] | .[] | select(.state == "healthy")] | length) as $healthy
    | if ($primary.failedTasks // 0) >= $strikes then "failed \($primary.failedTasks) tasks in a row did not start"
      elif $others > 0 or $primary.runningCount != .desiredCount or .runningCount != .desiredCount
      then "waiting \($primary.runningCount) of \(.desiredCount) tasks of the new revision run, \(.runningCount) in all"
      elif $targets != null and $healthy < .desiredCount
      then "waiting \($healthy) of \(.desiredCount) targets are healthy at the load balancer"
      else "done" end' "$WORK/services.json"
}
