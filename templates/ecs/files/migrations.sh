# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Migrations: one task each, of a family of its own, in the network of its service. Sourced by orchestration.sh.

# Why a step failed, for the script that called it.
export WHY
# How long each may take.
readonly MIGRATE_SECONDS="${MIGRATE_SECONDS:-660}"
# The task that is looked at, its state (running, complete, failed) and why it failed.
MIGRATION=""
MIGRATION_STATE=""
MIGRATION_WHY=""
# What is run, as people and as the families call it.
STEP_WORD=migration
STEP=migrate

# platform_migrate FOLDER VERSION: each within MIGRATE_SECONDS. One that a killed release left behind is not run twice: of
# the same revision it is waited for, or counts if it is complete (ECS remembers a task for an hour); of another it must
# end before ours starts.
platform_migrate() {
  run_each migration migrate "$1/migrations.json" "$2"
}

# run_each WORD STEP FILE VERSION: one after another what the file says, a revision by service; WORD and STEP are what people
# and the families call it.
run_each() {
  local service arn by
  STEP_WORD="$1"
  STEP="$2"
  for service in $(jq -r 'keys[]' "$3"); do
    arn="$(jq -r --arg service "$service" '.[$service]' "$3")"
    by="$UNIT_PREFIX$STEP/$service/${arn##*:}"
    _settle_others "$service" "$by" || return 1
    _find_migration "$service" "$by" || return 1
    if [[ "$MIGRATION_STATE" == complete ]]; then
      log "$STEP_WORD $service of $4 is done already"
      continue
    fi
    if [[ "$MIGRATION_STATE" != running ]]; then
      log "$STEP_WORD $service"
      _start_migration "$service" "$arn" "$by" || return 1
    fi
    _settle_migration "$service" || return 1
    [[ "$MIGRATION_STATE" == complete ]] || {
      WHY="$STEP_WORD $service failed: $MIGRATION_WHY$(_migration_words "$service")"
      return 1
    }
  done
}

