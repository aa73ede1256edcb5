# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What every step of a release knows, whatever runs the services: the answers, names, versions. Sourced after common.sh.
# Then it sources orchestration.sh, which knows what runs them; docs/contributing/agreements.md of agency-scaffold names its
# functions.
#
# Functions that change something return 1 and put the reason into WHY: their caller decides what is undone. They check
# every command themselves, because bash ignores "set -e" inside a function that is called in a condition.

# shellcheck source=release.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/release.env.sh"

# Between two looks at what is waited for.
export POLL="${DEPLOY_POLL_SECONDS:-5}"
# Why the last step failed; exported only because other files read it.
export WHY=""

# is_version TEXT: letters, digits, -._ and at most 63 of them: what a label or a tag can hold. is_digest TEXT
is_version() { [[ "$1" =~ ^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$ ]]; }
is_digest() { [[ "$1" =~ ^sha256:[0-9a-f]{64}$ ]]; }

# all_services / long_running / scheduled / metered: names, one a line.
all_services() { awk '{ print $1 }' <<<"$RELEASE_SERVICES"; }
long_running() { awk '$2 != "job" { print $1 }' <<<"$RELEASE_SERVICES"; }
scheduled() { awk '$2 == "job" { print $1 }' <<<"$RELEASE_SERVICES"; }
metered() { awk -v backend="$RELEASE_PROMETHEUS" 'backend == "yes" && $5 == "metrics" { print $1 }' <<<"$RELEASE_SERVICES"; }

# service_field NAME COLUMN: 2 kind, 3 port, 4 health path, 6 repository. The name is a person's: what -v gets is read with its
# escapes, and what looks like numbers is compared as such, so that another name would be taken for a service.
service_field() { SERVICE_NAME="$1" awk -v column="$2" '$1 "" == ENVIRON["SERVICE_NAME"] { print $column }' <<<"$RELEASE_SERVICES"; }

# is_job SERVICE: whether it runs on a schedule.
is_job() { [[ "$(service_field "$1" 2)" == job ]]; }

# routes ENV: service, scheme and host of each public service, one a line.
routes() { awk -v environment="$1" '$1 == environment { print $2, $3, $4 }' <<<"$RELEASE_ROUTES"; }

# check_environment ENV
check_environment() {
  [[ -n "$1" ]] || usage_error "--environment is needed: one of $RELEASE_ENVIRONMENTS"
  [[ " $RELEASE_ENVIRONMENTS " == *" $1 "* ]] || usage_error "no environment $1: one of $RELEASE_ENVIRONMENTS"
}

# environment_before ENV: the one that promotes to it; nothing for the first.
environment_before() {
  local before="" name
  for name in $RELEASE_ENVIRONMENTS; do
    [[ "$name" != "$1" ]] || break
    before="$name"
  done
  printf '%s' "$before"
}

# seen: a snapshot that cannot be done without. An answer that is lost says nothing of a release, so it is tried again for a while.
seen() {
  local until=$((SECONDS + ${SEEN_SECONDS:-30}))
  until snapshot; do
    ((SECONDS < until)) || return 1
    keep_lock
    sleep "$POLL"
  done
}

# shellcheck source=orchestration.sh
source "$(dirname "${BASH_SOURCE[0]}")/orchestration.sh"
