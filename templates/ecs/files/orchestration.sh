# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Amazon ECS for the release scripts: the cluster, rendering and registering task definitions. Sourced by release.sh.

# shellcheck source=orchestration.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/orchestration.env.sh"

# What the scripts call what runs a service, and what describes it.
export PLATFORM_UNITS=tasks
export PLATFORM_TEXTS="task definitions"
# What the front door says when there is none, and when it has no route.
export DOOR_MISSING="there is no load balancer (aws elbv2 describe-load-balancers): apply the infrastructure"
export DOOR_ROUTE="rule of the listener"
# Why the last step failed; exported only because other files read it.
export WHY
# Of a copy of the services that runs beside the environment's own: what the names of its services begin with, services that
# it has beside them, one a line, and the word of its families and of its log group. All empty for the environment itself.
export UNIT_PREFIX=""
export UNITS_BESIDE=""
export COPY_WORD=""

# ask FILE SERVICE OPERATION ARGUMENTS...: what AWS answers, one object of JSON in $WORK/FILE; the reason in WHY, the words in
# $WORK/aws-error. Of half an answer nothing is believed, whatever the exit code was.
ask() {
  local file="$1"
  shift
  if ! _aws "$@" --region "$AWS_REGION" --output json >"$WORK/$file" 2>"$WORK/aws-error"; then
    WHY="aws $1 $2: $(aws_words)"
    return 1
  fi
  _may_be_silent "$2" && [[ ! -s "$WORK/$file" ]] && return 0
  jq -es 'length == 1 and (.[0] | type == "object")' "$WORK/$file" >/dev/null 2>&1 && return 0
  WHY="aws $1 $2: the answer is cut off, or no JSON"
  return 1
}

# _may_be_silent OPERATION: what has nothing to tell prints nothing: what takes away, and what has no members where all is well.
_may_be_silent() { [[ "$1" == delete-* || "$1" == list-objects-v2 || "$1" == register-scalable-target ]]; }

# unclear: why a step failed that could not read what AWS answered.
unclear() {
  WHY="the answer of AWS is not understood"
  return 1
}

# gather MEMBER FILE: adds this list of $WORK/some.json to that of $WORK/FILE. An answer without it is none: an empty list would
# say that there is nothing.
gather() {
  jq --arg member "$1" --slurpfile more "$WORK/some.json" '
    .[$member] += ($more[0][$member] | if type == "array" then . else error("no \($member)") end)' "$WORK/$2" >"$WORK/gathered" ||
    unclear || return 1
  mv "$WORK/gathered" "$WORK/$2"
}

aws_words() { tail -n 3 "$WORK/aws-error" | tr '\n' ' ' | sed 's/^ *//; s/ *$//'; }

# stack_field ENV COLUMN: 2 cluster, 3 what the buckets' names begin with, 4 load balancer, 5 fewest tasks of a service.
stack_field() { awk -v environment="$1" -v column="$2" '$1 == environment { print $column }' <<<"$RELEASE_STACKS"; }

# task_field ENV SERVICE COLUMN: 3 execution role, 4 task role, 5 secret, "-" for none.
task_field() { awk -v environment="$1" -v service="$2" -v column="$3" '$1 == environment && $2 == service { print $column }' <<<"$RELEASE_TASKS"; }

# family SERVICE: of its task definitions.
family() { printf '%s-%s%s' "$CLUSTER_NAME" "${COPY_WORD:+$COPY_WORD-}" "$1"; }

# log_group SERVICE / log_prefix SERVICE: where its tasks write, and what the names of their streams begin with.
log_group() { printf '/ecs/%s/%s' "$CLUSTER_NAME" "${COPY_WORD:-$1}"; }
log_prefix() { printf '%s%s' "$UNIT_PREFIX" "$1"; }

# definition_of SERVICE: the file of its task definition in the repository.
definition_of() { printf '%s/infrastructure/ecs/%s.json' "$ROOT" "${1#"$UNIT_PREFIX"}"; }

