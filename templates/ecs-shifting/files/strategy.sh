# Managed by agency-scaffold (ecs-shifting): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: ECS starts the new tasks beside the old ones and moves the requests to them, at once or in
# steps; the old tasks stay for RELEASE_KEPT_MINUTES more. So long ECS watches the alarms and goes back by itself, and so does
# this script, by ending the deployment: the requests are back at once, since the old tasks never left. A release is judged
# meanwhile, and is over when ECS calls its deployment successful. What answers no requests has its tasks replaced one after
# another. Sourced after release.sh, lock.sh, and in a release after traffic.sh and judge.sh.

# Why a step failed, for the script that called it.
export WHY
# shellcheck source=shifting.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/shifting.env.sh"
# shellcheck source=rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"

# All new tasks are placed at once and found healthy; then ECS moves the requests, with looks before and after; what it ends goes
# back; tasks that are not needed any more leave.
readonly SCALE_SECONDS=120
readonly MOVE_SECONDS=120
readonly BACK_SECONDS=120
readonly LEAVE_SECONDS=90
# From the verdict until ECS calls its deployment successful.
readonly FINISH_SECONDS="${FINISH_SECONDS:-$((RELEASE_KEPT_MINUTES * 60 + 600))}"
# Whether requests are moved as the answers say, or all at once, and whether the version is watched while it gets a part of them.
MOVING=usual
WATCHING=no
declare -A STRIKES=()

# moves SERVICE: whether ECS moves its requests. side SERVICE FILTER: of its newest deployment, from the snapshot; nothing where
# there is none.
moves() { grep -qxF "$1" "$WORK/moved"; }
side() { jq -r --arg service "$1" ".[\$service] // empty | $2" "$WORK/sides.json"; }

# going SERVICE / returning SERVICE: whether its deployment is under way, or ECS is just going back from it.
going() { [[ "$(side "$1" .status)" =~ ^(PENDING|IN_PROGRESS)$ ]]; }
returning() { [[ "$(side "$1" .status)" =~ ^(STOP_REQUESTED|ROLLBACK_REQUESTED|ROLLBACK_IN_PROGRESS)$ ]]; }

# begun SERVICE: the newest deployment before the one that this script began; "-" where it follows one that was there, and nothing
# where it did not need any.
begun() { awk -v service="$1" '$1 == service { print $2 }' "$WORK/begun"; }

# begun_there SERVICE: whether the deployment that this script began or follows is the newest that ECS tells of.
begun_there() { [[ -n "$(begun "$1")" && "$(begun "$1")" != "$(side "$1" .arn)" ]]; }

# services_ready: ECS must know how to move the requests, or would replace tasks one after another, or end every deployment.
services_ready() {
  local service
  for service in $RELEASE_MOVED; do
    [[ -n "$(service_text "$service" .status)" ]] || continue
    WHY="docs/runbooks/deployment.md, \"Change how releases are made\""
    if ! moves "$service"; then
      WHY="ECS still replaces the tasks of $service one after another: apply the infrastructure ($WHY)"
      return 1
    elif [[ "$(service_text "$service" '[.loadBalancers[]? | select(.advancedConfiguration == null)] | length')" != 0 ]]; then
      WHY="ECS knows only one target group of $service, so it cannot move its requests ($WHY)"
      return 1
    fi
  done
}

# _shift SERVICE: how its requests are to be moved now, in the words of deploymentConfiguration. Where nothing ran before there is
# nothing to compare with, and on the way back nothing to wait for.
_shift() {
  if [[ "$MOVING" == at-once ]]; then
    echo '{"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}'
  elif [[ "$(service_text "$1" .desiredCount)" == 0 ]]; then
    printf '{"strategy": "BLUE_GREEN", "bakeTimeInMinutes": %s}' "$RELEASE_KEPT_MINUTES"
  else
    printf '%s' "$RELEASE_SHIFT"
  fi
}

# _configuration SERVICE SHIFT: its deploymentConfiguration with that; nothing where it says so already.
_configuration() {
  jq -c --arg service "$1" --argjson shift "$2" '
    .services[] | select(.serviceName == $service) | .deploymentConfiguration as $is
    | ($is | del(.canaryConfiguration, .linearConfiguration)) + $shift
    | select(. != $is)' "$WORK/services.json"
}

# hand_service SERVICE ARN: gets its revision, unless it has it or is on its way there already.
hand_service() {
  local configuration more=()
  if ! moves "$1"; then
    replace_tasks "$1" "$2"
    return
  fi
  if [[ "$(live_revision "$1")" == "$2" && "$(service_text "$1" .desiredCount)" != 0 ]]; then
    if going "$1"; then
      echo "$1 -" >>"$WORK/begun"
      return 0
    fi
    ! _runs "$1" "$2" || return 0
    more=(--force-new-deployment)
  fi
  configuration="$(_configuration "$1" "$(_shift "$1")")" || unclear || return 1
  [[ -z "$configuration" ]] || more+=(--deployment-configuration "$configuration")
  echo "$1 $(side "$1" .arn | grep . || echo none)" >>"$WORK/begun"
  update_service "$1" "$2" ${more[@]+"${more[@]}"}
}

