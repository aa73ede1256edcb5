#!/usr/bin/env bash
# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Checks the task definitions in infrastructure/ecs before a release does: what ECS would refuse on Fargate, and what
# scripts/deploy.sh must find there. Needs jq alone, no account and no network.
#
# usage: scripts/check-task-definitions.sh
#
# Exit codes: 0 good, 1 not, one line for each reason; 2 usage.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/release.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.env.sh"

# A jq program: the reasons against one task definition of $service, which is of $kind, one a line.
PROGRAM="$(
  cat <<'END'
  # Memory in MiB that Fargate sells beside so much CPU.
  def sold: {"256": [512, 1024, 2048], "512": [range(1024; 4097; 1024)], "1024": [range(2048; 8193; 1024)],
    "2048": [range(4096; 16385; 1024)], "4096": [range(8192; 30721; 1024)]};
  def known: ["family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes", "cpu", "memory",
    "requiresCompatibilities", "runtimePlatform", "tags", "ephemeralStorage", "placementConstraints", "pidMode", "ipcMode",
    "proxyConfiguration", "inferenceAccelerators", "enableFaultInjection"];
  def wrong($what): if . then empty else $what end;
  . as $task
  | (.containerDefinitions // []) as $containers
  | ([$containers[] | select(.name == $service)] | first) as $own
  | (.tags // [] | map({(.key // ""): .value}) | add // {}) as $tags
  | (keys[] | select(. as $key | known | index($key) | not) | "\(.) is no part of a task definition"),
    (.networkMode == "awsvpc" | wrong("networkMode is awsvpc on Fargate")),
    (.requiresCompatibilities == ["FARGATE"] | wrong("requiresCompatibilities is [\"FARGATE\"]")),
    ((.memory // "" | tonumber? // 0) as $memory | (sold[.cpu // ""] // []) | any(. == $memory)
      | wrong("Fargate does not sell \($task.cpu) CPU units with \($task.memory) MiB")),
    (.family == "undeployed" | wrong("family is undeployed here: deploy.sh knows it")),
    (.executionRoleArn == "undeployed" and .taskRoleArn == "undeployed" | wrong("the roles are undeployed here: deploy.sh knows them")),
    ($tags.version == "undeployed" | wrong("the tag version is undeployed here: deploy.sh puts the release there")),
    ($tags.service == $service | wrong("the tag service is \($service)")),
    ($own != null | wrong("no container is named \($service)")),
    ($own == null or $own.image == "undeployed" | wrong("the image of \($service) is undeployed here: deploy.sh puts the digest there")),
    ($kind == "job" or $own == null or ($own.healthCheck.command // [] | length > 1)
      | wrong("\($service) has no healthCheck: ECS reads none of the image, and would take any task that runs for a healthy one")),
    ($containers | map(.name) | length == (unique | length) | wrong("two containers have one name")),
    ($containers[] | .name as $name
      | (.essential != null | wrong("\($name): say whether it is essential")),
        # The image of a throw-away database is nobody's own: it names its user, and writes where it likes.
        (.user // "" | test("^[1-9][0-9]*(:[0-9]+)?$") or ($kind == "database" and (IN("", "root") or test("^0") | not))
          | wrong("\($name): user is a number, and not root")),
        ($kind == "database" or .readonlyRootFilesystem == true | wrong("\($name): readonlyRootFilesystem is true")),
        (.privileged != true | wrong("\($name): Fargate knows no privileged container")),
        (.linuxParameters.initProcessEnabled == true | wrong("\($name): initProcessEnabled is true, so that signals and zombies are dealt with")),
        (.linuxParameters.capabilities.drop == ["ALL"] | wrong("\($name): all capabilities are dropped")),
        (.logConfiguration.options.mode == "non-blocking" | wrong("\($name): the log is non-blocking, or a slow log service stops the process")),
        ((.stopTimeout // 30) | . >= 2 and . <= 120 | wrong("\($name): stopTimeout is between 2 and 120 seconds")),
        ([(.environment // [], .secrets // [])[].name] | length == (unique | length) | wrong("\($name): a variable is there twice")),
        ((.environment // [])[] | (.value | type == "string") | wrong("\($name): the value of a variable is a text")),
        ((.secrets // [])[] | .name as $secret | .valueFrom | test("^(undeployed(-database)?:[^:]+::|arn:)")
          | wrong("\($name): secret \($secret) is undeployed:NAME::, undeployed-database:KEY:: or an ARN")),
        ((.mountPoints // [])[] | .sourceVolume as $volume | [$task.volumes[]?.name] | index($volume) | . != null
          | wrong("\($name): there is no volume \($volume)")))
END
)"
readonly PROGRAM

# examine SERVICE KIND FILE: the reasons against the task definition in a file of infrastructure/ecs, on standard output; fails if
# there are any. A file with nothing or with two documents would be checked as nothing or as one of them.
examine() {
  local file="$ROOT/infrastructure/ecs/$3" reasons
  if [[ ! -f "$file" ]]; then
    reasons="there is no such file"
  elif ! reasons="$(jq -rs --arg service "$1" --arg kind "$2" "
      if length != 1 or (.[0] | type) != \"object\" then \"it must hold one object, a task definition\" else .[0] | $PROGRAM end" "$file" 2>&1)"; then
    reasons="it is not understood: ${reasons//$'\n'/ }"
  fi
  [[ -n "$reasons" ]] || return 0
  while IFS= read -r reason; do printf 'infrastructure/ecs/%s: %s\n' "$3" "$reason"; done <<<"$reasons"
  return 1
}

main() {
  local service kind bad=0
  case "${1:-}" in
    --help | -h)
      show_help "$0"
      exit 0
      ;;
    "") ;;
    *) usage_error "unknown: $1" ;;
  esac
  need jq
  while read -r service kind _; do
    examine "$service" "$kind" "$service.json" || bad=1
  done <<<"$RELEASE_SERVICES"
  # That of the database of previews, where they have one.
  [[ ! -e "$ROOT/infrastructure/ecs/preview/database.json" ]] || examine database database preview/database.json || bad=1
  exit "$bad"
}

main "$@"
