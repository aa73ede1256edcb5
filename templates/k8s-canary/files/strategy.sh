# Managed by agency-scaffold (k8s-canary): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: canary. The new one comes up beside the old one and gets a small part of the users first,
# then more, step by step; each step is judged. The old one keeps every pod until the new one is on record as good. Sourced
# after release.sh and lock.sh.

# shellcheck source=strategy.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/strategy.env.sh"
# shellcheck source=sides.sh
source "$(dirname "${BASH_SOURCE[0]}")/sides.sh"

readonly CANARY_STEP_SECONDS="${CANARY_STEP_SECONDS:-$RELEASE_CANARY_STEP_SECONDS}"

# strategy_size FOLDER SERVICE: the pods that the new side gets: all where a route leads by weight, else its part of them.
strategy_size() {
  local full
  full="$(full_size "$1" "$2")"
  if ((PERCENT == 100)) || is_routed "$1" "$2"; then
    echo "$full"
  else
    # So many that PERCENT of all pods are new ones, at least one; beyond a half there is one for each old one.
    jq -n --argjson full "$full" --argjson percent "$PERCENT" '[$full * $percent / (100 - $percent) | ceil, $full] | min'
  fi
}

# strategy_release FOLDER VERSION UNTIL: until the new side serves alone; the reason in WHY. The steps take their own time.
strategy_release() {
  prepare_sides "$1" || return 1
  if serves_already "$1" "$2"; then
    as_it_is "$@"
    return
  fi
  # Nobody is there to share with at first.
  [[ -z "$STABLE" ]] || PERCENT="${RELEASE_CANARY_STEPS%% *}"
  bring_up "$@" || return 1
  smoke "$1" || return 1
  known_to_door "$1"
  hold || return 1
  _steps "$1" "$2" || return 1
  autoscaled "$1" "$OTHER" || return 1
  log "all users to $OTHER"
  lead "$1" "$OTHER"
}

# _steps FOLDER VERSION: more and more users, and each step judged, up to all the pods that all users need.
_steps() {
  local step
  for step in $RELEASE_CANARY_STEPS; do
    ((PERCENT < 100)) || return 0
    PERCENT="$step"
    resize "$1" || return 1
    rolled_out "$(names_on "$1" "$OTHER")" "$2" "$((SECONDS + $(strategy_limit_seconds)))" || return 1
    ((PERCENT < 100)) || return 0
    log "$PERCENT % of the users to $OTHER, watched for $CANARY_STEP_SECONDS s"
    lead "$1" "$STABLE" "$OTHER" "$PERCENT" || return 1
    judge "$2" "$CANARY_STEP_SECONDS" || return 1
  done
}

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: alone, or, before it has all users,
# beside the old one.
strategy_serves() {
  if ((PERCENT < 100)) && ! is_job "$1"; then runs "$@"; else serves "$@"; fi
}
