# Managed by agency-scaffold (k8s-jobs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What a release, an undo and a health check ask of the services that run on a schedule. A CronJob is replaced at once and
# has no pods to wait for: it must be there with the version. Its runs count as far as there are any: none is started here.
# Sourced by orchestration.sh.

# Why a step failed, for the script that called it.
export WHY

# snapshot_jobs: the CronJobs and their runs, in $WORK/jobs.json.
snapshot_jobs() {
  if [[ -z "$(scheduled)" ]]; then
    echo '{"items": []}' >"$WORK/jobs.json"
  else
    kube get cronjobs,jobs --output json >"$WORK/jobs.json"
  fi
}

# A jq prelude.
_jobs="$(
  cat <<'END'
  def cronjob($name): .items[] | select(.kind == "CronJob" and .metadata.name == $name);
  def version: .metadata.labels["app.kubernetes.io/version"] // "";
  # Runs of a job, those by hand among them; those with a version that have ended: Failed or Complete.
  def of($name): .items[]
    | select(.kind == "Job" and any(.metadata.ownerReferences[]?; .kind == "CronJob" and .name == $name));
  def ended($how): any(.status.conditions[]?; .type == $how and .status == "True");
  def runs($name; $version; $how): of($name) | select((.spec.template | version) == $version) | select(ended($how));
END
)"
readonly _jobs

# job_version JOB: the version that its next run has, from the snapshot; nothing when there is no CronJob.
job_version() {
  jq -r --arg name "$1" "$_jobs"'cronjob($name) | .spec.jobTemplate.spec.template | version' "$WORK/jobs.json"
}

# is_scheduled JOB VERSION: its next run has the version, judged on the snapshot; the reason in WHY.
is_scheduled() {
  local version
  version="$(job_version "$1")" || version="?"
  [[ "$version" != "$2" ]] || return 0
  WHY="$1: its CronJob has version ${version}, not $2"
  [[ -n "$version" ]] || WHY="$1: there is no CronJob"
  return 1
}

# job_note JOB: when it last succeeded, and whether it is paused, in words.
job_note() {
  jq -r --arg name "$1" "$_jobs"'
    cronjob($name)
    | "last succeeded: \(.status.lastSuccessfulTime // "never")" + (if .spec.suspend == true then ", paused" else "" end)
    ' "$WORK/jobs.json"
}

# job_schedule JOB: its line of cron. running_runs JOB: the names of its runs that are under way, or none. From the snapshot.
job_schedule() { jq -r --arg name "$1" "$_jobs"'cronjob($name) | .spec.schedule' "$WORK/jobs.json"; }

running_runs() {
  jq -r --arg name "$1" "$_jobs"'[of($name) | select(ended("Complete") or ended("Failed") | not) | .metadata.name]
    | join(", ") | if . == "" then "none" else . end' "$WORK/jobs.json"
}

# ended_runs JOB VERSION Failed|Complete: the names of its runs, from the snapshot.
ended_runs() {
  jq -r --arg name "$1" --arg version "$2" --arg how "$3" "$_jobs"'runs($name; $version; $how) | .metadata.name' "$WORK/jobs.json"
}

# run_words JOB RUN: how it ended: the last lines that it wrote.
run_words() { kube logs "job/$2" --tail=5 2>/dev/null || true; }

# note_jobs VERSION: before a release changes anything: the CronJobs, and the runs of the version that failed earlier.
note_jobs() {
  local job
  cp "$WORK/jobs.json" "$WORK/jobs.before.json"
  for job in $(scheduled); do ended_runs "$job" "$1" Failed; done >"$WORK/runs.before"
}

# jobs_back: the CronJobs as note_jobs found them, where no record says what ran before.
jobs_back() {
  local job patch
  for job in $(scheduled); do
    patch="$(jq -c --arg name "$job" "$_jobs"'cronjob($name) | {spec: {schedule: .spec.schedule, jobTemplate: .spec.jobTemplate}}' \
      "$WORK/jobs.before.json")"
    [[ -n "$patch" ]] || continue
    kube patch cronjob "$job" --type merge --patch "$patch" >&2 || {
      WHY="$job cannot be set back"
      return 1
    }
  done
}
