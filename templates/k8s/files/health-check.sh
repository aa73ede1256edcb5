#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Checks which version serves, not only that something answers.
#
# usage: scripts/health-check.sh --environment ENV [--version VERSION] [--service NAME] [--timeout SECONDS] [--inside]
#   --environment ENV    where
#   --version VERSION    what must serve; without it, whatever each Deployment or CronJob asks for
#   --service NAME       only this service
#   --timeout SECONDS    keep asking for so long (default 0: once)
#   --inside             leaves out the way in: for a moment in which the name or the load balancer cannot be there yet
#
# A service is healthy when as many pods as wanted are ready, all are of the version, and they answer on their health
# path when asked through the API server. A public one must also answer as users reach it: by its name, through the load
# balancer, with a certificate that is valid. Where there is no domain, the Gateway's address is asked for the host.
# A job is healthy when its next run has the version; the line says when it last succeeded. How long that may be ago, the alerts know.
# One line a service and leg on standard output. Changes nothing.
#
# Exit codes: 0 healthy, 1 not healthy, 2 usage. Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME;
# FRONT_DOOR=HOST[:PORT] asks this load balancer, whatever the name says; WAY_IN_SECONDS (180) is the least that the way in
# is waited for when --timeout waits at all, since names and targets follow a release within minutes.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"
# shellcheck source=lib/release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.sh"
# shellcheck source=lib/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/jobs.sh"
# shellcheck source=lib/health.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/health.sh"
# shellcheck source=lib/front-door.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/front-door.sh"

ENVIRONMENT=""
VERSION=""
SERVICE=""
TIMEOUT=0
INSIDE=no

# Nothing is locked here: a check may run beside a release.
keep_lock() { :; }

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
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

# check_inside: every service in the cluster.
check_inside() {
  local service version bad=0 until=$((SECONDS + TIMEOUT))
  for service in ${SERVICE:-$(all_services)}; do
    snapshot || die 1 "$WHY"
    version="${VERSION:-$(live_version "$service")}"
    if [[ -z "$version" ]]; then
      printf 'failed  %s: nothing was released\n' "$service"
      bad=1
    elif healthy "$version" "$until" "$service"; then
      printf 'ok      %s: %s%s\n' "$service" "$version" "$(! is_job "$service" || printf ', %s' "$(job_note "$service")")"
    else
      printf 'failed  %s\n' "$WHY"
      bad=1
    fi
  done
  return "$bad"
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

main() {
  local bad=0
  parse "$@"
  open_cluster "$ENVIRONMENT"
  check_inside || bad=1
  if [[ "$INSIDE" == no ]]; then
    # What does not serve inside cannot serve outside: one reason is enough.
    ((bad == 1)) || check_way_in || bad=1
  fi
  exit "$bad"
}

main "$@"
