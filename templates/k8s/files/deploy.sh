#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Releases a version to an environment, watches it, and goes back by itself if it is bad.
#
# usage: scripts/deploy.sh --environment ENV --version VERSION --image SERVICE=sha256:<64 hex> [--image ...]
#                          [--images "SERVICE=DIGEST ..."] [--timeout SECONDS] [--dry-run]
#   --environment ENV    where to
#   --version VERSION    name of the release, a label value: letters, digits, -._ and at most 63 of them
#   --image S=DIGEST     image of a service; a service that is not named keeps the image of the last good release
#   --timeout SECONDS    for replacing the pods (default: from the replicas that run, as is printed)
#   --dry-run            prints the manifests and what they would change, and changes nothing
#
# Steps: guards (account, cluster, freeze, promotion, lock), render, settings and secrets, migrations, the workloads,
# watching, record in ConfigMap "releases", mark in the registry. Killed at any point, it can be run again. What the
# manifests no longer have is named and left alone.
#
# Jobs get the new image with the other services; no run is started, and one that fails while the release is watched makes
# it bad.
#
# Each step has a time of its own: secrets SECRETS_SECONDS (120), each migration MIGRATE_SECONDS (660; its Job ends after
# 600), the pods ROLLOUT_SECONDS (or --timeout), watching JUDGE_SECONDS and up to 3 minutes more, going back UNDO_SECONDS.
# The pods' two are made from the replicas: batches of 70 s, and the 300 s in which a rollout must make progress.
#
# Exit codes: 0 good and kept; 1 refused, or bad with nothing to go back to (a first release: it is left as it is);
# 2 usage; 3 bad, and the release before serves again; 4 bad, and going back failed; 5 stopped half-way (the lock was
# lost, a migration does not end), or good but not recorded or not marked: look at it, the last lines say what to do.
#
# Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME REGISTRY REGISTRY_ACCOUNT_ID, with a database DATABASE_HOST
# DATABASE_PORT DATABASE_NAME DATABASE_SECRET. Knobs: those above, DEPLOY_POLL_SECONDS (5), LOCK_SECONDS (120).

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
# shellcheck source=lib/traffic.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/traffic.sh"
# shellcheck source=lib/judge.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/judge.sh"
# shellcheck source=lib/strategy.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/strategy.sh"

ENVIRONMENT=""
VERSION=""
IMAGES=()
TIMEOUT="${ROLLOUT_SECONDS:-}"

parse() {
  local word words
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
      --environment | --version | --image | --images | --timeout) (($# >= 2)) || usage_error "$1 needs a value" ;;
      *) usage_error "unknown: $1" ;;
    esac
    case "$1" in
      --environment) ENVIRONMENT="$2" ;;
      --version) VERSION="$2" ;;
      --image) IMAGES+=("$2") ;;
      --timeout) TIMEOUT="$2" ;;
      --images)
        read -r -a words <<<"$2"
        for word in ${words[@]+"${words[@]}"}; do IMAGES+=("$word"); done
        ;;
    esac
    shift 2
  done
  check_environment "$ENVIRONMENT"
  is_version "$VERSION" || usage_error "--version is a label value of at most 63 characters, not \"$VERSION\""
  [[ "$TIMEOUT" =~ ^([1-9][0-9]{0,4})?$ ]] || usage_error "--timeout is a number of seconds, not \"$TIMEOUT\""
  ((${#IMAGES[@]} > 0)) || usage_error "--image is needed"
}

# choose_images: $WORK/images, one line a service, in the order of the services.
choose_images() {
  local image service digest last
  : >"$WORK/given"
  for image in "${IMAGES[@]}"; do
    service="${image%%=*}"
    digest="${image#*=}"
    [[ -n "$(service_field "$service" 2)" ]] || usage_error "no service $service: $(all_services | tr '\n' ' ')"
    is_digest "$digest" || usage_error "--image $image: the digest is sha256: and 64 hex digits"
    if grep -q "^$service " "$WORK/given"; then usage_error "--image names $service twice"; fi
    echo "$service $digest" >>"$WORK/given"
  done
  last="$(ledger_good)"
  [[ -z "$last" ]] || ledger_images "$last" >"$WORK/last"
  [[ -n "$last" ]] || : >"$WORK/last"
  : >"$WORK/images"
  for service in $(all_services); do
    grep "^$service " "$WORK/given" >>"$WORK/images" && continue
    grep "^$service " "$WORK/last" >>"$WORK/images" ||
      die 2 "--image for $service is needed: no good release is on record that had one"
    log "$service keeps the image of the last good release"
  done
}

# check_promotion: the environment before must have run these very images, and found them good.
check_promotion() {
  local before service digest code
  before="$(environment_before "$ENVIRONMENT")"
  [[ -n "$before" ]] || return 0
  while read -r service digest; do
    code=0
    registry_was_released "$before" "$service" "$digest" || code=$?
    case "$code" in
      0) ;;
      1) die 1 "$service $digest was not released in $before: release it there first" ;;
      *) die 1 "the registry does not say whether $service $digest was released in $before" ;;
    esac
  done <"$WORK/images"
}

# release: everything that changes the cluster, up to the verdict; the reason in WHY.
release() {
  local seconds
  apply "$WORK/new/settings.yaml" || return 1
  wait_secrets "$WORK/new/settings.yaml" "$((SECONDS + SECRETS_SECONDS))" || return 1
  migrate "$VERSION" || return 1
  snapshot || return 1
  seconds="${TIMEOUT:-$(strategy_limit_seconds)}"
  log "replacing the pods: about $(strategy_undo_seconds) s, at most $seconds s"
  strategy_release "$WORK/new" "$VERSION" "$((SECONDS + seconds))" || return 1
  log "watching for $JUDGE_SECONDS s"
  judge "$VERSION"
}