# render_env: the variables that rendering needs beside those of the registry. judge_env: those of the judge.
render_env() { [[ "$RELEASE_DATABASE" == no ]] || echo DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_SECRET; }

judge_env() { [[ "$RELEASE_PROMETHEUS" == no ]] || echo PROMETHEUS_WORKSPACE; }

# platform_open ENV [NAMES...]: the variables, also those that the caller needs, the account's guard, and the cluster's own
# word on which environment it is.
platform_open() {
  local cluster status said
  need aws curl jq awk diff timeout sha256sum
  need_env AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME "${@:2}"
  make_work
  cluster="$(stack_field "$1" 2)"
  [[ "$CLUSTER_NAME" == "$cluster" ]] || die 2 "CLUSTER_NAME is $CLUSTER_NAME, the cluster of $1 is $cluster"
  cloud_guard "$1"
  ask cluster.json ecs describe-clusters --clusters "$CLUSTER_NAME" --include TAGS || die 1 "the cluster cannot be read: $WHY"
  status="$(jq -r '.clusters[0].status // "not there"' "$WORK/cluster.json")"
  [[ "$status" == ACTIVE ]] || die 1 "cluster $CLUSTER_NAME is $status: apply the infrastructure of $1 first"
  said="$(jq -r 'first(.clusters[0].tags[]? | select(.key | ascii_downcase == "environment") | .value) // "nothing"' "$WORK/cluster.json")"
  [[ "$said" == "$1" ]] || die 1 "wrong cluster: it says that it is $said, not $1"
}

# platform_render ENV VERSION: reads $WORK/images (service, digest) and writes the task definition of each service,
# $WORK/new/SERVICE.json, and of its migration, $WORK/new/migrations/SERVICE.json.
platform_render() {
  local service digest left
  rm -rf "$WORK/new"
  mkdir -p "$WORK/new/migrations"
  known_values "$1" >"$WORK/values.json"
  while read -r service digest; do
    _render "$1" "$2" "$service" "$digest" || return 1
    _render_migration "$service" || return 1
  done <"$WORK/images"
  left="$(grep -rn undeployed "$WORK/new" | head -n 5 | tr '\n' ' ' || true)"
  if [[ -n "$left" ]]; then
    WHY="nothing was given for these lines of the task definitions: ${left//"$WORK/new/"/}"
    return 1
  fi
}

# known_values ENV: what only Terraform and the environment know, by the names of the variables.
known_values() {
  jq -n --arg environment "$1" --arg host "${DATABASE_HOST:-}" --arg port "${DATABASE_PORT:-}" --arg name "${DATABASE_NAME:-}" '
    {ENVIRONMENT: $environment, DATABASE_HOST: $host, DATABASE_PORT: $port, DATABASE_NAME: $name} | with_entries(select(.value != ""))'
}

# _render ENV VERSION SERVICE DIGEST: one task definition. It also carries the hash of what it says, by which a revision
# that says the same is found again.
_render() {
  local secret="" arn="arn:aws:iam::$AWS_ACCOUNT_ID:role/" database="${DATABASE_SECRET:-undeployed}"
  if [[ "$(task_field "$1" "$3" 5)" != - ]]; then
    secret="$(secret_arn "$(task_field "$1" "$3" 5)")" || {
      WHY="$(<"$WORK/secret-error")"
      return 1
    }
  fi
  if grep -q undeployed-database: "$(definition_of "$3")"; then
    database="$(secret_arn "$database")" || {
      WHY="$(<"$WORK/secret-error")"
      return 1
    }
  fi
  fill "$3" "$2" "$REGISTRY/$(service_field "$3" 6)@$4" "$arn$(task_field "$1" "$3" 3)" "$arn$(task_field "$1" "$3" 4)" \
    "${secret:-undeployed}" "$database" "$(definition_of "$3")" >"$WORK/rendered.json" || return 1
  stamp "$WORK/rendered.json" "$WORK/new/$3.json"
}

