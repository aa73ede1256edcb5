# Managed by agency-scaffold (ecs-services): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What every strategy on ECS shares: what a release will replace, revisions handed over, and tasks watched until nothing else
# runs. ECS may put an old revision back by itself: that is noticed, and deploy.sh then makes sure that all services are back,
# not only that one. Sourced by strategy.sh, which has `hand_service SERVICE ARN` (a service gets its revision),
# `service_state SERVICE ARN` ("done", "failed WHY" or "waiting HOW FAR", from the snapshot), `service_lost SERVICE ARN` (why ECS
# does not go on with the revision, from the snapshot; nothing while it does), `service_judged SERVICE VERSION` (what is known of
# the version already does not speak against it) and `services_ready` (they are as the strategy needs them).

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
  services_ready || return 1
  note_jobs "$1" || return 1
  rm -f "$WORK/settled.json"
  jq -r --arg version "$1" --slurpfile versions "$WORK/versions.json" '
    .services[] | select(.desiredCount > 0 and ($versions[0][.taskDefinition] // "") != "" and $versions[0][.taskDefinition] != $version)
    | "\(.serviceName) \(.taskDefinition)"' "$WORK/services.json"
}

# wanted_of FOLDER: service and revision of the folder, a line each, in $WORK/wanted.
wanted_of() { jq -r 'to_entries[] | "\(.key) \(.value)"' "$1/revisions.json" >"$WORK/wanted"; }

# wanted_back FOLDER: the same of what is gone back to. Nothing to go back to would mean to stop everything.
wanted_back() {
  [[ -s "$1/revisions.json" ]] || platform_prepare "$1" || return 1
  wanted_of "$1" || return 1
  [[ -s "$WORK/wanted" ]] || {
    WHY="the release before has no revision of any service"
    return 1
  }
}

# stop_new: a service that only the bad release brought is stopped, and a job is set back: it did not run before.
stop_new() {
  local service
  [[ -s "$WORK/new/revisions.json" ]] || return 0
  for service in $(jq -r 'keys[]' "$WORK/new/revisions.json"); do
    grep -q "^$service " "$WORK/wanted" && continue
    if is_job "$service"; then
      job_back "$service" || return 1
    else
      # First, or the autoscaler would start it again.
      if ! keep_at_least "$service" 0 ||
        ! ask stopped.json ecs update-service --cluster "$CLUSTER_NAME" --service "$service" --desired-count 0; then
        WHY="$service, which only the bad release has, cannot be stopped: $WHY"
        return 1
      fi
    fi
  done
}

# replacing_seconds: what replacing every task takes, from what runs now: tasks start in batches of what the
# deployment may add. A service that does not run yet starts all at once.
replacing_seconds() {
  jq -r --argjson batch "$BATCH_SECONDS" '
    [.services[] | select((.deploymentConfiguration.strategy // "ROLLING") == "ROLLING")
     | ([.desiredCount, 1] | max) as $count
     | ((.deploymentConfiguration.maximumPercent // 200) - 100) as $more
     | ([$count * $more / 100 | floor, 1] | max) as $size
     | ($count / $size | ceil) * $batch]
    | max // $batch' "$WORK/services.json"
}

# longest SECONDS: how long what usually takes so many seconds may last.
longest() { echo "$(($1 + STUCK_SECONDS))"; }

# keep_at_least SERVICE COUNT: the fewest tasks that the autoscaler leaves it. Terraform makes it 0 for a service without a task,
# since AWS starts what is missing to the minimum at once, whatever the revision is.
keep_at_least() {
  ask target.json application-autoscaling register-scalable-target --service-namespace ecs \
    --scalable-dimension ecs:service:DesiredCount --resource-id "service/$CLUSTER_NAME/$1" --min-capacity "$2"
}

# hand_over FILE: gives each service and each schedule its revision, unless it has it already.
hand_over() {
  local service arn
  seen || return 1
  while read -r service arn; do
    if ! is_job "$service"; then
      hand_service "$service" "$arn" || return 1
    elif [[ "$(live_revision "$service")" != "$arn" ]]; then
      point_job "$service" "$arn" || return 1
    fi
  done <"$1"
}

# replace_tasks SERVICE ARN: the service replaces its tasks one after another, unless it does already. The autoscaler owns the
# number of tasks; a service that runs none yet gets the fewest, and the autoscaler that number as its minimum.
replace_tasks() {
  local state more=()
  state="$(service_text "$1" 'first(.deployments[]? | select(.status == "PRIMARY") | .rolloutState) // ""')"
  if [[ "$(live_revision "$1")" == "$2" ]]; then
    if [[ "$state" == FAILED ]]; then
      more=(--force-new-deployment)
    elif [[ "$(service_text "$1" .desiredCount)" != 0 ]]; then
      return 0
    fi
  fi
  update_service "$1" "$2" ${more[@]+"${more[@]}"}
}

# update_service SERVICE ARN ARGUMENTS...: asks it for the revision, and for the fewest tasks where it runs none.
update_service() {
  local service="$1" arn="$2" more=() fewest=""
  shift 2
  if [[ "$(service_text "$service" .desiredCount)" == 0 ]]; then
    fewest="$(stack_field "$ENVIRONMENT" 5)"
    more=(--desired-count "$fewest")
  fi
  ask updated.json ecs update-service --cluster "$CLUSTER_NAME" --service "$service" --task-definition "$arn" ${more[@]+"${more[@]}"} "$@" || {
    WHY="$service does not take its revision: $WHY"
    return 1
  }
  [[ -z "$fewest" ]] || keep_at_least "$service" "$fewest" || {
    WHY="the autoscaler of $service does not take its minimum: $WHY"
    return 1
  }
  log "$service gets ${arn##*/}"
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
        state="$(_state "$service" "$arn")" || state="waiting for an answer of AWS that is understood"
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
        if [[ -n "$2" ]] && ! service_judged "$service" "$2"; then
          WHY="not rolled out: $WHY"
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
  why="$(service_lost "$1" "$(awk -v service="$1" '$1 == service { print $2 }' "$WORK/wanted")")"
  [[ -n "$why" ]] || return 0
  WHY="$1: $why"
  return 1
}

# tasks_lost SERVICE ARN: why ECS does not go on with the revision, from the snapshot; nothing while it does.
tasks_lost() {
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

# _state SERVICE ARN: "done", "failed WHY" or "waiting HOW FAR", from the snapshot.
_state() {
  local why
  if is_job "$1"; then
    [[ "$(job_revision "$1")" == "$2" ]] && echo "done" || echo "failed its schedule names another revision"
    return
  fi
  why="$(service_lost "$1" "$2")" || return 1
  if [[ -n "$why" ]]; then
    echo "failed $why"
    return
  fi
  service_state "$1" "$2"
}

# tasks_state SERVICE: the same of one that replaces its tasks one after another and was not given up.
tasks_state() {
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