# _migration_tasks SERVICE: every task of its migrations that ECS still knows, in $WORK/migrations.json.
_migration_tasks() {
  local arns=() status
  for status in RUNNING STOPPED; do
    ask some.json ecs list-tasks --cluster "$CLUSTER_NAME" --family "$(family "$1")-$STEP" --desired-status "$status" || return 1
    jq -r '.taskArns[]' "$WORK/some.json" >"$WORK/arns" || unclear || return 1
    mapfile -t -O "${#arns[@]}" arns <"$WORK/arns"
  done
  echo '{"tasks": []}' >"$WORK/migrations.json"
  while ((${#arns[@]} > 0)); do
    ask some.json ecs describe-tasks --cluster "$CLUSTER_NAME" --tasks "${arns[@]:0:100}" || return 1
    gather tasks migrations.json || return 1
    arns=("${arns[@]:100}")
  done
}

# _judge_migration FILE SERVICE: MIGRATION_STATE and MIGRATION_WHY of the one task in the file; fails when they are not told. A
# task that runs no more without an exit code did not do its work.
_judge_migration() {
  MIGRATION="$(jq -r '.tasks[0].taskArn // ""' "$1")" || unclear || return 1
  MIGRATION_STATE="$(jq -r --arg name "$2" '.tasks[0]
    | if . == null then "none"
      elif .lastStatus != "STOPPED" then "running"
      elif first(.containers[]? | select(.name == $name) | .exitCode) == 0 then "complete"
      else "failed" end' "$1")" || unclear || return 1
  MIGRATION_WHY="$(jq -r --arg name "$2" '.tasks[0] // {}
    | ([.containers[]? | select(.name == $name) | if .exitCode != null then "exit \(.exitCode)" else (.reason // empty) end] | first)
      // .stoppedReason // .stopCode // "no reason given"' "$1")" || unclear
}

# _find_migration SERVICE BY: the newest task that was started so.
_find_migration() {
  _migration_tasks "$1" || return 1
  jq --arg by "$2" '{tasks: ([.tasks[] | select(.startedBy == $by)] | sort_by(.createdAt // "") | .[-1:])}' "$WORK/migrations.json" >"$WORK/migration.json" || unclear || return 1
  _judge_migration "$WORK/migration.json" "$1"
}

# _settle_others SERVICE BY: those of other revisions must have ended.
_settle_others() {
  local others other
  _migration_tasks "$1" || return 1
  others="$(jq -r --arg by "$2" --arg ours "$UNIT_PREFIX$STEP/" '
    .tasks[] | select(.startedBy != $by and .lastStatus != "STOPPED" and (.startedBy // "" | startswith($ours))) | .taskArn' "$WORK/migrations.json")" || unclear || return 1
  for other in $others; do
    log "waiting for a $STEP_WORD that another release started: ${other##*/}"
    MIGRATION="$other"
    _settle_migration "$1" || return 1
  done
}

_start_migration() {
  # A preview says where its steps run; those of a release run where the service does.
  [[ ! -s "$WORK/network.json" ]] || cp "$WORK/network.json" "$WORK/step-network.json"
  [[ -s "$WORK/network.json" ]] || network_of "$1" >"$WORK/step-network.json" || return 1
  jq --arg cluster "$CLUSTER_NAME" --arg arn "$2" --arg by "$3" '
    {cluster: $cluster, taskDefinition: $arn, startedBy: $by, count: 1, launchType: "FARGATE",
     networkConfiguration: ., propagateTags: "TASK_DEFINITION", enableECSManagedTags: true}' \
    "$WORK/step-network.json" >"$WORK/run-task.json" || return 1
  [[ -s "$WORK/run-task.json" ]] || {
    WHY="$STEP_WORD $1 cannot start: there is no service or schedule $1 whose network it could use"
    return 1
  }
  ask started.json ecs run-task --cli-input-json "file://$WORK/run-task.json" || return 1
  MIGRATION="$(jq -r '.tasks[0].taskArn // ""' "$WORK/started.json")"
  [[ -n "$MIGRATION" ]] || {
    WHY="$STEP_WORD $1 was not started: $(jq -r '[.failures[]? | "\(.reason) \(.detail // "")"] | join(", ")' "$WORK/started.json")"
    return 1
  }
}

# _settle_migration SERVICE: waits while the task MIGRATION runs. One that does not end, or of which nothing is known, ends
# the script: nothing goes on and nothing goes back beside a migration that may run.
_settle_migration() {
  local until=$((SECONDS + MIGRATE_SECONDS)) known=no task="$MIGRATION"
  while true; do
    # An answer without the task leaves no name in MIGRATION.
    if ask one.json ecs describe-tasks --cluster "$CLUSTER_NAME" --tasks "$task" && _judge_migration "$WORK/one.json" "$1"; then
      [[ "$MIGRATION_STATE" != none ]] || known=no
      [[ "$MIGRATION_STATE" == none ]] || known=yes
      [[ "$MIGRATION_STATE" == running || "$MIGRATION_STATE" == none ]] || return 0
    fi
    ((SECONDS < until)) ||
      die 5 "$STEP_WORD $1 did not end within $MIGRATE_SECONDS s ($([[ "$known" == yes ]] && echo running || echo "its state cannot be read"))." \
        "No task was replaced, and nothing was undone: when it has ended" \
        "(aws ecs describe-tasks --cluster $CLUSTER_NAME --tasks ${task##*/}), release again"
    keep_lock
    sleep "$POLL"
  done
}

# _migration_words SERVICE: the last lines that it wrote, where they can be read.
_migration_words() {
  ask words.json logs get-log-events --log-group-name "$(log_group "$1")" --log-stream-name "$(log_prefix "$1")/$1/${MIGRATION##*/}" --limit 5 || return 0
  jq -r '[.events[].message] | if . == [] then "" else ": " + join(" ") end' "$WORK/words.json"
}