# _runs SERVICE ARN: whether a task of the revision runs. ECS may name a revision still from which it went back.
_runs() {
  jq -e --arg service "$1" --arg arn "$2" '
    any(.tasks[]; .group == "service:" + $service and .taskDefinitionArn == $arn and .desiredStatus == "RUNNING")' "$WORK/tasks.json" >/dev/null
}

# service_lost SERVICE ARN: why ECS does not go on with the revision, from the snapshot; nothing while it does.
service_lost() {
  local asked why
  if ! moves "$1"; then
    tasks_lost "$1" "$2"
    return
  fi
  asked="$(live_revision "$1")" || return 1
  why="$(side "$1" .why | grep . || echo "it says no reason")"
  if [[ "$asked" != "$2" ]]; then
    echo "ECS put ${asked##*/} back: $why"
  elif begun_there "$1" && [[ "$(side "$1" .status)" =~ ^(STOP|ROLLBACK_) ]]; then
    echo "ECS went back: $why"
  fi
}

# service_state SERVICE ARN: "done", "failed WHY" or "waiting HOW FAR", from the snapshot. A release goes on to the judge as soon as
# all requests go to the new tasks; the way back has nothing to wait for, so there the deployment must be over.
service_state() {
  local failed
  if ! moves "$1"; then
    tasks_state "$1"
    return
  fi
  failed="$(service_text "$1" 'first(.deployments[]? | select(.status == "PRIMARY") | .failedTasks) // 0')"
  if [[ -z "$(begun "$1")" ]]; then
    if going "$1" || returning "$1"; then _how_far "$1"; else echo "done"; fi
  elif ! begun_there "$1"; then
    echo "waiting its deployment has not begun"
  elif ((failed >= START_STRIKES)); then
    echo "failed $failed tasks in a row did not start"
  elif [[ "$(side "$1" .status)" == SUCCESSFUL || ("$MOVING" == usual && "$(side "$1" .aside)" == true) ]]; then
    echo "done"
  else
    _how_far "$1"
  fi
}

# _how_far SERVICE: in the words of ECS.
_how_far() { side "$1" '"waiting its deployment is \(.status) \(.stage), \(.weight) % of the requests go to the new tasks"'; }

# service_judged SERVICE VERSION: while the version gets a part of the requests, nothing that is known of it may speak against it
# JUDGE_STRIKES times in a row: alarms, our own requests, its metrics. What cannot be known yet is left to the judge.
service_judged() {
  local code=0 weight answered=0 failed=0
  [[ "$WATCHING" == yes ]] && begun_there "$1" && going "$1" && [[ "$(side "$1" .aside)" == false ]] || return 0
  weight="$(side "$1" .weight)"
  [[ "$(compare "$weight" 0)" == above ]] || return 0
  aim "$2"
  if grep -qx "$1" <<<"$(asked)"; then read -r answered failed <<<"$(own_answers "$1")"; fi
  if ! signs "$1" "$2"; then
    code=1
  elif ((failed > JUDGE_SPARE_FAILURES)) &&
    # The others were answered by the old tasks, which are known.
    [[ "$(compare "$(jq -n "$failed / ($answered * $weight / 100)")" "$RELEASE_MAX_ERROR_RATE")" == above ]]; then
    WHY="$1: version $2 gets $weight % of the requests, and $failed of $answered failed on $(service_field "$1" 4)"
    code=1
  elif grep -qx "$1" <<<"$(metered)"; then
    measure "$1" "$2" || code=$?
  fi
  [[ "$code" == 1 ]] || {
    STRIKES[$1]=0
    return 0
  }
  STRIKES[$1]=$((${STRIKES[$1]:-0} + 1))
  ((STRIKES[$1] < JUDGE_STRIKES))
}

# strategy_release FOLDER VERSION UNTIL: the services get the revisions of the folder; waits until all requests go to them; the
# reason in WHY. The pauses between the steps come on top of the time.
strategy_release() {
  local code=0
  wanted_of "$1" || return 1
  : >"$WORK/begun"
  MOVING=usual
  _make_way "$WORK/wanted" "$3" || return 1
  hand_over "$WORK/wanted" || return 1
  if ((RELEASE_PAUSE_SECONDS > 0)); then
    log "requests move in steps, $RELEASE_PAUSE_SECONDS s in all"
    WATCHING=yes
    start_traffic
  fi
  strategy_wait "$WORK/wanted" "$2" "$(($3 + RELEASE_PAUSE_SECONDS))" || code=$?
  [[ "$WATCHING" == no ]] || stop_traffic
  WATCHING=no
  return "$code"
}

