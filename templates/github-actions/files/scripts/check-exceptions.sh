#!/usr/bin/env bash
# Managed by agency-scaffold (github-actions): "agency-scaffold update" regenerates it and keeps your edits.
#
# Judges what scanners were told to overlook (.trivyignore.yaml): each entry needs an id, a statement that begins with
# "owner: <who>; " and goes on with the reason, and an expired_at that is neither past nor far away.
#
# usage: scripts/check-exceptions.sh [--today YYYY-MM-DD] [--file FILE]
#   --today   the date to judge by (default: today, UTC)
#   --file    another file than .trivyignore.yaml
#
# Exit codes: 0 ok, 1 an entry is not in order, 2 usage. EXCEPTION_DAYS is the longest time ahead (default 90).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

FILE=.trivyignore.yaml
TODAY="$(date -u +%F)"

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --today | --file)
        (($# >= 2)) || usage_error "$1 needs a value"
        if [[ "$1" == --today ]]; then TODAY="$2"; else FILE="$2"; fi
        shift
        ;;
      *) usage_error "unknown: $1" ;;
    esac
    shift
  done
  [[ "$TODAY" =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || usage_error "--today is a date such as 2026-12-31, not $TODAY"
}

# entries: a line "LINE<unit separator>id<unit separator>statement<unit separator>expired_at" for each entry.
entries() {
  awk '
    function scalar(text) {
      sub(/^[a-z_]+:[ \t]*/, "", text)
      if (text ~ /^".*"$/ || text ~ /^\047.*\047$/) return substr(text, 2, length(text) - 2)
      sub(/[ \t]+#.*$/, "", text)
      return text
    }
    function emit() { if (at) print at "\037" value["id"] "\037" value["statement"] "\037" value["expired_at"]; at = 0; split("", value) }
    /^[ \t]*(#|$)/ { next }
    /^[^ \t-]/ { emit(); next }
    {
      line = $0
      if (line ~ /^ *- [a-z_]+:/) { emit(); at = NR; sub(/- /, "  ", line) }
      sub(/^[ \t]+/, "", line)
      sub(/[ \t]+$/, "", line)
      if (match(line, /^(id|statement|expired_at):/)) value[substr(line, 1, RLENGTH - 1)] = scalar(line)
    }
    END { emit() }
  ' "$1"
}

main() {
  local line id statement expires latest bad=0 count=0
  parse "$@"
  cd "$ROOT"
  if [[ ! -f "$FILE" ]]; then
    log "no $FILE, so nothing is overlooked"
    exit 0
  fi
  need awk date
  latest="$(date -u -d "$TODAY + ${EXCEPTION_DAYS:-90} days" +%F)"
  complain() {
    printf '%s:%s: %s: %s\n' "$FILE" "$line" "${id:-entry}" "$1"
    bad=$((bad + 1))
  }
  while IFS=$'\037' read -r line id statement expires; do
    count=$((count + 1))
    [[ -n "$id" ]] || complain "has no id"
    [[ "$statement" =~ ^owner:\ *[^\;\ ][^\;]*\;\ *[^\ ] ]] || complain 'statement must read "owner: <who>; <reason>"'
    if [[ ! "$expires" =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}$ ]]; then
      complain "expired_at must be a date such as 2026-12-31"
    elif [[ "$expires" < "$TODAY" || "$expires" == "$TODAY" ]]; then
      complain "expired on $expires: mend it, or judge it again"
    elif [[ "$expires" > "$latest" ]]; then
      complain "expires on $expires, later than $latest"
    fi
  done < <(entries "$FILE")
  log "$count exceptions, $bad complaints"
  ((bad == 0)) || exit 1
}

main "$@"
