# Managed by agency-scaffold (ecs-jobs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What a release, an undo and a health check ask of the services that run on a schedule. A schedule of EventBridge Scheduler
# names the revision that its next run has, so it is pointed to another one at once and there is nothing to wait for. Its
# runs count as far as there are any: none is started here. Whoever pauses a job keeps it paused: a release leaves the state
# alone, but for a schedule that still names the placeholder of Terraform, which is not enabled yet. Sourced by orchestration.sh.

# Why a step failed, for the script that called it.
export WHY

# snapshot_jobs: the schedules, in $WORK/schedules.json, each as `get-schedule` tells it; one that is not there is left out.
snapshot_jobs() {
  local job
  echo '{"schedules": []}' >"$WORK/schedules.new"
  for job in $(scheduled); do
    if ask some.json scheduler get-schedule --group-name "$CLUSTER_NAME" --name "$job"; then
      jq --slurpfile one "$WORK/some.json" '.schedules += $one' "$WORK/schedules.new" >"$WORK/schedules.next" || return 1
      mv "$WORK/schedules.next" "$WORK/schedules.new"
    elif ! grep -q ResourceNotFoundException "$WORK/aws-error"; then
      return 1
    fi
  done
  mv "$WORK/schedules.new" "$WORK/schedules.json"
}

# schedule_text JOB FILTER: of its schedule, from the snapshot; nothing when there is none.
schedule_text() { jq -r --arg name "$1" ".schedules[] | select(.Name == \$name) | $2" "$WORK/schedules.json"; }

# job_revision JOB: what its next run has, from the snapshot. job_version JOB: the version of that; nothing before the first
# release, and when there is no schedule. job_network JOB: where it runs, in the words of run-task.
job_revision() { schedule_text "$1" '.Target.EcsParameters.TaskDefinitionArn'; }

job_version() { jq -r --arg arn "$(job_revision "$1")" '.[$arn] // ""' "$WORK/versions.json"; }

job_network() {
  schedule_text "$1" '.Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration
    | {awsvpcConfiguration: {subnets: .Subnets, securityGroups: .SecurityGroups, assignPublicIp: .AssignPublicIp}}'
}

# is_scheduled JOB VERSION: its next run has the version, judged on the snapshot; the reason in WHY.
is_scheduled() {
  local version
  version="$(job_version "$1")" || version="?"
  [[ "$version" != "$2" ]] || return 0
  WHY="$1: its schedule has version ${version:-(none)}, not $2"
  [[ -n "$(job_revision "$1")" ]] || WHY="$1: there is no schedule"
  return 1
}