# fill SERVICE VERSION IMAGE EXECUTION-ROLE TASK-ROLE SECRET DATABASE-SECRET FILE: prints the task definition of the file with
# what is known; the other values are in $WORK/values.json.
fill() {
  jq --arg service "$1" --arg family "$(family "$1")" --arg version "$2" --arg image "$3" --arg execution "$4" --arg task "$5" \
    --arg region "$AWS_REGION" --arg group "$(log_group "$1")" --arg prefix "$(log_prefix "$1")" --arg secret "$6" --arg database "$7" \
    --slurpfile values "$WORK/values.json" '
    .family = $family | .executionRoleArn = $execution | .taskRoleArn = $task
    | .containerDefinitions |= map(
        (if .name == $service then .image = $image else . end)
        | .environment = (.environment // [] | map(if .value == "undeployed" then .value = ($values[0][.name] // .value) else . end))
        | .secrets = (.secrets // [] | map(.valueFrom |= (sub("^undeployed-database:"; $database + ":") | sub("^undeployed:"; $secret + ":"))))
        | if .logConfiguration.options["awslogs-group"] == "undeployed" then
            .logConfiguration.options += {"awslogs-group": $group, "awslogs-region": $region}
            | if $prefix != $service then .logConfiguration.options["awslogs-stream-prefix"] = $prefix else . end
          else . end)
    | .tags |= map(if .key == "version" then .value = $version else . end)' "$8" || {
    WHY="${8#"$ROOT/"} cannot be rendered"
    return 1
  }
}

# stamp FILE NEW: the same with the hash of what it says, as a tag.
stamp() {
  local hash
  # An empty file is as good as any to jq.
  jq -s 'if length == 1 then .[0] else error("\(length) documents") end | del(.tags[] | select(.key == "definition"))' \
    "$1" >"$WORK/stamped.json" || {
    WHY="$(basename "$2" .json) is no task definition"
    return 1
  }
  hash="$(jq -cS . "$WORK/stamped.json" | sha256sum | cut -c 1-64)"
  jq --arg hash "$hash" '.tags += [{key: "definition", value: $hash}]' "$WORK/stamped.json" >"$2"
}

_render_migration() { render_step "$1" migrate "$RELEASE_MIGRATIONS" "$WORK/new/migrations"; }

# render_step SERVICE STEP PROGRAMS FOLDER: the same task with another program (PROGRAMS has service and program, a line each),
# in a family of its own: a task of ECS can be given other arguments, but no other entry point. Nothing where it has no such
# program.
render_step() {
  local argv
  argv="$(awk -v service="$1" '$1 == service { sub(/^[^ ]+ /, ""); print }' <<<"$3")"
  [[ -n "$argv" ]] || return 0
  jq --argjson argv "$argv" --arg service "$1" --arg step "-$2" '
    .family += $step
    | .containerDefinitions |= map(select(.name == $service) | del(.healthCheck, .portMappings, .dependsOn) | .entryPoint = $argv | .command = [])
    | .tags |= map(if .key == "service" then .value += $step else . end)' "$WORK/new/$1.json" >"$4/$1.json"
}

# secret_arn ID: the whole ARN of a secret that has a value, never the value; the reason in $WORK/secret-error, since this
# runs in a shell of its own. Asked once per run.
secret_arn() {
  local file="secret-${1//[^A-Za-z0-9]/_}.json"
  if [[ ! -s "$WORK/$file" ]] && ! ask "$file" secretsmanager describe-secret --secret-id "$1"; then
    rm -f "$WORK/$file"
    if grep -q ResourceNotFoundException "$WORK/aws-error"; then
      WHY="secret $1 does not exist: apply the infrastructure"
    fi
    printf '%s' "$WHY" >"$WORK/secret-error"
    return 1
  fi
  if ! jq -e '.DeletedDate == null and any(.VersionIdsToStages // {} | .[]; index("AWSCURRENT"))' "$WORK/$file" >/dev/null; then
    rm -f "$WORK/$file"
    printf 'secret %s has no value, so no task could start: the to-do list (make infra-todo) says how to put it there' "$1" >"$WORK/secret-error"
    return 1
  fi
  jq -r .ARN "$WORK/$file"
}

# platform_print FOLDER: what would be registered.
platform_print() { jq -S . "$1"/*.json; }

# _plain: a task definition without what AWS adds to it and what differs by itself.
_plain() {
  jq -S '(.taskDefinition // .) as $one | ($one.tags // .tags // []) as $tags
    | $one | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, .registeredBy, .deregisteredAt)
    | .tags = ($tags | map(select(.key != "definition")) | sort_by(.key))
    | .containerDefinitions = (.containerDefinitions // [] | map(.environment = (.environment // [] | sort_by(.name))
        | .secrets = (.secrets // [] | sort_by(.name))))
    | walk(if type == "object" then with_entries(select(.value != null and .value != [] and .value != {} and .value != 0)) else . end)'
}

# platform_diff FOLDER: what would change of what each service runs, on standard output. Nothing is asked of AWS that
# would register anything.
platform_diff() {
  local service arn code
  snapshot || return 1
  for service in $(all_services); do
    arn="$(live_revision "$service")"
    echo '{}' >"$WORK/before.json"
    [[ -z "$arn" ]] || ask before.json ecs describe-task-definition --task-definition "$arn" --include TAGS || return 1
    _plain <"$WORK/before.json" >"$WORK/before.txt" || return 1
    if [[ -s "$1/$service.json" ]]; then
      _plain <"$1/$service.json" >"$WORK/after.txt" || return 1
    else
      arn="$(jq -r --arg service "$service" '.[$service] // ""' "$1/revisions.json")"
      [[ -n "$arn" ]] || continue
      ask after.json ecs describe-task-definition --task-definition "$arn" --include TAGS || return 1
      _plain <"$WORK/after.json" >"$WORK/after.txt" || return 1
    fi
    code=0
    diff -u --label "$service: what runs" --label "$service: what would run" "$WORK/before.txt" "$WORK/after.txt" || code=$?
    ((code <= 1)) || return "$code"
  done
}

# platform_prepare FOLDER: a revision of every task definition of the folder, in FOLDER/revisions.json and
# FOLDER/migrations.json, by service. One that is there already is used again.
platform_prepare() {
  local file
  echo '{}' >"$1/revisions.new"
  echo '{}' >"$1/migrations.new"
  for file in "$1"/*.json "$1"/migrations/*.json; do
    [[ -e "$file" && "$(basename "$file")" != revisions.json && "$(basename "$file")" != migrations.json ]] || continue
    register "$file" || return 1
    if [[ "$file" == "$1"/migrations/* ]]; then
      _note_revision "$1/migrations.new" "$(basename "$file" .json)" || return 1
    else
      _note_revision "$1/revisions.new" "$(basename "$file" .json)" || return 1
    fi
  done
  mv "$1/revisions.new" "$1/revisions.json"
  mv "$1/migrations.new" "$1/migrations.json"
}

REVISION=""

_note_revision() {
  jq --arg service "$2" --arg arn "$REVISION" '. + {($service): $arn}' "$1" >"$WORK/revisions.next" && mv "$WORK/revisions.next" "$1"
}

# register FILE [ARN]: the revision that says what the file says, in REVISION: that one, or the newest of its family, or a new
# one.
register() {
  local hash
  hash="$(jq -r '.tags[] | select(.key == "definition") | .value' "$1")"
  if ask newest.json ecs describe-task-definition --task-definition "${2:-$(jq -r .family "$1")}" --include TAGS; then
    if jq -e --arg hash "$hash" '.tags // [] | any(.key == "definition" and .value == $hash)' "$WORK/newest.json" >/dev/null && _says "$1"; then
      REVISION="$(jq -r .taskDefinition.taskDefinitionArn "$WORK/newest.json")"
      return 0
    fi
  elif ! grep -q 'ClientException' "$WORK/aws-error"; then
    return 1
  fi
  ask registered.json ecs register-task-definition --cli-input-json "file://$1" || {
    WHY="AWS does not take the task definition of $(basename "$1" .json): $WHY"
    return 1
  }
  REVISION="$(jq -r .taskDefinition.taskDefinitionArn "$WORK/registered.json")"
  log "registered ${REVISION##*/}"
}