# strategy_finish VERSION: a release that was judged good is good when ECS calls its deployments successful: until then ECS watches
# the alarms, and the version must go on serving, as for the judge.
strategy_finish() {
  local service left told=no until=$((SECONDS + FINISH_SECONDS))
  declare -A ended=() unready=()
  while true; do
    keep_lock
    if snapshot; then
      left=""
      while read -r service _; do
        strategy_stands "$service" || return 1
        _keeps_serving "$service" "$1" || return 1
        ! going "$service" || left+=", $service ($(side "$service" '"\(.status) \(.stage)"'))"
      done <"$WORK/begun"
      if [[ -z "$left" ]]; then
        _as_usual "$WORK/begun"
        return 0
      fi
      [[ "$told" == yes ]] || log "good; waiting until ECS ends its deployments: ${left#, }"
      told=yes
    fi
    ((SECONDS < until)) ||
      die 5 "$1 serves and was judged good, but ECS did not end its deployments within $FINISH_SECONDS s: ${left#, }. It is not on record: release it again"
    sleep "$POLL"
  done
}

# _keeps_serving SERVICE VERSION: one look at one service; uses the counts of strategy_finish.
_keeps_serving() {
  local now
  now="$(restarts "$1" "$2")"
  ended[$1]="${ended[$1]:-$now}"
  if ((now - ended[$1] > JUDGE_MAX_RESTARTS)); then
    WHY="$1: its containers restarted $((now - ended[$1])) times"
    return 1
  fi
  if serves "$1" "$2"; then
    unready[$1]=0
    return 0
  fi
  unready[$1]=$((${unready[$1]:-0} + 1))
  ((unready[$1] < JUDGE_READY_STRIKES))
}

# strategy_undo FOLDER VERSION UNTIL: the same towards the release before, without what only the bad one brought. What is under way is
# ended first, of all services: so the requests are back before anything else is done.
strategy_undo() {
  wanted_back "$1" || return 1
  _back "$WORK/wanted" "$2" "$3"
}

# strategy_undo_history FILE UNTIL: back to the revisions that are named in the file; the jobs as noted.
strategy_undo_history() {
  jobs_back || return 1
  cp "$1" "$WORK/wanted"
  _back "$WORK/wanted" "" "$2"
}

_back() {
  : >"$WORK/begun"
  MOVING=at-once
  _make_way "$1" "$3" || return 1
  [[ -z "$2" ]] || stop_new || return 1
  hand_over "$1" || return 1
  strategy_wait "$1" "$2" "$3" || return 1
  _as_usual "$1"
}

# _make_way FILE UNTIL: deployments toward anything but the file's revisions are ended, and those that ECS goes back from waited for.
# One before which nothing ran has nothing to go back to: it is left to the revision that comes.
_make_way() {
  local service arn left
  declare -A told=()
  while true; do
    if snapshot; then
      left=""
      while read -r service arn; do
        moves "$service" || continue
        if going "$service" && [[ "$(live_revision "$service")" != "$arn" && "$(side "$service" .first)" == false ]]; then
          log "$service: ECS goes back from $(live_revision "$service" | sed 's|.*/||')"
          # It may have ended meanwhile: the next look tells.
          ask ended.json ecs stop-service-deployment --service-deployment-arn "$(side "$service" .arn)" --stop-type ROLLBACK ||
            warn "$service: its deployment is not ended: $WHY"
          left+=", $service: its deployment is to be ended"
        elif returning "$service"; then
          if [[ "$(side "$service" .aside)" == true && -z "${told[$service]:-}" ]]; then
            log "$service: all requests go to the tasks that were there before"
            told[$service]=yes
          fi
          left+=", $service: $(_how_far "$service" | sed 's/^waiting //')"
        fi
      done <"$1"
      [[ -n "$left" ]] || return 0
      WHY="not back: ${left#, }"
    fi
    ((SECONDS < $2)) || return 1
    keep_lock
    sleep "$POLL"
  done
}

# _as_usual FILE: services whose requests were moved at once are told again how they are moved. That begins no deployment.
_as_usual() {
  local service configuration
  snapshot || return 0
  while read -r service _; do
    moves "$service" || continue
    configuration="$(_configuration "$service" "$RELEASE_SHIFT")" || continue
    [[ -z "$configuration" ]] ||
      ask updated.json ecs update-service --cluster "$CLUSTER_NAME" --service "$service" --deployment-configuration "$configuration" ||
      warn "$service: how its requests are moved was not set again: $WHY. The next release does it"
  done <"$1"
}

# strategy_undo_seconds: what going back takes, from what runs now: while the old tasks are there, until the requests are back; else
# until new ones are placed and have them. strategy_limit_seconds: how long that, or moving the requests, may take.
strategy_undo_seconds() {
  local seconds
  seconds="$(jq -r --argjson back "$BACK_SECONDS" --argjson anew "$((SCALE_SECONDS + MOVE_SECONDS + LEAVE_SECONDS))" '
    if any(.[]; .status == "IN_PROGRESS" and .first == false) then $back else $anew end' "$WORK/sides.json")"
  printf '%s\n' "$seconds" "$(replacing_seconds)" | sort -n | tail -n 1
}
strategy_limit_seconds() { longest "$((SCALE_SECONDS + MOVE_SECONDS + LEAVE_SECONDS))"; }

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: alone.
strategy_serves() { serves "$1" "$2"; }

# strategy_settle FOLDER VERSION: what is left to do when the version is on record as good: nothing.
strategy_settle() { :; }
