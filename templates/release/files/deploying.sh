# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What deploy.sh does, whatever runs the services: `deploying ARGUMENTS...`. Sourced after common.sh; it sources the rest.

# shellcheck source=cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"
# shellcheck source=release.sh
source "$(dirname "${BASH_SOURCE[0]}")/release.sh"
# shellcheck source=lock.sh
source "$(dirname "${BASH_SOURCE[0]}")/lock.sh"
# shellcheck source=ledger.sh
source "$(dirname "${BASH_SOURCE[0]}")/ledger.sh"
# shellcheck source=health.sh
source "$(dirname "${BASH_SOURCE[0]}")/health.sh"
# shellcheck source=front-door.sh
source "$(dirname "${BASH_SOURCE[0]}")/front-door.sh"
# shellcheck source=traffic.sh
source "$(dirname "${BASH_SOURCE[0]}")/traffic.sh"
# shellcheck source=judge.sh
source "$(dirname "${BASH_SOURCE[0]}")/judge.sh"
# shellcheck source=strategy.sh
source "$(dirname "${BASH_SOURCE[0]}")/strategy.sh"

ENVIRONMENT=""
VERSION=""
IMAGES=()
TIMEOUT="${ROLLOUT_SECONDS:-}"

_parse() {
  local word words
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "$0"
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
        read -r -d '' -a words <<<"$2" || true
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

# read_record: what was released; refuses while releases are frozen.
read_record() {
  local frozen
  ledger_read || die 1 "the record of releases cannot be read"
  frozen="$(ledger_frozen)"
  [[ -z "$frozen" ]] || die 1 "releases to $ENVIRONMENT are frozen: $frozen"
}

# choose_images: $WORK/images, one line a service, in the order of the services. A version that stands as good keeps its
# images: what runs and what is on record are told apart by the version alone.
choose_images() {
  local image service digest last other
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
  other="$(ledger_others "$VERSION" | tr '\n' ' ')"
  [[ -z "$other" ]] || die 1 "$VERSION is on record as good, with other images (${other% }): give this release a version of its own"
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

# _release: everything that changes what runs, up to the verdict; the reason in WHY.
_release() {
  local seconds
  platform_prepare "$WORK/new" || return 1
  platform_migrate "$WORK/new" "$VERSION" || return 1
  seen || return 1
  seconds="${TIMEOUT:-$(strategy_limit_seconds)}"
  log "replacing the $PLATFORM_UNITS: about $(strategy_undo_seconds) s, at most $seconds s"
  strategy_release "$WORK/new" "$VERSION" "$((SECONDS + seconds))" || return 1
  log "watching for $JUDGE_SECONDS s"
  judge "$VERSION" || return 1
  strategy_finish "$VERSION"
}

# _record VERDICT WHY [KIND]: a record that cannot be written must not hide the verdict.
_record() {
  ledger_write "$VERSION" "$1" "$2" "${3:-deploy}" "$WORK/new" || {
    warn "the record of this release could not be written"
    return 1
  }
}

# mark SERVICE DIGEST: in a shell of its own, since a tag that another image has ends it: the release is good nevertheless.
mark() { (registry_mark "$ENVIRONMENT" "$1" "$2"); }

# _go_back WHY: undoes the release and ends the script.
_go_back() {
  local why="$1" verdict=bad kind=deploy code=0 last before until
  warn "bad: $why"
  seen || warn "$WHY"
  until=$((SECONDS + ${UNDO_SECONDS:-$(strategy_limit_seconds)}))
  # As it was read with the lock: nobody else writes it.
  last="$(ledger_good)"
  if [[ -z "$last" ]]; then
    _go_back_unrecorded "$why" "$until"
  fi
  before="$(jq -r .version <<<"$last")"
  if ! ledger_kept "$last" "$WORK/back"; then
    _render_back "$last" || code=$?
  elif platform_same "$WORK/back" "$WORK/new"; then
    _record unchanged "$why; it is what was there before, so nothing was undone" || true
    die 1 "bad: $why. $VERSION was there before and nothing was changed, so there is nothing to undo"
  fi
  # What is gone back to has the same name, and was good: that stays on record.
  if [[ "$before" == "$VERSION" ]]; then
    verdict=unchanged
    kind=rollback
  fi
  if ((code == 0)); then
    log "going back to $before, within $(strategy_undo_seconds) s"
    strategy_undo "$WORK/back" "$before" "$until" &&
      healthy "$before" "$((until + HEALTHY_SECONDS))" "$(platform_services "$WORK/back")" || code=$?
  fi
  if ((code == 0)); then
    _record "$verdict" "$why; rolled back to $before" || true
    die 3 "rolled back: $before serves again. $VERSION was bad: $why"
  fi
  _not_back "$why" "going back to $before failed" "$WHY" "$kind"
}

# _not_back WHY WORDS FAILED [KIND]: what was good does not serve again. To write the record has reasons of its own, so FAILED is
# given.
_not_back() {
  _record failed "$1; $2: $3" "${4:-deploy}" || true
  die 4 "ROLLBACK FAILED, a person is needed: $3. $VERSION was bad: $1"
}

# _render_back ENTRY: what ran then was not kept, or can run no more: its images in the texts at hand, in $WORK/back.
_render_back() {
  local code=0
  mv "$WORK/images" "$WORK/images.new"
  mv "$WORK/new" "$WORK/bad"
  ledger_images "$1" >"$WORK/images"
  platform_render "$ENVIRONMENT" "$(jq -r .version <<<"$1")" || code=$?
  # What was kept but cannot run any more may have left a folder there.
  rm -rf "$WORK/back"
  [[ ! -d "$WORK/new" ]] || mv "$WORK/new" "$WORK/back"
  mv "$WORK/bad" "$WORK/new"
  mv "$WORK/images.new" "$WORK/images"
  return "$code"
}

# _go_back_unrecorded WHY UNTIL: no good release is on record; the platform itself may know what ran before.
_go_back_unrecorded() {
  if [[ -s "$WORK/replaced" ]]; then
    log "no good release is on record: going back by $STRATEGY_HISTORY"
    if strategy_undo_history "$WORK/replaced" "$2"; then
      _record bad "$1; rolled back by $STRATEGY_HISTORY" || true
      die 3 "rolled back by $STRATEGY_HISTORY$STRATEGY_HISTORY_LIMIT. $VERSION was bad: $1"
    fi
    _not_back "$1" "going back failed" "$WHY"
  fi
  _record bad "$1; a first release: nothing to go back to" || true
  die 6 "bad: $1. This is the first release: there is nothing to go back to, and $VERSION is left as it is"
}

# _dry_run: what would be applied, and what that would change.
_dry_run() {
  platform_render "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
  platform_print "$WORK/new"
  log "what this would change (migrations run anew with every release and are not compared):"
  platform_diff "$WORK/new" || die 1 "the cluster would not take the $PLATFORM_TEXTS"
  platform_left_behind "$WORK/new"
  log "dry run: nothing was changed"
}

deploying() {
  local service digest recorded=yes
  _parse "$@"
  platform_open "$ENVIRONMENT" "$(registry_env)" "$(render_env)" "$(judge_env)"
  read_record
  choose_images
  check_promotion
  if [[ "$DRY_RUN" == yes ]]; then
    _dry_run
    exit 0
  fi
  take_lock
  # Read again: another release may have ended between the first look and the lock, and a freeze begun.
  read_record
  choose_images
  platform_render "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
  platform_diff "$WORK/new" >&2 || die 1 "the cluster would not take the $PLATFORM_TEXTS; nothing was changed"
  strategy_note "$VERSION" >"$WORK/replaced" || die 1 "$WHY"

  export HALF_WAY="run the same command again, or scripts/rollback.sh --environment $ENVIRONMENT" # read by common.sh
  if ! _release; then
    _go_back "$WHY"
  fi

  while read -r service; do log "$service"; done <"$WORK/verdict"
  while read -r service; do warn "$service"; done <"$WORK/uncounted"
  _record good "$(tr '\n' ';' <"$WORK/verdict")" || recorded=no
  while read -r service digest; do
    retry 60 mark "$service" "$digest" ||
      die 5 "$VERSION serves and is good, but is not marked: scripts/registry.sh mark $ENVIRONMENT $service $digest"
  done <"$WORK/images"
  # Without a record what ran before is the way back, and stays.
  [[ "$recorded" == no ]] || strategy_settle "$WORK/new" "$VERSION" || warn "$WHY; the next release tries again"
  platform_left_behind "$WORK/new"
  [[ "$recorded" == yes ]] || die 5 "$VERSION serves and is good, but is not on record: nothing goes back to it. Release it again"
  log "$VERSION is good in $ENVIRONMENT"
}