# A jq prelude: runs of a job with a version that have ended, of the last hour, by schedule or by hand. One that somebody or
# AWS stopped has neither failed nor done its work, and one whose time was over has failed, whatever their exit codes: a
# program may end well when it is told to.
_jobs="$(
  cat <<'END'
  def ended($group; $service; $version; $versions): .tasks[]
    | select(.group == $group and .lastStatus == "STOPPED" and ($versions[.taskDefinitionArn] // "") == $version)
    | . + {exit: first(.containers[]? | select(.name == $service) | .exitCode),
        over: any(.containers[]?; .name == "\($service)-limit" and .exitCode == 124)};
  def how: if .stopCode // "" | IN("TaskFailedToStart", "EssentialContainerExited") | not then "Stopped"
    elif .exit == 0 and (.over | not) then "Complete" else "Failed" end;
END
)"
readonly _jobs

# ended_runs JOB VERSION Failed|Complete: the ids of its tasks, from the snapshot, the oldest first.
ended_runs() {
  jq -r --arg group "family:$(family "$1")" --arg service "$1" --arg version "$2" --arg how "$3" --slurpfile versions "$WORK/versions.json" "$_jobs"'
    [ended($group; $service; $version; $versions[0]) | select(how == $how)] | sort_by(.stoppedAt // "")[] | .taskArn | split("/") | last' \
    "$WORK/tasks.json"
}

# running_runs JOB: the ids of its tasks that have not ended, from the snapshot.
running_runs() {
  jq -r --arg group "family:$(family "$1")" '.tasks[] | select(.group == $group and .lastStatus != "STOPPED") | .taskArn | split("/") | last' \
    "$WORK/tasks.json"
}

# job_note JOB: what is known of its last runs, and whether it is paused, in words. ECS forgets a task after an hour.
job_note() {
  local version
  version="$(job_version "$1")"
  printf 'in the last hour %s runs of it ended well, %s failed' "$(ended_runs "$1" "$version" Complete | wc -l | tr -d ' ')" \
    "$(ended_runs "$1" "$version" Failed | wc -l | tr -d ' ')"
  [[ "$(schedule_text "$1" .State)" != DISABLED ]] || printf ', paused'
}

# note_jobs VERSION: before a release changes anything: the schedules, and the runs of the version that failed earlier. Fails
# where a schedule is missing, since nothing could be put into its place; the reason in WHY.
note_jobs() {
  local job
  cp "$WORK/schedules.json" "$WORK/schedules.before.json"
  for job in $(scheduled); do
    if [[ -z "$(job_revision "$job")" ]]; then
      WHY="$job: there is no schedule: apply the infrastructure"
      return 1
    fi
  done
  for job in $(scheduled); do ended_runs "$job" "$1" Failed; done >"$WORK/runs.before"
}

# run_words JOB RUN: how it ended, and the last lines that it wrote.
run_words() {
  jq -r --arg id "/$2" '.tasks[] | select(.taskArn | endswith($id))
    | ([.containers[]? | select(.exitCode != null and .exitCode != 143) | "\(.name) exit \(.exitCode)"] | join(", ")) as $exits
    | if $exits == "" then .stoppedReason // .stopCode // "no reason given" else $exits end' "$WORK/tasks.json"
  ask words.json logs get-log-events --log-group-name "/ecs/$CLUSTER_NAME/$1" --log-stream-name "$1/$1/$2" --limit 5 || return 0
  jq -r '[.events[].message] | join(" ")' "$WORK/words.json"
}

# point_job JOB ARN: its next run gets the revision; the first release enables the schedule.
point_job() {
  local state=""
  [[ -n "$(job_version "$1")" ]] || state=ENABLED
  set_schedule "$1" "$2" "$state" || return 1
  log "$1 gets ${2##*/} from its next run on"
}

# job_back JOB: its schedule names what note_jobs found. Where that was the placeholder, it runs no more.
job_back() {
  local arn state=""
  arn="$(jq -r --arg name "$1" '.schedules[] | select(.Name == $name) | .Target.EcsParameters.TaskDefinitionArn' "$WORK/schedules.before.json")"
  [[ -n "$arn" ]] || return 0
  [[ -n "$(jq -r --arg arn "$arn" '.[$arn] // ""' "$WORK/versions.json")" ]] || state=DISABLED
  set_schedule "$1" "$arn" "$state"
}

# jobs_back: all schedules as note_jobs found them, where no record says what ran before.
jobs_back() {
  local job
  for job in $(scheduled); do job_back "$job" || return 1; done
}

# set_schedule JOB ARN STATE: everything else of the schedule stays as it is at this moment; "" leaves revision or state alone, too.
# AWS replaces a schedule as a whole.
set_schedule() {
  ask schedule.json scheduler get-schedule --group-name "$CLUSTER_NAME" --name "$1" || return 1
  jq --arg arn "$2" --arg state "$3" '
    del(.Arn, .CreationDate, .LastModificationDate)
    | if $arn != "" then .Target.EcsParameters.TaskDefinitionArn = $arn else . end
    | if $state != "" then .State = $state else . end' \
    "$WORK/schedule.json" >"$WORK/schedule-new.json" || return 1
  ask scheduled.json scheduler update-schedule --cli-input-json "file://$WORK/schedule-new.json" || {
    WHY="the schedule of $1 cannot be changed: $WHY"
    return 1
  }
}