# record VERDICT WHY: a record that cannot be written must not hide the verdict.
record() {
  ledger_write "$VERSION" "$1" "$2" deploy "$WORK/new" || {
    warn "the record of this release could not be written"
    return 1
  }
}

# mark SERVICE DIGEST: in a shell of its own, since a tag that another image has ends it: the release is good nevertheless.
mark() { (registry_mark "$ENVIRONMENT" "$1" "$2"); }

# go_back WHY: undoes the release and ends the script.
go_back() {
  local why="$1" last before until
  warn "bad: $why"
  snapshot || warn "$WHY"
  until=$((SECONDS + ${UNDO_SECONDS:-$(strategy_limit_seconds)}))
  ledger_read || die 4 "the record of releases cannot be read: scripts/rollback.sh --environment $ENVIRONMENT"
  last="$(ledger_good)"
  if [[ -z "$last" ]]; then
    go_back_unrecorded "$why" "$until"
  fi
  before="$(jq -r .version <<<"$last")"
  if ledger_manifests "$last" "$WORK/back"; then
    if cmp -s "$WORK/back/workloads.yaml" "$WORK/new/workloads.yaml" && cmp -s "$WORK/back/settings.yaml" "$WORK/new/settings.yaml"; then
      record unchanged "$why; it is what was there before, so nothing was undone" || true
      die 1 "bad: $why. $VERSION was there before and nothing was changed, so there is nothing to undo"
    fi
  else
    # Its manifests were not kept: its images in the manifests at hand.
    cp "$WORK/images" "$WORK/images.new"
    ledger_images "$last" >"$WORK/images"
    cp -R "$WORK/new" "$WORK/bad"
    render_release "$ENVIRONMENT" "$before" || die 4 "ROLLBACK FAILED, a person is needed: $WHY. $VERSION was bad: $why"
    mv "$WORK/new" "$WORK/back"
    mv "$WORK/bad" "$WORK/new"
    mv "$WORK/images.new" "$WORK/images"
  fi
  log "going back to $before, within $(strategy_undo_seconds) s"
  if strategy_undo "$WORK/back" "$before" "$until" && healthy "$before" "$((until + HEALTHY_SECONDS))" "$(services_in "$WORK/back")"; then
    record bad "$why; rolled back to $before" || true
    die 3 "rolled back: $before serves again. $VERSION was bad: $why"
  fi
  record bad "$why; going back to $before failed: $WHY" || true
  die 4 "ROLLBACK FAILED, a person is needed: $WHY. $VERSION was bad: $why"
}

# go_back_unrecorded WHY UNTIL: no good release is on record; the Deployments themselves may know what ran before, and what
# the jobs were was noted.
go_back_unrecorded() {
  if [[ -s "$WORK/replaced" ]]; then
    log "no good release is on record: going back by the Deployments' own history"
    if jobs_back && strategy_undo_history "$WORK/replaced" "$2"; then
      record bad "$1; rolled back by the history of the Deployments" || true
      die 3 "rolled back by the history of the Deployments; their settings are the new ones. $VERSION was bad: $1"
    fi
    record bad "$1; going back failed: $WHY" || true
    die 4 "ROLLBACK FAILED, a person is needed: $WHY. $VERSION was bad: $1"
  fi
  record bad "$1; a first release: nothing to go back to" || true
  die 1 "bad: $1. This is the first release: there is nothing to go back to, and $VERSION is left as it is"
}

main() {
  local frozen service digest recorded=yes
  parse "$@"
  [[ "$RELEASE_DATABASE" == no ]] || need_env DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_SECRET
  need_env REGISTRY
  open_cluster "$ENVIRONMENT"
  ledger_read || die 1 "the record of releases cannot be read"
  frozen="$(ledger_frozen)"
  [[ -z "$frozen" ]] || die 1 "releases to $ENVIRONMENT are frozen: $frozen"
  choose_images
  check_promotion
  if [[ "$DRY_RUN" == yes ]]; then
    render_release "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
    cat "$WORK/new/settings.yaml" "$WORK/new/migrate.yaml" "$WORK/new/workloads.yaml"
    log "what this would change (migrations run anew with every release and are not compared):"
    show_diff "$WORK/new/settings.yaml" "$WORK/new/workloads.yaml" || die 1 "the cluster would not take the manifests"
    tell_left_behind "$WORK/new"
    log "dry run: nothing was changed"
    exit 0
  fi
  take_lock
  # Read again: another release may have ended between the first look and the lock.
  ledger_read || die 1 "the record of releases cannot be read"
  choose_images
  render_release "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
  show_diff "$WORK/new/settings.yaml" "$WORK/new/workloads.yaml" >&2 || die 1 "the cluster would not take the manifests; nothing was changed"
  strategy_note "$VERSION" >"$WORK/replaced" || die 1 "$WHY"
  note_jobs "$VERSION"

  HALF_WAY=yes
  if ! release; then
    go_back "$WHY"
  fi

  while read -r service; do log "$service"; done <"$WORK/verdict"
  while read -r service; do warn "$service"; done <"$WORK/uncounted"
  record good "$(tr '\n' ';' <"$WORK/verdict")" || recorded=no
  while read -r service digest; do
    retry 60 mark "$service" "$digest" ||
      die 5 "$VERSION serves and is good, but is not marked: scripts/registry.sh mark $ENVIRONMENT $service $digest"
  done <"$WORK/images"
  tell_left_behind "$WORK/new"
  [[ "$recorded" == yes ]] || die 5 "$VERSION serves and is good, but is not on record: nothing goes back to it. Release it again"
  log "$VERSION is good in $ENVIRONMENT"
}

main "$@"
