# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What rollback.sh does, whatever runs the services: `rolling_back ARGUMENTS...`. Sourced after common.sh; it sources the rest.

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
# shellcheck source=strategy.sh
source "$(dirname "${BASH_SOURCE[0]}")/strategy.sh"

ENVIRONMENT=""
TO=""
VERSION=""

_parse() {
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
      --environment | --to) (($# >= 2)) || usage_error "$1 needs a value" ;;
      *) usage_error "unknown: $1" ;;
    esac
    if [[ "$1" == --to ]]; then TO="$2"; else ENVIRONMENT="$2"; fi
    shift 2
  done
  check_environment "$ENVIRONMENT"
  [[ -z "$TO" ]] || is_version "$TO" || usage_error "--to is the version of a release, not \"$TO\""
}

# _running_version: what the services ask for; "mixed" when they disagree, unless all users are with the release that was good last
# and what runs beside it was good, too: what a release kept as its way back, and could not clear away.
_running_version() {
  local running led good version
  running="$(_versions live_version)"
  if [[ "$running" == *$'\n'* ]]; then
    led="$(_versions led_version)"
    good="$(ledger_good | jq -r .version)"
    if [[ -n "$good" && "$led" == "$good" ]]; then
      for version in $running; do [[ "$(ledger_verdict "$version")" == good:* ]] || led=mixed; done
      running="$led"
    else
      running=mixed
    fi
  fi
  echo "$running"
}

# _versions FUNCTION: what it says of the services, each version once.
_versions() {
  local service
  for service in $(all_services); do "$1" "$service"; done | sort -u
}

# _choose_target: the entry of the ledger to go back to, as JSON.
_choose_target() {
  if [[ -n "$TO" ]]; then
    ledger_named "$TO"
  else
    ledger_before "$(_running_version)"
  fi
}

# _check_images: an image that is gone from the registry would leave a service that cannot start.
_check_images() {
  local service digest code
  while read -r service digest; do
    code=0
    registry_was_released "$ENVIRONMENT" "$service" "$digest" || code=$?
    case "$code" in
      0) ;;
      1) die 1 "$service $digest is not in the registry as released in $ENVIRONMENT: choose another release with --to" ;;
      *) warn "the registry does not answer: going on, the image may be there nevertheless" ;;
    esac
  done <"$WORK/images"
}

# _choose: $WORK/images, $WORK/new and VERSION; refuses when there is nothing to go back to.
_choose() {
  local entry running
  ledger_read || die 1 "the record of releases cannot be read"
  seen || die 1 "$WHY"
  running="$(_running_version)"
  entry="$(_choose_target)"
  [[ -n "$entry" ]] || die 1 "no good release ${TO:-older than ${running:-nothing}} to go back to is on record; there are: $(ledger_list)." \
    "To take one of these nevertheless, name it: --to VERSION"
  VERSION="$(jq -r .version <<<"$entry")"
  [[ "$(ledger_verdict "$VERSION")" == good:* ]] || warn "$VERSION is not good any more ($(ledger_verdict "$VERSION")): going there since it was named"
  ledger_images "$entry" >"$WORK/images"
  _check_images
  if ! ledger_kept "$entry" "$WORK/new"; then
    warn "the $PLATFORM_TEXTS of $VERSION were not kept: its images go into the $PLATFORM_TEXTS at hand"
    need_env "$(render_env)"
    platform_render "$ENVIRONMENT" "$VERSION" || die 1 "$WHY"
  fi
  log "going back from ${running:-nothing} to $VERSION ($(jq -r '"\(.at) by \(.by)"' <<<"$entry")), within $(strategy_undo_seconds) s"
}

# _withdraw: what is left is not gone back to, whatever becomes of this; so this comes first.
_withdraw() {
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

rolling_back() {
  local until failed
  _parse "$@"
  platform_open "$ENVIRONMENT" "$(registry_env)"
  if [[ "$DRY_RUN" == yes ]]; then
    _choose
    platform_diff "$WORK/new" || die 1 "the cluster would not take the $PLATFORM_TEXTS"
    log "dry run: nothing was changed"
    exit 0
  fi
  take_lock "$((LOCK_SECONDS + 30))"
  # Only now: the release that had the lock may have ended with another version.
  _choose
  _withdraw
  export HALF_WAY="run the same command again" # read by common.sh
  until=$((SECONDS + ${UNDO_SECONDS:-$(strategy_limit_seconds)}))
  if strategy_undo "$WORK/new" "$VERSION" "$until" && healthy "$VERSION" "$((until + HEALTHY_SECONDS))" "$(platform_services "$WORK/new")"; then
    ledger_write "$VERSION" good "went back by hand" rollback "$WORK/new" ||
      die 5 "$VERSION serves again in $ENVIRONMENT, but the record could not be written"
    platform_left_behind "$WORK/new"
    log "$VERSION serves again in $ENVIRONMENT"
    exit 0
  fi
  # To write the record has reasons of its own.
  failed="$WHY"
  ledger_write "$VERSION" failed "going back failed: $failed" rollback "$WORK/new" || warn "the record could not be written"
  die 4 "ROLLBACK FAILED, a person is needed: $failed"
}
