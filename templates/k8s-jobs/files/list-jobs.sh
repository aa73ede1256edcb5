#!/usr/bin/env bash
# Managed by agency-scaffold (k8s-jobs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Lists the scheduled jobs of an environment, a line each: the version and the time of the next run, when one last
# succeeded, whether it is paused, and the runs that are under way.
# How people run, pause and end them: docs/runbooks/incident-response.md.
#
# usage: scripts/jobs.sh list --environment ENV
#
# Environment: AWS_ACCOUNT_ID, AWS_REGION, CLUSTER_NAME, and credentials that may read the cluster.
# Exit codes: 0 ok, 1 failed, 2 usage or a missing tool.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"
# shellcheck source=lib/release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.sh"

ENVIRONMENT=""
ACTION=""

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "$0"
        exit 0
        ;;
      --environment) value_into ENVIRONMENT "$@" && shift ;;
      list) ACTION=list ;;
      *) usage_error "unknown: $1" ;;
    esac
    shift
  done
  check_environment "$ENVIRONMENT"
  [[ "$ACTION" == list ]] || usage_error "list is all it does"
}

main() {
  local job version
  parse "$@"
  platform_open "$ENVIRONMENT"
  snapshot || die 1 "$WHY"
  for job in $(scheduled); do
    version="$(job_version "$job")"
    if [[ -z "$version" ]]; then
      printf '%s: nothing was released\n' "$job"
    else
      printf '%s: %s, %s UTC; %s; runs now: %s\n' "$job" "$version" "$(job_schedule "$job")" "$(job_note "$job")" "$(running_runs "$job")"
    fi
  done
}

main "$@"
