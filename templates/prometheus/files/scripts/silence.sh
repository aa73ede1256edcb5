#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus): "agency-scaffold update" regenerates it and keeps your edits.
#
# Keeps alerts of an environment from telling anybody while work is done there. Each silence ends by itself, and names
# who asked for it and why. They go on firing, are seen as before, and are told of when it ends.
#
# usage: scripts/silence.sh ENV MATCHER... --comment WHY [--for DURATION] [--dry-run]
#        scripts/silence.sh ENV --list
#        scripts/silence.sh ENV --expire ID [--dry-run]
#
# A MATCHER is LABEL=VALUE, LABEL!=VALUE, LABEL=~REGEX or LABEL!~REGEX, in quotes of the shell; an alert is silenced when
# all of them hold. DURATION is a number of minutes or hours: 90m, 2h (usual: 2h, at most 24h).
#
#   scripts/silence.sh staging 'service=api' --for 1h --comment 'restore of the database'
#   scripts/silence.sh staging 'alertname=~ServiceDown|ServiceAbsent' --comment 'new network'
#
# Prints the ID of the silence, or with --list those that have not ended, as JSON.
# Exit codes: 0 ok, 1 refused or not reached, 2 usage or a missing tool, 5 written, but nobody said yet that it holds.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/silences.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/silences.sh"

readonly USUAL=2h
readonly MOST_SECONDS=86400

ENVIRONMENT=""
COMMAND=add
ID=""
LASTS="$USUAL"
WHAT_FOR=""
MATCHERS=()

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --list) COMMAND=list ;;
      --dry-run) DRY_RUN=yes ;;
      --expire) COMMAND=expire && value_into ID "$@" && shift ;;
      --for) value_into LASTS "$@" && shift ;;
      --comment) value_into WHAT_FOR "$@" && shift ;;
      -*) usage_error "unknown option: $1" ;;
      *) if [[ -z "$ENVIRONMENT" ]]; then ENVIRONMENT="$1"; else MATCHERS+=("$1"); fi ;;
    esac
    shift
  done
  [[ -n "$ENVIRONMENT" ]] || usage_error "which environment?"
  if [[ "$COMMAND" == add ]]; then
    ((${#MATCHERS[@]} > 0)) || usage_error "a matcher is missing: which alerts?"
    [[ -n "$WHAT_FOR" ]] || usage_error "--comment is missing: why?"
  else
    ((${#MATCHERS[@]} == 0)) || usage_error "no matcher goes with --$COMMAND: ${MATCHERS[*]}"
  fi
}

# seconds_of DURATION: more than none, and no more than a day.
seconds_of() {
  local seconds
  [[ "$1" =~ ^([1-9][0-9]{0,3})(m|h)$ ]] || usage_error "--for is a number of minutes or hours like 90m or 2h, not \"$1\""
  seconds=$((BASH_REMATCH[1] * 60))
  [[ "${BASH_REMATCH[2]}" == m ]] || seconds=$((seconds * 60))
  ((seconds <= MOST_SECONDS)) || usage_error "--for is at most 24h: a silence that nobody ends hides what comes next"
  echo "$seconds"
}

# matcher TEXT: as Alertmanager has it.
matcher() {
  local equal=true regex=false
  [[ "$1" =~ ^([a-zA-Z_][a-zA-Z0-9_]*)(=~|!~|!=|=)(.+)$ ]] || usage_error "a matcher is LABEL=VALUE, !=, =~ or !~, not \"$1\""
  # They would be a part of the value, and nothing would match.
  [[ "${BASH_REMATCH[3]}" != [\"\']* ]] || usage_error "the quotes go around the whole matcher: '${BASH_REMATCH[1]}${BASH_REMATCH[2]}...'"
  [[ "${BASH_REMATCH[2]}" != '!'* ]] || equal=false
  [[ "${BASH_REMATCH[2]}" != *'~' ]] || regex=true
  jq -cn --arg name "${BASH_REMATCH[1]}" --arg value "${BASH_REMATCH[3]}" --argjson equal "$equal" --argjson regex "$regex" \
    '{name: $name, value: $value, isRegex: $regex, isEqual: $equal}'
}

# silence SECONDS FILE: what Alertmanager is asked for.
silence() {
  local text
  for text in "${MATCHERS[@]}"; do matcher "$text" || exit; done >"$WORK/matchers"
  jq -cs --arg by "$(silences_author)" --arg comment "$WHAT_FOR" --argjson seconds "$1" '(now | floor) as $now |
    {matchers: ., startsAt: ($now | todate), endsAt: ($now + $seconds | todate), createdBy: $by, comment: $comment}' \
    "$WORK/matchers" >"$2"
}

add() {
  local id
  silence "$(seconds_of "$LASTS")" "$WORK/silence.json"
  if [[ "$DRY_RUN" == yes ]]; then
    cat "$WORK/silence.json"
    log "dry run: nothing was silenced"
    return
  fi
  id="$(silences_add "$WORK/silence.json")" || die 1 "not silenced"
  echo "$id"
  silences_wait "$id" taken || exit
  log "silenced until $(jq -r .endsAt "$WORK/silence.json"); before that: scripts/silence.sh $ENVIRONMENT --expire $id"
}

expire() {
  [[ "$ID" =~ ^[a-zA-Z0-9-]+$ ]] || usage_error "--expire takes an ID of --list, not \"$ID\""
  if [[ "$DRY_RUN" == yes ]]; then
    log "dry run: would end $ID"
    return
  fi
  silences_expire "$ID" || die 1 "not ended"
  silences_wait "$ID" ended || exit
  log "ended: $ID"
}

main() {
  parse "$@"
  need jq
  # Before anything is asked for: a wrong command line changes nothing.
  seconds_of "$LASTS" >/dev/null
  make_work
  silences_open "$ENVIRONMENT"
  case "$COMMAND" in
    list) silences_list ;;
    add) add ;;
    expire) expire ;;
  esac
}

main "$@"
