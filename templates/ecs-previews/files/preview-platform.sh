# Managed by agency-scaffold (ecs-previews): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Previews on Amazon ECS: services pr-<number>-<service> in the cluster of the first environment, from the task definitions
# of the releases. What is known of one stands in previews/<number>.json of the bucket of releases, which is written before
# anything is made and removed after everything else: no half-made preview is out of sight. Sourced by previewing.sh.

# shellcheck source=preview-platform.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/preview-platform.env.sh"
# strategy.sh waits until services run what they ask for.
# shellcheck source=strategy.sh
source "$(dirname "${BASH_SOURCE[0]}")/strategy.sh"
# shellcheck source=preview-services.sh
source "$(dirname "${BASH_SOURCE[0]}")/preview-services.sh"
# shellcheck source=preview-removal.sh
source "$(dirname "${BASH_SOURCE[0]}")/preview-removal.sh"

# Why a step failed, for the script that called it.
export WHY
readonly PREVIEW_DATABASE_SECONDS="${PREVIEW_DATABASE_SECONDS:-300}"
# Whether the database has nothing in it yet.
export PREVIEW_DATABASE_NEW=no
# Nothing in a record is secret, and so the role of previews needs no key of the environment.
export STORE_ENCRYPTION=AES256
# The lock of this preview, and what its record says of how far it is.
export LOCK_KEY
PREVIEW_STATE=not-serving
# The task of the database and its address: run by itself, a task has no proxy that knows the name `database`.
DATABASE_TASK=""
DATABASE_ADDRESS=""

# preview_open [NAMES...]: tools, variables, account, cluster; makes WORK.
preview_open() {
  ENVIRONMENT="$PREVIEW_ENVIRONMENT"
  platform_open "$ENVIRONMENT" "$@"
}

# _preview NUMBER: what the functions of a release then look at.
_preview() {
  UNIT_PREFIX="pr-$1-"
  UNITS_BESIDE=""
  [[ "$RELEASE_DATABASE" == no ]] || UNITS_BESIDE=database
  COPY_WORD=preview
  export UNIT_PREFIX UNITS_BESIDE COPY_WORD
}

# preview_place NUMBER: nothing; its record is its place.
preview_place() { _preview "$1"; }

# preview_lock NUMBER / preview_unlock NUMBER: an object of its own.
preview_lock() {
  _preview "$1"
  LOCK_KEY="previews/locks/$1.json"
  take_lock
}

preview_unlock() { give_lock; }

# _record NUMBER: what is known of it, in $WORK/record.json, and its ETag in RECORD_TAG; {} when there is none.
RECORD_TAG=""
_record() {
  RECORD_TAG=""
  object_get "previews/$1.json" "$WORK/record.json" || return 1
  RECORD_TAG="$OBJECT_TAG"
  [[ -s "$WORK/record.json" ]] || echo '{}' >"$WORK/record.json"
  jq -e 'type == "object"' "$WORK/record.json" >/dev/null 2>&1 || echo '{}' >"$WORK/record.json"
}

# _note NUMBER OBJECT: adds what the object says to its record.
_note() {
  _record "$1" || return 1
  jq --argjson number "$1" --argjson more "$2" '. + {$number} + $more' "$WORK/record.json" >"$WORK/record-new.json" || return 1
  object_put "previews/$1.json" "$WORK/record-new.json" "$RECORD_TAG"
}

# preview_mark NUMBER EXPIRES
preview_mark() {
  _note "$1" "$(jq -nc --arg version "$VERSION" --argjson expires "$2" --arg state "$PREVIEW_STATE" '{$version, $expires, $state}')"
}

# preview_render NUMBER VERSION: reads $WORK/images (service, digest) and writes the task definitions of services and of the
# database, and of what runs once, into $WORK/new, $WORK/new/migrate and $WORK/new/seed. The secret of the database is known
# only when it is there. A secret without a value ends it.
preview_render() {
  local service digest secret role="arn:aws:iam::$AWS_ACCOUNT_ID:role/" left
  _preview "$1"
  rm -rf "$WORK/new"
  mkdir -p "$WORK/new/migrate" "$WORK/new/seed"
  DATABASE_HOST=database DATABASE_PORT="$PREVIEW_DATABASE_PORT" DATABASE_NAME=app known_values preview >"$WORK/values.json"
  if [[ "$RELEASE_DATABASE" == yes ]]; then
    fill database database "$PREVIEW_DATABASE_IMAGE" "$role$PREVIEW_EXECUTION_ROLE" "$role$PREVIEW_TASK_ROLE" undeployed undeployed-database \
      "$ROOT/infrastructure/ecs/preview/database.json" >"$WORK/rendered.json" || return 1
    _finish_definition "$1" database "$WORK/new/database.json" || return 1
  fi
  while read -r service digest; do
    secret=undeployed
    if [[ -n "$(preview_secret "$service")" ]]; then
      secret="$(secret_arn "$(preview_secret "$service")")" || {
        WHY="$(<"$WORK/secret-error")"
        return 1
      }
    fi
    fill "$service" "$2" "$REGISTRY/$(preview_repository "$service")@$digest" "$role$PREVIEW_EXECUTION_ROLE" "$role$PREVIEW_TASK_ROLE" \
      "$secret" undeployed-database "$(definition_of "$service")" >"$WORK/rendered.json" || return 1
    _finish_definition "$1" "$service" "$WORK/new/$service.json" || return 1
    render_step "$service" migrate "$RELEASE_MIGRATIONS" "$WORK/new/migrate" || return 1
    render_step "$service" seed "$PREVIEW_SEED_PROGRAMS" "$WORK/new/seed" || return 1
  done <"$WORK/images"
  left="$(grep -rn undeployed "$WORK/new" | grep -v undeployed-database: | head -n 5 | tr '\n' ' ' || true)"
  if [[ -n "$left" ]]; then
    WHY="nothing was given for these lines of the task definitions: ${left//"$WORK/new/"/}"
    return 1
  fi
}

