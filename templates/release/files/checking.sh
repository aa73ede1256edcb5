# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What health-check.sh does, whatever runs the services: `checking ARGUMENTS...`. Sourced after common.sh; it sources the rest.

# shellcheck source=cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"
# shellcheck source=release.sh
source "$(dirname "${BASH_SOURCE[0]}")/release.sh"
# shellcheck source=health.sh
source "$(dirname "${BASH_SOURCE[0]}")/health.sh"
# shellcheck source=front-door.sh
source "$(dirname "${BASH_SOURCE[0]}")/front-door.sh"

ENVIRONMENT=""
VERSION=""
SERVICE=""
TIMEOUT=0
INSIDE=no
RELEASED=no

# Nothing is locked here: a check may run beside a release.
keep_lock() { :; }

_parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "$0"
        exit 0
        ;;
      --inside)
        INSIDE=yes
        shift
        continue
        ;;
      --environment | --version | --service | --timeout) (($# >= 2)) || usage_error "$1 needs a value" ;;
      *) usage_error "unknown: $1" ;;
    esac
    case "$1" in
      --environment) ENVIRONMENT="$2" ;;
      --version) VERSION="$2" ;;
      --service) SERVICE="$2" ;;
      --timeout) TIMEOUT="$2" ;;
    esac
    shift 2
  done
  check_environment "$ENVIRONMENT"
  [[ -z "$VERSION" ]] || is_version "$VERSION" || usage_error "--version is the version of a release, not \"$VERSION\""
  [[ "$TIMEOUT" =~ ^[0-9]{1,5}$ ]] || usage_error "--timeout is a number of seconds, not \"$TIMEOUT\""
  [[ -z "$SERVICE" ]] || all_services | grep -qx "$SERVICE" ||
    usage_error "no service $SERVICE: $(all_services | tr '\n' ' ')"
}

# _asked SERVICE VERSION: a version that was named must serve alone; else the one that users come to must serve them.
_asked() { if [[ -n "$VERSION" ]]; then serves "$@"; else serves_users "$@"; fi; }

# check_inside: every service in the cluster.
check_inside() {
  local service version bad=0 until=$((SECONDS + TIMEOUT))
  for service in ${SERVICE:-$(all_services)}; do
    snapshot || die 1 "$WHY"
    version="${VERSION:-$(led_version "$service")}"
    if [[ -z "$version" ]]; then
      printf 'failed  %s: nothing was released\n' "$service"
      bad=1
      continue
    fi
    RELEASED=yes
    if [[ "$version" == *$'\n'* ]]; then
      printf 'failed  %s: users come to several versions: %s\n' "$service" "${version//$'\n'/, }"
      bad=1
    elif healthy "$version" "$until" "$service" _asked; then
      printf 'ok      %s: %s%s\n' "$service" "$version" "$(_note "$service" "$version")"
    else
      printf 'failed  %s\n' "$WHY"
      bad=1
    fi
  done
  return "$bad"
}

# _note SERVICE VERSION: what else there is to say of it.
_note() {
  local others
  if is_job "$1"; then
    printf ', %s' "$(job_note "$1")"
    return
  fi
  others="$(live_version "$1" | grep -vxF -e "$2" || true)"
  [[ -z "$others" ]] || printf '; beside it there is %s: a release is under way, or was left half-way' "${others//$'\n'/, }"
}

# check_way_in: every public service, as users reach it.
check_way_in() {
  local service scheme host bad=0 seconds="$TIMEOUT" until
  ((seconds == 0 || seconds >= WAY_IN_SECONDS)) || seconds="$WAY_IN_SECONDS"
  until=$((SECONDS + seconds))
  while read -r service scheme host; do
    [[ -z "$SERVICE" || "$SERVICE" == "$service" ]] || continue
    if reachable "$service" "$scheme" "$host" "$until"; then
      printf 'ok      %s: %s\n' "$service" "$scheme://$host"
    else
      printf 'failed  %s: the way in: %s\n' "$service" "$WHY"
      bad=1
    fi
  done < <(routes "$ENVIRONMENT")
  return "$bad"
}

checking() {
  local bad=0
  _parse "$@"
  platform_open "$ENVIRONMENT"
  check_inside || bad=1
  if [[ "$INSIDE" == no ]]; then
    # What users see counts, whatever was found inside; but what does not serve there is not waited for here.
    ((bad == 0)) || TIMEOUT=0
    [[ "$RELEASED" == no ]] || check_way_in || bad=1
  fi
  exit "$bad"
}