# _says FILE: whether the revision in $WORK/newest.json says it, too, and not only its tag: what is registered by hand from another
# one takes the tags along. What AWS adds where the file says nothing may differ, but not what the containers run with.
_says() {
  _plain <"$1" >"$WORK/asked.json" && _plain <"$WORK/newest.json" >"$WORK/found.json" || return 1
  jq -en --slurpfile asked "$WORK/asked.json" --slurpfile found "$WORK/found.json" '
    def within($other):
      if type == "object" then ($other | type) == "object" and all(to_entries[]; .key as $key | .value | within($other[$key]))
      elif type == "array" then length == ($other | length) and (. as $all | all(range(length); . as $n | $all[$n] | within($other[$n])))
      else . == $other end;
    def runs: [.containerDefinitions[] | [.entryPoint, .command, .environment, .environmentFiles, .secrets]];
    ($asked[0] | del(.tags)) as $asked | $found[0] as $found
    | ($asked | within($found)) and ($asked | runs) == ($found | runs)' >/dev/null
}

# platform_pack FOLDER / platform_unpack FILE FOLDER: the revisions that ran, as one text, and back; fails when one of
# them was deregistered since, and can run no more.
platform_pack() { jq -cS . "$1/revisions.json"; }

platform_unpack() {
  local arn
  rm -rf "$2"
  mkdir -p "$2"
  jq -e 'type == "object" and length > 0' "$1" >/dev/null || return 1
  for arn in $(jq -r '.[]' "$1"); do
    ask kept.json ecs describe-task-definition --task-definition "$arn" || return 1
    [[ "$(jq -r .taskDefinition.status "$WORK/kept.json")" == ACTIVE ]] || return 1
  done
  cp "$1" "$2/revisions.json"
}