# preview_secret SERVICE: the name of its secret, if it has one.
preview_secret() { awk -v name="$1" '$1 == name { print $2 }' <<<"$PREVIEW_SECRETS"; }

# _finish_definition NUMBER SERVICE FILE: says whose it is, on $WORK/rendered.json.
_finish_definition() {
  jq --arg number "$1" '.tags += [{key: "preview", value: $number}]' "$WORK/rendered.json" >"$WORK/tagged.json" && stamp "$WORK/tagged.json" "$3"
}

preview_print() { jq -S . "$WORK"/new/*.json; }

# preview_prepare NUMBER: where its tasks run, and the names by which they find each other.
preview_prepare() { look_around && namespace_there "$1"; }

# preview_database NUMBER: a database of its own, and whether it is new: another task than the one that was filled. One that was
# not filled to the end is thrown away.
preview_database() {
  local arn until half
  PREVIEW_DATABASE_NEW=no
  _database_secret "$1" || return 1
  arn="$SECRET_ARN"
  _know_database "$arn" || return 1
  unit_there "$1" database "$WORK/new/database.json" 1 && unit_put "$1" database "$WORK/new/database.json" || return 1
  echo "${UNIT_PREFIX}database $REVISION" >"$WORK/wanted-database"
  snapshot || return 1
  log "waiting for the database, at most $PREVIEW_DATABASE_SECONDS s"
  until=$((SECONDS + PREVIEW_DATABASE_SECONDS))
  _database_ready "$until" || return 1
  _record "$1" || return 1
  half="$(jq -r 'select(.filling != .database) | .filling // ""' "$WORK/record.json")"
  if [[ "$half" == "$DATABASE_TASK" ]]; then
    log "the database was not filled to the end: it begins anew"
    ask stopped.json ecs stop-task --cluster "$CLUSTER_NAME" --task "$DATABASE_TASK" --reason "it was not filled to the end" || return 1
    _database_ready "$until" "$half" || return 1
  fi
  [[ "$(jq -r '.database // ""' "$WORK/record.json")" == "$DATABASE_TASK" ]] || PREVIEW_DATABASE_NEW=yes
}

# _database_ready UNTIL [TASK]: until it answers, and is another task than that one. ECS counts a task that took the place of
# another as running before it answers.
_database_ready() {
  while true; do
    strategy_wait "$WORK/wanted-database" "" "$1" || return 1
    if _database_task; then
      [[ "$DATABASE_TASK" == "${2:-}" ]] || return 0
      WHY="its task is still the one before"
    fi
    ((SECONDS < $1)) || return 1
    sleep "$POLL"
  done
}

# _database_secret NUMBER: SECRET_ARN of its user and a password that nobody else knows. It goes from one program to the
# other and into a file of ours alone, never onto a command line.
SECRET_ARN=""
_database_secret() {
  local name
  name="$PREVIEW_SECRET_PREFIX$1"
  if ask secret.json secretsmanager describe-secret --secret-id "$name"; then
    if jq -e '.DeletedDate == null' "$WORK/secret.json" >/dev/null; then
      SECRET_ARN="$(jq -r .ARN "$WORK/secret.json")"
      return 0
    fi
    WHY="secret $name is being deleted: try again in a minute"
    return 1
  elif ! grep -q ResourceNotFoundException "$WORK/aws-error"; then
    return 1
  fi
  (
    umask 077
    head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' |
      jq -R --arg name "$name" --argjson tags "$(_tags "$1")" '{Name: $name, Description: "Database of a preview; it goes with it",
        SecretString: ({username: "app", password: .} | tojson), Tags: [$tags[] | {Key: .key, Value: .value}]}' >"$WORK/secret-new.json"
  )
  if ! ask secret.json secretsmanager create-secret --cli-input-json "file://$WORK/secret-new.json"; then
    rm -f "$WORK/secret-new.json"
    return 1
  fi
  rm -f "$WORK/secret-new.json"
  SECRET_ARN="$(jq -r .ARN "$WORK/secret.json")"
}

# _know_database ARN: puts the secret into all that was rendered.
_know_database() {
  local file
  for file in "$WORK"/new/*.json "$WORK"/new/migrate/*.json "$WORK"/new/seed/*.json; do
    [[ -e "$file" ]] || continue
    jq --arg arn "$1" '.containerDefinitions |= map(.secrets = (.secrets // [] | map(.valueFrom |= sub("^undeployed-database:"; $arn + ":"))))' \
      "$file" >"$WORK/known.json" || return 1
    stamp "$WORK/known.json" "$file" || return 1
  done
}

# _database_task: the one healthy task of the database, and its address.
_database_task() {
  snapshot || return 1
  jq --arg group "service:${UNIT_PREFIX}database" '
    [.tasks[] | select(.group == $group and .desiredStatus == "RUNNING" and .healthStatus == "HEALTHY")] | last // {}' "$WORK/tasks.json" >"$WORK/database.json" || return 1
  DATABASE_TASK="$(jq -r '.taskArn // "" | split("/") | last // ""' "$WORK/database.json")"
  DATABASE_ADDRESS="$(jq -r 'first(.containers[]? | select(.name == "database") | .networkInterfaces[]? | .privateIpv4Address) // ""' "$WORK/database.json")"
  [[ -n "$DATABASE_TASK" && -n "$DATABASE_ADDRESS" ]] && return 0
  WHY="no task of the database is healthy and has an address"
  return 1
}

# preview_migrate NUMBER VERSION: those of this version on this database.
preview_migrate() { _run_steps migration migrate "$2"; }

# preview_seed NUMBER VERSION: sample data; then the database is one that was filled, and is so only once.
preview_seed() {
  _note "$1" "$(jq -nc --arg filling "$DATABASE_TASK" '{$filling}')" || return 1
  _run_steps seed seed "$2" || return 1
  _note "$1" "$(jq -nc --arg database "$DATABASE_TASK" '{$database}')"
}

# _run_steps WORD STEP VERSION: revisions that know the database of this very moment: of another one they are others, and run
# anew.
_run_steps() {
  local file service
  echo '{}' >"$WORK/steps.json"
  for service in $(_in_order "$2"); do
    file="$WORK/new/$2/$service.json"
    [[ -e "$file" ]] || continue
    jq --arg address "$DATABASE_ADDRESS" --arg task "$DATABASE_TASK" '
      if $address == "" then . else
        .tags += [{key: "database", value: $task}]
        | .containerDefinitions |= map(.environment = (.environment // [] | map(if .name == "DATABASE_HOST" then .value = $address else . end)))
      end' "$file" >"$WORK/step.json" || return 1
    stamp "$WORK/step.json" "$WORK/step-stamped.json" || return 1
    register "$WORK/step-stamped.json" || return 1
    jq --arg service "$service" --arg arn "$REVISION" '. + {($service): $arn}' "$WORK/steps.json" >"$WORK/steps.next" || return 1
    mv "$WORK/steps.next" "$WORK/steps.json"
  done
  run_each "$1" "$2" "$WORK/steps.json" "$3"
}

# _in_order STEP: the services that may have such a program.
_in_order() {
  if [[ "$1" == seed ]]; then
    tr ' ' '\n' <<<"$PREVIEW_SEEDS"
  else
    preview_services
  fi
}

# preview_apply NUMBER: the way in, and every service with its revision. First all are made, without a task: those that start
# know by name only what was there before.
preview_apply() {
  local service
  for service in $(preview_running); do
    way_in "$1" "$service" || return 1
    unit_there "$1" "$service" "$WORK/new/$service.json" 0 || return 1
  done
  : >"$WORK/wanted"
  for service in $(preview_running); do
    way_in "$1" "$service" || return 1
    unit_put "$1" "$service" "$WORK/new/$service.json" || return 1
    echo "$UNIT_PREFIX$service $REVISION" >>"$WORK/wanted"
  done
  snapshot
}

# preview_wait NUMBER VERSION UNTIL
preview_wait() {
  strategy_wait "$WORK/wanted" "$2" "$3" || return 1
  PREVIEW_STATE=serving
}

# preview_logs NUMBER: why tasks of what does not serve ended, and what the newest of each wrote last.
preview_logs() {
  local service unit task
  snapshot || return 1
  for service in $(preview_running) $UNITS_BESIDE; do
    unit="$UNIT_PREFIX$service"
    ! _steady "$unit" || continue
    printf '%s: %s\n' "$unit" "$(last_words "$unit")"
    task="$(jq -r --arg group "service:$unit" '[.tasks[] | select(.group == $group)] | sort_by(.createdAt // "") | last | .taskArn // "" | split("/") | last // ""' "$WORK/tasks.json")"
    [[ -n "$task" ]] || continue
    ask words.json logs get-log-events --log-group-name "$(log_group "$service")" --log-stream-name "$(log_prefix "$service")/$service/$task" --limit 20 || continue
    jq -r --arg unit "$unit" '.events[] | "\($unit)  \(.message)"' "$WORK/words.json"
  done
}

# _steady UNIT: one deployment, and all of it runs.
_steady() {
  [[ "$(service_text "$1" '(.deployments | length == 1) and .deployments[0].rolloutState == "COMPLETED" and .runningCount == .desiredCount')" == true ]]
}
