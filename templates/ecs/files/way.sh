# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The way to the services and to Prometheus. Public services are asked as users reach them, through the load balancer;
# nobody outside the network reaches the others, so their own checks and metrics speak for them. Prometheus writes to
# Amazon Managed Service for Prometheus, which is asked with the credentials of the release. Sourced by orchestration.sh.

# Why a step failed, for the script that called it.
export WHY
WAY_OPTIONS=()

# asked: the services that can be asked from here. addresses SERVICE VERSION: where.
asked() { routes "$ENVIRONMENT" | awk '{ print $1 }'; }

addresses() {
  routes "$ENVIRONMENT" | awk -v service="$1" -v path="$(service_field "$1" 4)" '$1 == service { print $2 "://" $3 path }'
}

# way_open: finds the load balancer where no name leads to it; the reason in WHY.
way_open() {
  local host door
  ((${#WAY_OPTIONS[@]} == 0)) || return 0
  host="$(routes "$ENVIRONMENT" | awk 'NR == 1 { print $3 }')"
  [[ -n "$host" ]] || return 0
  if ! door="$(front_door "$host")"; then
    WHY="$DOOR_MISSING"
    return 1
  fi
  mapfile -t WAY_OPTIONS < <(door_options "$door")
  # The sender is a shell of its own.
  printf '%s\n' ${WAY_OPTIONS[@]+"${WAY_OPTIONS[@]}"} >"$WORK/way"
}

# way_curl ARGUMENTS...: curl to the load balancer, whatever the user's settings are. Only in $WORK.
way_curl() {
  local options=()
  [[ ! -s way ]] || mapfile -t options <way
  curl -q --silent --globoff --connect-timeout 5 ${options[@]+"${options[@]}"} "$@"
}

way_close() { :; }
way_abandon() { :; }

# prometheus_query EXPRESSION: prints the answer of Prometheus; fails for an error answer. The credentials go from one
# program to the other and never stand on a command line or in a file.
prometheus_query() {
  local endpoint="${AWS_ENDPOINT_URL_AMP:-https://aps-workspaces.$AWS_REGION.amazonaws.com}"
  _aws configure export-credentials --format process |
    jq -r '"user = \"\(.AccessKeyId):\(.SecretAccessKey)\"", (.SessionToken // empty | "header = \"x-amz-security-token: \(.)\"")' |
    curl -q --silent --show-error --fail --max-time 20 --aws-sigv4 "aws:amz:$AWS_REGION:aps" --config - \
      --data-urlencode "query=$1" "$endpoint/workspaces/$PROMETHEUS_WORKSPACE/api/v1/query"
}
