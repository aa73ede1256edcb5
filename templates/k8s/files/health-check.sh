#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Checks which version serves, not only that something answers.
#
# usage: scripts/health-check.sh --environment ENV [--version VERSION] [--service NAME] [--timeout SECONDS]
#   --environment ENV    where
#   --version VERSION    what must serve; without it, whatever each Deployment asks for
#   --service NAME       only this service
#   --timeout SECONDS    keep asking for so long (default 0: once)
#
# A service is healthy when as many pods as wanted are ready, all are of the version, and they answer on their health
# path when asked through the API server. One line a service on standard output. Changes nothing.
#
# Exit codes: 0 healthy, 1 not healthy, 2 usage. Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"
# shellcheck source=lib/release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.sh"
# shellcheck source=lib/health.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/health.sh"

ENVIRONMENT=""
VERSION=""
SERVICE=""
TIMEOUT=0

# Nothing is locked here: a check may run beside a release.
keep_lock() { :; }

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
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
  [[ -z "$SERVICE" ]] || long_running | grep -qx "$SERVICE" ||
    usage_error "no service $SERVICE that runs all the time: $(long_running | tr '\n' ' ')"
}

main() {
  local service version bad=0 until
  parse "$@"
  open_cluster "$ENVIRONMENT"
  until=$((SECONDS + TIMEOUT))
  for service in ${SERVICE:-$(long_running)}; do
    snapshot || die 1 "$WHY"
    version="${VERSION:-$(live_version "$service")}"
    if [[ -z "$version" ]]; then
      printf 'failed  %s: nothing was released\n' "$service"
      bad=1
    elif healthy "$version" "$until" "$service"; then
      printf 'ok      %s: %s\n' "$service" "$version"
    else
      printf 'failed  %s\n' "$WHY"
      bad=1
    fi
  done
  exit "$bad"
}

main "$@"