# platform_same FOLDER FOLDER: whether both ask for the same revisions.
platform_same() { [[ -s "$1/revisions.json" && -s "$2/revisions.json" && "$(jq -cS . "$1/revisions.json")" == "$(jq -cS . "$2/revisions.json")" ]]; }

# platform_services FOLDER: the services of which it has a revision, and that are known here, one a line.
platform_services() {
  jq -r 'keys[]' "$1/revisions.json" >"$WORK/in-folder" || return 0
  all_services | grep -xF -f "$WORK/in-folder" || true
}

# platform_left_behind FOLDER: nothing; Terraform makes services and schedules, and removes them.
platform_left_behind() { :; }

# door_address: where the load balancer is, for hosts that no name leads to.
door_address() {
  ask balancer.json elbv2 describe-load-balancers --names "$(stack_field "$ENVIRONMENT" 4)" || return 1
  jq -r '.LoadBalancers[0].DNSName // ""' "$WORK/balancer.json"
}

# shellcheck source=jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
# shellcheck source=sides.sh
source "$(dirname "${BASH_SOURCE[0]}")/sides.sh"
# shellcheck source=tasks.sh
source "$(dirname "${BASH_SOURCE[0]}")/tasks.sh"
# shellcheck source=migrations.sh
source "$(dirname "${BASH_SOURCE[0]}")/migrations.sh"
# shellcheck source=store.sh
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"
# shellcheck source=way.sh
source "$(dirname "${BASH_SOURCE[0]}")/way.sh"
