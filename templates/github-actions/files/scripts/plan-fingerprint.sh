#!/usr/bin/env bash
# Managed by agency-scaffold (github-actions): "agency-scaffold update" regenerates it and keeps your edits.
#
# Prints what makes two Terraform plans the same, as one hash: everything that they would change, and nothing about when
# they were made. The workflow that applies compares it with the plan that was approved.
#
# usage: terraform show -json PLAN | scripts/plan-fingerprint.sh
#
# Exit codes: 0 ok, 1 standard input is no plan, 2 usage.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

main() {
  local changes hash
  case "${1:-}" in
    --help | -h)
      show_help "${BASH_SOURCE[0]}"
      exit 0
      ;;
    "") ;;
    *) usage_error "unknown: $1" ;;
  esac
  need jq sha256sum
  # Sorted keys and addresses; a data source that is read changes nothing. `input` fails where there is none: two
  # empty plans must not be taken for the same.
  changes="$(jq -nceS 'input
    | if .format_version == null or .errored == true then error("no plan") else . end
    | {
        resources: ([.resource_changes[]?
          | select(.change.actions != ["no-op"] and .change.actions != ["read"])
          | {address, deposed, actions: .change.actions, before: .change.before, after: .change.after,
             unknown: .change.after_unknown, previous: .previous_address, importing: .change.importing}]
          | sort_by(.address, .deposed)),
        outputs: .output_changes
      }' 2>/dev/null)" || die 1 "standard input is no plan of Terraform as JSON"
  hash="$(sha256sum <<<"$changes")"
  printf '%s\n' "${hash%% *}"
}

main "$@"
