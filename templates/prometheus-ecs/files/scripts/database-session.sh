#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Runs one command of the database's client inside the network, as a task that ends by itself, and prints what it printed.
# It has the application's own login: it may do everything, so read first and change nothing alone.
#
# usage: scripts/database-session.sh --environment ENV [--timeout SECONDS] -- COMMAND [ARGUMENT...]
#
# Environment: AWS_ACCOUNT_ID, AWS_REGION, CLUSTER_NAME, and AWS credentials that may run the task and read its log.
# Exit codes: 0 ok, 1 the command or the task failed, 2 usage or a missing tool, 5 it still runs: a person looks at it.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"

readonly CONTAINER=session
readonly POLL_SECONDS="${SESSION_POLL_SECONDS:-3}"

main() {
  local environment="" limit=300
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --environment)
        environment="${2:-}"
        shift 2 || usage_error "--environment needs a name"
        ;;
      --timeout)
        limit="${2:-}"
        shift 2 || usage_error "--timeout needs seconds"
        ;;
      --)
        shift
        break
        ;;
      *) usage_error "unknown argument: $1" ;;
    esac
  done
  [[ -n "$environment" ]] || usage_error "--environment is missing"
  [[ "$limit" =~ ^[1-9][0-9]*$ ]] || usage_error "--timeout is not a number of seconds: $limit"
  (($# > 0)) || usage_error "the command is missing, after --"
  need aws jq timeout
  cloud_guard "$environment" AWS_REGION CLUSTER_NAME
  make_work
  session "$limit" "$@"
}

# session SECONDS COMMAND...
session() {
  local limit="$1" task stream code
  shift
  # It stands in the network where the monitoring does, which the database lets in.
  _aws ecs describe-services --cluster "$CLUSTER_NAME" --services monitoring --query 'services[0].networkConfiguration' --output json >"$WORK/network.json" ||
    die 1 "cluster $CLUSTER_NAME does not answer"
  jq -e 'type == "object"' "$WORK/network.json" >/dev/null || die 1 "cluster $CLUSTER_NAME has no service monitoring: apply the infrastructure first"
  jq -n --arg name "$CONTAINER" '{containerOverrides: [{name: $name, command: $ARGS.positional}]}' --args -- "$@" >"$WORK/overrides.json"
  task="$(_aws ecs run-task --cluster "$CLUSTER_NAME" --task-definition "$CLUSTER_NAME-database-session" --launch-type FARGATE \
    --count 1 --network-configuration "file://$WORK/network.json" --overrides "file://$WORK/overrides.json" \
    --query 'tasks[0].taskArn || failures[0].reason' --output text)" || die 1 "the task did not start"
  [[ "$task" == arn:* ]] || die 1 "the task did not start: $task"
  log "task ${task##*/} runs the command; this takes about a minute"

  wait_for "$task" "$limit" || die 5 "it still runs after $limit seconds: aws ecs stop-task --cluster $CLUSTER_NAME --task ${task##*/}"
  stream="$CONTAINER/$CONTAINER/${task##*/}"
  retry 15 _log_lines "$stream" || warn "the task wrote nothing that its log shows"
  code="$(jq -r --arg name "$CONTAINER" '.tasks[0].containers[] | select(.name == $name) | .exitCode // "none"' "$WORK/task.json")"
  [[ "$code" == 0 ]] || die 1 "the command ended with $code: $(jq -r '.tasks[0].stoppedReason // ""' "$WORK/task.json")"
}

# wait_for TASK SECONDS: until it has stopped; its description in $WORK/task.json.
wait_for() {
  local until=$((SECONDS + $2))
  while ((SECONDS < until)); do
    if _aws ecs describe-tasks --cluster "$CLUSTER_NAME" --tasks "$1" --output json >"$WORK/task.json" &&
      jq -e '.tasks[0].lastStatus == "STOPPED"' "$WORK/task.json" >/dev/null; then
      return 0
    fi
    sleep "$POLL_SECONDS"
  done
  return 1
}

# _log_lines STREAM: what the task printed; fails while the log has nothing.
_log_lines() {
  _aws logs get-log-events --log-group-name "/ecs/$CLUSTER_NAME/database-session" --log-stream-name "$1" --start-from-head --output json >"$WORK/log.json" 2>"$WORK/log-error" || return 1
  jq -e '.events | length > 0' "$WORK/log.json" >/dev/null || return 1
  jq -r '.events[].message' "$WORK/log.json"
}

main "$@"
