# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Waits until a version serves, as the platform sees it. Sourced after release.sh.

# After a version was put in the place of another, until it answers.
export HEALTHY_SECONDS="${HEALTHY_SECONDS:-60}"

# healthy VERSION UNTIL [SERVICES] [CHECK]: until every service serves the version, by CHECK SERVICE VERSION (default: serves); the last
# reason in WHY.
healthy() {
  local service all
  while true; do
    all=yes
    snapshot || all=no
    for service in ${3:-$(all_services)}; do
      [[ "$all" == yes ]] || break
      "${4:-serves}" "$service" "$1" && answers "$service" "$1" 3 || all=no
    done
    [[ "$all" == no ]] || return 0
    ((SECONDS < $2)) || return 1
    keep_lock || return 1
    sleep "$POLL"
  done
}
