#!/usr/bin/env bash
# Managed by agency-scaffold (ecs-jobs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Looks at the scheduled jobs of an environment, runs one now, pauses them and lets them run again.
#
# usage: scripts/jobs.sh list --environment ENV
#        scripts/jobs.sh run JOB --environment ENV [--dry-run]             a run now, unless one is under way
#        scripts/jobs.sh stop JOB|--all --environment ENV [--dry-run]      end the runs that are under way
#        scripts/jobs.sh pause JOB|--all --environment ENV [--dry-run]     start no further run
#        scripts/jobs.sh resume JOB|--all --environment ENV [--dry-run]    run again when it is time
#
# Environment: AWS_ACCOUNT_ID, AWS_REGION, CLUSTER_NAME, and AWS credentials that may read the cluster and, beside
# scheduler:GetSchedule, for `pause` and `resume` scheduler:UpdateSchedule and iam:PassRole of the schedule's role, for `run`
# ecs:RunTask and iam:PassRole of the job's roles, for `stop` ecs:StopTask.
# Exit codes: 0 ok, 1 refused or failed, 2 usage or a missing tool.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"
# shellcheck source=lib/release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.sh"

ENVIRONMENT=""
ACTION=""
JOBS=()

parse() {
  local all=no
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "$0"
        exit 0
        ;;
      --dry-run) DRY_RUN=yes ;;
      --all) all=yes ;;
      --environment) value_into ENVIRONMENT "$@" && shift ;;
      -*) usage_error "unknown: $1" ;;
      *) if [[ -z "$ACTION" ]]; then ACTION="$1"; else JOBS+=("$1"); fi ;;
    esac
    shift
  done
  check_environment "$ENVIRONMENT"
  [[ "$all" == no || ${#JOBS[@]} -eq 0 ]] || usage_error "a job or --all, not both"
  [[ "$ACTION" != list && "$all" == no ]] || mapfile -t JOBS < <(scheduled)
  case "$ACTION" in
    list) ;;
    run) [[ "$all" == no && ${#JOBS[@]} -eq 1 ]] || usage_error "run takes one job: $(scheduled | tr '\n' ' ')" ;;
    stop | pause | resume) ((${#JOBS[@]} > 0)) || usage_error "$ACTION needs a job or --all; there are: $(scheduled | tr '\n' ' ')" ;;
    *) usage_error "list, run, stop, pause or resume, not \"$ACTION\"" ;;
  esac
  local job
  for job in ${JOBS[@]+"${JOBS[@]}"}; do
    is_job "$job" || usage_error "no job $job: $(scheduled | tr '\n' ' ')"
  done
}

# list_job JOB: version, state and runs, a line.
list_job() {
  local version
  version="$(job_version "$1")"
  if [[ -z "$version" ]]; then
    printf '%s: nothing was released\n' "$1"
  else
    printf '%s: %s, %s; %s; runs now: %s\n' "$1" "$version" "$(schedule_text "$1" '.ScheduleExpression + " UTC"')" "$(job_note "$1")" \
      "$(running_runs "$1" | awk 'NR > 1 { printf ", " } { printf "%s", $0 } END { if (NR == 0) printf "none" }')"
  fi
}

run_job() {
  local running
  [[ -n "$(job_version "$1")" ]] || die 1 "$1: nothing was released, so there is nothing to run"
  running="$(running_runs "$1" | tr '\n' ' ')"
  [[ -z "$running" ]] || die 1 "$1: a run is under way ($running); two at once are not started here"
  if [[ "$DRY_RUN" == yes ]]; then
    log "dry run: would run $(job_revision "$1" | sed 's,.*/,,')"
    return
  fi
  network_of "$1" | jq --arg cluster "$CLUSTER_NAME" --arg arn "$(job_revision "$1")" '
    {cluster: $cluster, taskDefinition: $arn, startedBy: "by-hand", count: 1, launchType: "FARGATE", networkConfiguration: .,
     propagateTags: "TASK_DEFINITION", enableECSManagedTags: true}' >"$WORK/run-task.json"
  ask started.json ecs run-task --cli-input-json "file://$WORK/run-task.json" || die 1 "$1 cannot be started: $WHY"
  jq -e '.tasks | length > 0' "$WORK/started.json" >/dev/null ||
    die 1 "$1 was not started: $(jq -r '[.failures[]? | "\(.reason) \(.detail // "")"] | join(", ")' "$WORK/started.json")"
  log "$1 runs: task $(jq -r '.tasks[0].taskArn | split("/") | last' "$WORK/started.json")"
}

stop_job() {
  local task
  for task in $(running_runs "$1"); do
    if [[ "$DRY_RUN" == yes ]]; then
      log "dry run: would end $task of $1"
      continue
    fi
    ask stopped.json ecs stop-task --cluster "$CLUSTER_NAME" --task "$task" --reason "ended by hand" || die 1 "$task of $1 cannot be ended: $WHY"
    log "$1: $task is told to end; it has a minute"
  done
}

# set_job JOB ENABLED|DISABLED
set_job() {
  [[ -n "$(job_version "$1")" ]] || die 1 "$1: nothing was released; the first release lets it run"
  if [[ "$(schedule_text "$1" .State)" == "$2" ]]; then
    log "$1 is $2 already"
  elif [[ "$DRY_RUN" == yes ]]; then
    log "dry run: would make the schedule of $1 $2"
  else
    set_schedule "$1" "" "$2" || die 1 "$WHY"
    log "$1 is $2"
  fi
}

main() {
  local job
  parse "$@"
  platform_open "$ENVIRONMENT"
  snapshot || die 1 "$WHY"
  for job in ${JOBS[@]+"${JOBS[@]}"}; do
    [[ -n "$(job_revision "$job")" ]] || die 1 "$job: there is no schedule: apply the infrastructure"
    case "$ACTION" in
      list) list_job "$job" ;;
      run) run_job "$job" ;;
      stop) stop_job "$job" ;;
      pause) set_job "$job" DISABLED ;;
      resume) set_job "$job" ENABLED ;;
    esac
  done
}

main "$@"
