#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Goes back to a release that was good in this environment. Works while releases are frozen.
#
# usage: scripts/rollback.sh --environment ENV [--to VERSION] [--dry-run]
#   --environment ENV    where
#   --to VERSION         the release to go back to; without it (or empty) the newest good one that is older than what runs
#   --dry-run            prints what would change, and changes nothing
#
# What ran then is applied as it was recorded in ConfigMap "releases": images by digest and settings. Databases are not
# migrated back. The new pods must start before the old ones go, so this takes longer than shifting traffic: the bound
# is printed. Afterwards the version that answers is checked.
#
# Every release that is younger than the one to go back to is withdrawn first: neither a second rollback nor an undo
# leads there again, so each rollback goes one release further back. --to takes such a release nevertheless, with a
# warning; releasing it anew makes it good again.
#
# A release that runs is not interrupted: cancel it. Its lock is waited for, since one that was killed holds it a while.
#
# Exit codes: 0 the release serves again; 1 refused, nothing was changed; 2 usage; 4 it does not serve: a person is needed;
# 5 stopped half-way, or it serves but that is not on record: look at it.
# Environment: as for deploy.sh. Knobs: UNDO_SECONDS (from the replicas that run), LOCK_SECONDS (120).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"
# shellcheck source=lib/release.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/release.sh"
# shellcheck source=lib/lock.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/lock.sh"
# shellcheck source=lib/ledger.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/ledger.sh"
# shellcheck source=lib/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/jobs.sh"
# shellcheck source=lib/health.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/health.sh"
# shellcheck source=lib/strategy.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/strategy.sh"

ENVIRONMENT=""
TO=""
VERSION=""

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --dry-run)
        DRY_RUN=yes
        shift
        continue
        ;;
      --environment | --to) (($# >= 2)) || usage_error "$1 needs a value" ;;
      *) usage_error "unknown: $1" ;;
    esac
    if [[ "$1" == --to ]]; then TO="$2"; else ENVIRONMENT="$2"; fi
    shift 2
  done
  check_environment "$ENVIRONMENT"
  [[ -z "$TO" ]] || is_version "$TO" || usage_error "--to is the version of a release, not \"$TO\""
}

# running_version: what the Deployments and CronJobs ask for; "mixed" when they disagree.
running_version() {
  local service
  for service in $(all_services); do live_version "$service"; done | sort -u |
    awk '{ version = $0 } END { print (NR == 1) ? version : "mixed" }'
}

# choose_target: the entry of the ledger to go back to, as JSON.
choose_target() {
  if [[ -n "$TO" ]]; then
    ledger_named "$TO"
  else
    ledger_before "$(running_version)"
  fi
}

# check_images: an image that is gone from the registry would leave pods that cannot start.
check_images() {
  local service digest code
  while read -r service digest; do
    code=0
    registry_was_released "$ENVIRONMENT" "$service" "$digest" || code=$?
    case "$code" in
      0) ;;
      1) die 1 "$service $digest is not in the registry as released in $ENVIRONMENT: choose another release with --to" ;;
      *) warn "the registry does not answer: going on, nodes may have the image" ;;
    esac
  done <"$WORK/images"
}

# choose: $WORK/images, $WORK/new and VERSION; refuses when there is nothing to go back to.
choose() {
  local entry running
  ledger_read || die 1 "the record of releases cannot be read"
  snapshot || die 1 "$WHY"
  running="$(running_version)"
  entry="$(choose_target)"
  [[ -n "$entry" ]] || die 1 "no good release ${TO:-older than ${running:-nothing}} to go back to is on record; there are: $(ledger_list)." \
    "To take one of these nevertheless, name it: --to VERSION"
  VERSION="$(jq -r .version <<<"$entry")"
  [[ "$(ledger_verdict "$VERSION")" == good:* ]] || warn "$VERSION is not good any more ($(ledger_verdict "$VERSION")): going there since it was named"
  ledger_images "$entry" >"$WORK/images"
  check_images
  if ! ledger_manifests "$entry" "$WORK/new"; then
    warn "the manifests of $VERSION were not kept: its images go into the manifests at hand"
    [[ "$RELEASE_DATABASE" == no ]] || need_env DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_SECRET
    render_release "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
  fi
  log "going back from ${running:-nothing} to $VERSION ($(jq -r '"\(.at) by \(.by)"' <<<"$entry")), within $(strategy_undo_seconds) s"
}

# withdraw: what is left is not gone back to, whatever becomes of this; so this comes first.
withdraw() {
  local version entry
  cp "$WORK/images" "$WORK/images.target"
  for version in $(ledger_after "$VERSION"); do
    entry="$(ledger_named "$version")"
    ledger_images "$entry" >"$WORK/images"
    ledger_write "$version" withdrawn "left for $VERSION" rollback "" ||
      die 1 "that $version is left cannot be recorded; nothing was changed"
    log "$version is withdrawn"
  done
  mv "$WORK/images.target" "$WORK/images"
}

main() {
  local until
  parse "$@"
  need_env REGISTRY
  open_cluster "$ENVIRONMENT"
  if [[ "$DRY_RUN" == yes ]]; then
    choose
    show_diff "$WORK/new/settings.yaml" "$WORK/new/workloads.yaml" || die 1 "the cluster would not take the manifests"
    log "dry run: nothing was changed"
    exit 0
  fi
  take_lock "$((LOCK_SECONDS + 30))"
  # Only now: the release that had the lock may have ended with another version.
  choose
  withdraw
  HALF_WAY=yes
  until=$((SECONDS + ${UNDO_SECONDS:-$(strategy_limit_seconds)}))
  if strategy_undo "$WORK/new" "$VERSION" "$until" && healthy "$VERSION" "$((until + HEALTHY_SECONDS))" "$(services_in "$WORK/new")"; then
    ledger_write "$VERSION" good "went back by hand" rollback "$WORK/new" ||
      die 5 "$VERSION serves again in $ENVIRONMENT, but the record could not be written"
    tell_left_behind "$WORK/new"
    log "$VERSION serves again in $ENVIRONMENT"
    exit 0
  fi
  ledger_write "$VERSION" bad "going back failed: $WHY" rollback "$WORK/new" || warn "the record could not be written"
  die 4 "ROLLBACK FAILED, a person is needed: $WHY"
}

main "$@"
