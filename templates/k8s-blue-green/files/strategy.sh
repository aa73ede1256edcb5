# Managed by agency-scaffold (k8s-blue-green): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: blue-green. The new one comes up beside the old one at its full size, is tried through a
# Service of its own, and then all users are led there at once. The old one keeps every pod until the new one is on record as
# good. Sourced after release.sh and lock.sh.

# shellcheck source=sides.sh
source "$(dirname "${BASH_SOURCE[0]}")/sides.sh"

# strategy_size FOLDER SERVICE: the pods that the new side gets.
strategy_size() { full_size "$@"; }

# strategy_release FOLDER VERSION UNTIL: until the new side serves alone; the reason in WHY.
strategy_release() {
  prepare_sides "$1" || return 1
  if serves_already "$1" "$2"; then
    as_it_is "$@"
    return
  fi
  bring_up "$@" || return 1
  smoke "$1" || return 1
  known_to_door "$1"
  hold || return 1
  autoscaled "$1" "$OTHER" || return 1
  log "all users to $OTHER"
  lead "$1" "$OTHER"
}

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: alone.
strategy_serves() { serves "$1" "$2"; }
