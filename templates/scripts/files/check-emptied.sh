#!/usr/bin/env bash
# Managed by agency-scaffold (scripts): "agency-scaffold update" regenerates it and keeps your edits.
#
# Names each generated file that is empty now and was not when it was made. Rules, tests and settings without a line pass
# the tools that judge them. A file that you do not want is deleted, not emptied: that is remembered.
#
# usage: scripts/check-emptied.sh
#
# Exit codes: 0 none is, or nothing says what was generated, 1 some are, 2 usage.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

readonly RECORD=.agency/scaffold/lock
# SHA-256 of no bytes.
readonly NOTHING=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

main() {
  local kind sha256 path emptied=0
  case "${1:-}" in
    "") ;;
    --help | -h)
      show_help "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) usage_error "unknown: $1" ;;
  esac
  cd "$ROOT"
  if [[ ! -f "$RECORD" ]]; then
    log "not judged: there is no $RECORD, which says what was generated"
    exit 0
  fi
  [[ -s "$RECORD" ]] || die 1 "$RECORD is empty: restore it from git"
  # Where it is in conflict, lines of both sides stand in it, and others that are none.
  while read -r kind _ sha256 _ path; do
    [[ "$kind" == @(file|exec) && "$sha256" != "$NOTHING" && -f "$path" && ! -s "$path" ]] || continue
    printf '%s\n' "$path"
    emptied=$((emptied + 1))
  done <"$RECORD"
  ((emptied == 0)) || die 1 "$emptied generated files are empty: restore them from git, or delete those that you do not want"
}

main "$@"
