#!/usr/bin/env bash
# Managed by agency-scaffold (aws): "agency-scaffold update" regenerates it and keeps your edits.
#
# Asks and marks the image registry.
#
# usage: scripts/registry.sh login                          sign docker in
#        scripts/registry.sh host                           print the host
#        scripts/registry.sh digest SERVICE COMMIT          print the digest of the image built from a commit
#        scripts/registry.sh released ENV SERVICE DIGEST    exit 0 if the environment ran this image and it was good
#        scripts/registry.sh mark ENV SERVICE DIGEST        record that it did (deploy.sh does so by itself)
#        --dry-run with mark: only says so
#
# Environment: REGISTRY, REGISTRY_ACCOUNT_ID, and AWS credentials.
# Exit codes: 0 ok, 1 no or failed, 2 usage or the registry did not answer.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"

main() {
  local arguments=() argument code=0
  for argument in "$@"; do
    case "$argument" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --dry-run) DRY_RUN=yes ;;
      *) arguments+=("$argument") ;;
    esac
  done
  set -- ${arguments[@]+"${arguments[@]}"}
  need aws timeout
  case "${1:-}:$#" in
    login:1) registry_login ;;
    host:1) registry_host ;;
    digest:3) registry_digest "$2" "$3" || code=$? ;;
    released:4) registry_was_released "$2" "$3" "$4" || code=$? ;;
    mark:4) run registry_mark "$2" "$3" "$4" || code=$? ;;
    *) usage_error "login, host, digest SERVICE COMMIT, released ENV SERVICE DIGEST or mark ENV SERVICE DIGEST" ;;
  esac
  exit "$code"
}

main "$@"
