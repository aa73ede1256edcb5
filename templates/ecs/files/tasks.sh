# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a version serves: its tasks run and are healthy, as many as wanted, no task of another version is left, and the
# load balancer finds them healthy. A task's version is the tag `version` of its revision. Sourced by orchestration.sh.

# A jq prelude; $versions maps revisions to versions.
_tasks="$(
  cat <<'END'
  def version($versions): $versions[.taskDefinitionArn] // "";
  def of($service): select(.group == "service:" + $service);
  # Where the load balancer finds it.
  def addresses: [.containers[]?.networkInterfaces[]?.privateIpv4Address, (.attachments[]?.details[]? | select(.name == "privateIPv4Address") | .value)];
  # What a version does to itself; a task that is scaled in, moved or reclaimed is none of its doing.
  def failed: (.stopCode // "" | IN("TaskFailedToStart", "EssentialContainerExited"))
    or (.stoppedReason // "" | test("failed (ELB|container) health checks"));
  # Why the newest of them stopped, in the words of AWS.
  def why: (.stoppedReason // .stopCode // "no reason given")
    + ([.containers[]? | select(.exitCode != null and .exitCode != 0) | ", \(.name) exit \(.exitCode)"] | join(""));
END
)"
readonly _tasks

# snapshot: what runs now: $WORK/services.json, schedules.json, tasks.json, targets.json (by service), alarms.json, versions.json,
# checked.json, the revisions whose tasks have a health check, and sides.json (sides.sh): of a service whose requests are moved from
# one version to the other, how far that is.
snapshot() {
  snapshot_services && snapshot_sides && _snapshot_schedules && _snapshot_tasks && _snapshot_versions && _snapshot_targets && _snapshot_alarms
}

# _snapshot_schedules: a copy of the services runs no jobs, and whoever makes it may not look at those of the environment.
_snapshot_schedules() {
  if [[ -n "$COPY_WORD" ]]; then
    echo '{"schedules": []}' >"$WORK/schedules.json"
  else
    snapshot_jobs
  fi
}

# service_text SERVICE FILTER: of the service, from the snapshot; nothing when there is no such service.
service_text() { jq -r --arg name "$1" ".services[] | select(.serviceName == \$name) | $2" "$WORK/services.json"; }

# units: what ECS calls the services that are looked at, one a line.
units() {
  local service
  for service in $(long_running) $UNITS_BESIDE; do printf '%s%s\n' "$UNIT_PREFIX" "$service"; done
}

snapshot_services() {
  local names
  units >"$WORK/units" || return 1
  mapfile -t names <"$WORK/units"
  echo '{"services": []}' >"$WORK/services.new"
  # Ten at once are what AWS describes.
  while ((${#names[@]} > 0)); do
    ask some.json ecs describe-services --cluster "$CLUSTER_NAME" --services "${names[@]:0:10}" || return 1
    gather services services.new || return 1
    names=("${names[@]:10}")
  done
  mv "$WORK/services.new" "$WORK/services.json"
}

_snapshot_tasks() {
  local arns
  ask running.json ecs list-tasks --cluster "$CLUSTER_NAME" --desired-status RUNNING || return 1
  # Those of the last hour.
  ask stopped.json ecs list-tasks --cluster "$CLUSTER_NAME" --desired-status STOPPED || return 1
  jq -r '.taskArns[]' "$WORK/running.json" "$WORK/stopped.json" >"$WORK/arns" || unclear || return 1
  mapfile -t arns <"$WORK/arns"
  echo '{"tasks": []}' >"$WORK/tasks.new"
  while ((${#arns[@]} > 0)); do
    ask some.json ecs describe-tasks --cluster "$CLUSTER_NAME" --tasks "${arns[@]:0:100}" || return 1
    gather tasks tasks.new || return 1
    arns=("${arns[@]:100}")
  done
  mv "$WORK/tasks.new" "$WORK/tasks.json"
}

# _snapshot_versions: of every revision that a service or a schedule asks for or a task of theirs runs; a revision never changes.
_snapshot_versions() {
  local arn version service
  [[ -s "$WORK/versions.json" ]] || echo '{}' >"$WORK/versions.json"
  [[ -s "$WORK/checked.json" ]] || echo '[]' >"$WORK/checked.json"
  jq -rn --slurpfile services "$WORK/services.json" --slurpfile tasks "$WORK/tasks.json" --slurpfile known "$WORK/versions.json" \
    --slurpfile schedules "$WORK/schedules.json" --arg jobs "$(for service in $(scheduled); do echo "family:$(family "$service")"; done)" '
    ($jobs | split("\n")) as $jobs
    | [$services[0].services[] | .taskDefinition, .deployments[]?.taskDefinition]
    + [$schedules[0].schedules[].Target.EcsParameters.TaskDefinitionArn]
    + [$tasks[0].tasks[] | select(.group // "" | startswith("service:") or IN($jobs[])) | .taskDefinitionArn]
    | map(select(. != null)) | unique - ($known[0] | keys) | .[]' >"$WORK/unknown" || return 1
  while read -r arn; do
    ask some.json ecs describe-task-definition --task-definition "$arn" --include TAGS || return 1
    jq --arg arn "$arn" --slurpfile one "$WORK/some.json" '
      if any($one[0].taskDefinition.containerDefinitions[]?; .healthCheck) then . + [$arn] else . end' \
      "$WORK/checked.json" >"$WORK/checked.next" || return 1
    mv "$WORK/checked.next" "$WORK/checked.json"
    version="$(jq -r 'first(.tags[]? | select(.key == "version") | .value) // ""' "$WORK/some.json")"
    [[ "$version" != undeployed ]] || version=""
    jq --arg arn "$arn" --arg version "$version" '. + {($arn): $version}' "$WORK/versions.json" >"$WORK/versions.next" || return 1
    mv "$WORK/versions.next" "$WORK/versions.json"
  done <"$WORK/unknown"
}

_snapshot_targets() {
  local service group
  jq -r '.services[] | .serviceName as $name | .loadBalancers[]? | .targetGroupArn, .advancedConfiguration.alternateTargetGroupArn
    | select(.) | "\($name) \(.)"' \
    "$WORK/services.json" >"$WORK/groups" || unclear || return 1
  echo '{}' >"$WORK/targets.new"
  while read -r service group; do
    ask some.json elbv2 describe-target-health --target-group-arn "$group" || return 1
    jq --arg service "$service" --slurpfile one "$WORK/some.json" '.[$service] += ($one[0].TargetHealthDescriptions
      | map({id: .Target.Id, state: .TargetHealth.State, why: (.TargetHealth.Description // .TargetHealth.Reason // "")}))' \
      "$WORK/targets.new" >"$WORK/targets.next" || unclear || return 1
    mv "$WORK/targets.next" "$WORK/targets.new"
  done <"$WORK/groups"
  mv "$WORK/targets.new" "$WORK/targets.json"
}

_snapshot_alarms() {
  local names
  jq -r '[.services[].deploymentConfiguration.alarms // {} | .alarmNames[]?] | unique[]' "$WORK/services.json" >"$WORK/alarms.asked" ||
    unclear || return 1
  mapfile -t names <"$WORK/alarms.asked"
  echo '{"MetricAlarms": []}' >"$WORK/alarms.new"
  while ((${#names[@]} > 0)); do
    ask some.json cloudwatch describe-alarms --alarm-names "${names[@]:0:100}" || return 1
    gather MetricAlarms alarms.new || return 1
    names=("${names[@]:100}")
  done
  mv "$WORK/alarms.new" "$WORK/alarms.json"
}

# live_revision SERVICE / live_version SERVICE: the revision that the service or its schedule asks for, and the version of it,
# from the snapshot; nothing when there is none.
live_revision() {
  if is_job "$1"; then
    job_revision "$1"
  else
    service_text "$1" '.taskDefinition // ""'
  fi
}

live_version() { jq -r --arg arn "$(live_revision "$1")" '.[$arn] // ""' "$WORK/versions.json"; }

# led_version SERVICE: the versions that its requests go to, a line each, from the snapshot: while ECS moves them, still the old one
# until the new one has them all; while it takes them back, both.
led_version() {
  local old
  old="$(jq -r --arg service "$1" --arg asks "$(live_version "$1")" --slurpfile versions "$WORK/versions.json" --slurpfile sides "$WORK/sides.json" "$_tasks"'
    $sides[0][$service] as $side
    | select($side != null and $side.first != true and $side.aside != true)
    | [.tasks[] | of($service) | select(.desiredStatus == "RUNNING") | version($versions[0])
       | select(. != $asks or ($side.status | startswith("ROLLBACK_")))] | unique[]' "$WORK/tasks.json")"
  if [[ -n "$old" ]]; then echo "$old"; else live_version "$1"; fi
}

# network_of SERVICE: where its tasks are, in the words of run-task; nothing when there is no such service.
network_of() {
  if is_job "$1"; then
    job_network "$1"
  else
    service_text "$1" '.networkConfiguration // empty'
  fi
}

# restarts SERVICE VERSION: how often its tasks ended by themselves or were found sick, from the snapshot.
restarts() {
  jq -r --arg service "$1" --arg version "$2" --slurpfile versions "$WORK/versions.json" "$_tasks"'
    [.tasks[] | of($service) | select(version($versions[0]) == $version and .desiredStatus == "STOPPED" and failed)] | length' "$WORK/tasks.json"
}

# last_words SERVICE: why the newest task that failed did, from the snapshot.
last_words() {
  jq -r --arg service "$1" "$_tasks"'
    [.tasks[] | of($service) | select(.desiredStatus == "STOPPED" and failed)] | sort_by(.stoppedAt // .stoppingAt // "") | last
    | if . == null then "" else "\(.taskArn | split("/") | last): \(why)" end' "$WORK/tasks.json"
}

# settled SERVICE: how many tasks are wanted at least. What the autoscaler adds later is not held against a version while
# it starts: only what there was when it was in place.
settled() {
  jq -r --arg service "$1" --argjson desired "$2" '[.[$service] // $desired, $desired] | min' "$WORK/settled.json" 2>/dev/null || echo "$2"
}

# serves SERVICE VERSION: judged on the snapshot; the reason in WHY. A job serves when its next run has the version. Tasks of another
# version may be left where they get no requests any more; then only targets of the version count. Of a task
# whose revision has no health check AWS tells UNKNOWN for ever: what the repository says now is not what an older one has.
serves() { _serves "$1" "$2" false; }

# serves_users SERVICE VERSION: the same of what `led_version` names: while ECS moves the requests, the old version serves beside the
# new one.
serves_users() { _serves "$1" "$2" "$([[ "$2" == "$(live_version "$1")" ]] && echo false || echo true)"; }

# _serves SERVICE VERSION BESIDE
_serves() {
  local desired
  if is_job "$1"; then
    is_scheduled "$1" "$2"
    return
  fi
  desired="$(service_text "$1" 'select(.status == "ACTIVE") | .desiredCount')"
  if [[ -z "$desired" ]]; then
    WHY="$1: there is no service"
    return 1
  fi
  WHY="$(jq -rn --arg service "$1" --arg version "$2" --argjson beside "$3" --argjson wanted "$(settled "$1" "$desired")" \
    --slurpfile checked "$WORK/checked.json" --slurpfile sides "$WORK/sides.json" \
    --arg asks "$(live_version "$1")" --slurpfile versions "$WORK/versions.json" --slurpfile tasks "$WORK/tasks.json" \
    --slurpfile targets "$WORK/targets.json" "$_tasks"'
    [$tasks[0].tasks[] | of($service) | select(.desiredStatus == "RUNNING")] as $all
    | $sides[0][$service] as $side
    | [$all[] | select(version($versions[0]) == $version and .lastStatus == "RUNNING"
        and (.healthStatus == "HEALTHY" or .healthStatus != "UNHEALTHY" and (.taskDefinitionArn as $arn | $checked[0] | index($arn) | not)))] as $own
    | ($own | length) as $ready
    | [$own[] | addresses[]] as $places
    | ([$all[] | select($side.aside != true) | version($versions[0]) | select(. != $version)] | unique | map(if . == "" then "(unknown)" else . end) | join(", ")) as $others
    | ($targets[0][$service] // null | if . != null and $side != null then map(select(.id | IN($places[]))) else . end) as $targets
    | [$targets // [] | .[] | select(.state == "healthy")] as $healthy
    | [$targets // [] | .[] | select(.state | IN("healthy", "draining") | not)] as $sick
    | if $others != "" and ($beside | not) then "\($service): version \($others) still runs beside \($version)"
      elif $asks != $version and ($beside | not) then "\($service): it asks for version \(if $asks == "" then "(none)" else $asks end), not \($version)"
      elif $ready < $wanted or $ready == 0 then "\($service): \($ready) of \($wanted) tasks of \($version) are running and healthy"
      elif $targets != null and ($healthy | length) < $wanted then
        "\($service): \($healthy | length) of \($wanted) targets are healthy at the load balancer"
        + (if $sick == [] then "" else " (\($sick[0].state): \($sick[0].why))" end)
      else "" end')" || WHY="$1: the answer of AWS is not understood"
  [[ -z "$WHY" ]]
}

# answers SERVICE VERSION LIMIT: the load balancer and the container's own check ask the tasks; nobody else can.
answers() { :; }

# alarms_of SERVICE: their names, from the snapshot, one a line.
alarms_of() { service_text "$1" '.deploymentConfiguration.alarms // {} | .alarmNames[]?'; }

# signs SERVICE VERSION: whether an alarm of the service fires that did not fire before the release. One that AWS does not know
# cannot fire: that is no sign against the version, and none for it.
signs() {
  local firing
  _note_unknown "$1" || return 1
  firing="$(jq -r --arg names "$(alarms_of "$1")" '
    ($names | split("\n")) as $ours
    | .MetricAlarms[] | select(.AlarmName as $name | $ours | index($name)) | select(.StateValue == "ALARM") | .AlarmName' "$WORK/alarms.json")" || {
    WHY="$1: its alarms cannot be read"
    return 1
  }
  [[ -e "$WORK/alarms.before" ]] || : >"$WORK/alarms.before"
  # One that has been quiet since then counts again.
  jq -r '.MetricAlarms[] | select(.StateValue == "ALARM") | .AlarmName' "$WORK/alarms.json" >"$WORK/alarms.now"
  awk 'NR == FNR { now[$0] = 1; next } $0 in now' "$WORK/alarms.now" "$WORK/alarms.before" >"$WORK/alarms.still"
  mv "$WORK/alarms.still" "$WORK/alarms.before"
  firing="$(grep -vxFf "$WORK/alarms.before" <<<"$firing" || true)"
  [[ -n "$firing" ]] || return 0
  WHY="$1: alarm $(tr '\n' ' ' <<<"$firing" | sed 's/ *$//') fires"
  return 1
}

# _note_unknown SERVICE: a line in $WORK/uncounted where alarms of the service are not there. INSUFFICIENT_DATA is what a new one says.
_note_unknown() {
  local unknown
  unknown="$(jq -r --arg names "$(alarms_of "$1")" '
    ($names | split("\n") | map(select(. != ""))) - [.MetricAlarms[].AlarmName] | join(" ")' "$WORK/alarms.json")" || {
    WHY="$1: its alarms cannot be read"
    return 1
  }
  [[ -z "$unknown" ]] ||
    echo "$1: AWS tells nothing of alarm $unknown, so it was not judged by it: apply the infrastructure" >>"$WORK/uncounted"
}

# note_alarms: those that fire before a release do not judge it, until they were quiet once.
note_alarms() {
  jq -r '.MetricAlarms[] | select(.StateValue == "ALARM") | .AlarmName' "$WORK/alarms.json" >"$WORK/alarms.before"
  [[ ! -s "$WORK/alarms.before" ]] ||
    warn "these alarms fire already and do not judge this release until they were quiet: $(tr '\n' ' ' <"$WORK/alarms.before")"
}
