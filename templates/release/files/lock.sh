# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# One release at a time. The lock lies where the platform keeps it (`lock_try`, `lock_renew`, `lock_holder`, `lock_free`);
# it is renewed while a release works, so that the lock of one that was killed is free after LOCK_SECONDS (default 120).
# Sourced after release.sh.

readonly LOCK_SECONDS="${LOCK_SECONDS:-120}"
LOCK_HOLDER=""
LOCK_RENEWED=0
# Who has it, from the last try.
export LOCK_FOUND=""

# take_lock [SECONDS]: waits so long for one that is held (default: not at all).
take_lock() {
  local holder until=$((SECONDS + ${1:-0})) told=0
  holder="${GITHUB_REPOSITORY:+$GITHUB_REPOSITORY/run-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-0}/}$(id -un)@$(uname -n)/$$-$RANDOM"
  until lock_try "$holder"; do
    ((SECONDS < until)) ||
      die 1 "another ${LOCK_OF:-release} is running: $LOCK_FOUND. Cancel it; if it was killed, its lock is free at the latest $LOCK_SECONDS s later"
    if ((SECONDS >= told)); then
      log "waiting for the lock of $LOCK_FOUND, $((until - SECONDS)) s at most"
      told=$((SECONDS + 10))
    fi
    sleep "$POLL"
  done
  [[ -z "$LOCK_FOUND" ]] || warn "took over the lock of $LOCK_FOUND, which stopped without a word"
  LOCK_HOLDER="$holder"
  LOCK_RENEWED="$SECONDS"
  on_exit give_lock
}

# keep_lock: renews it when a quarter of its time is over; fails when it is not ours any more.
keep_lock() {
  [[ -n "$LOCK_HOLDER" ]] || return 0
  ((SECONDS - LOCK_RENEWED >= LOCK_SECONDS / 4)) || return 0
  if lock_renew "$LOCK_HOLDER"; then
    LOCK_RENEWED="$SECONDS"
  elif ((SECONDS - LOCK_RENEWED >= LOCK_SECONDS)); then
    lock_lost
  elif [[ "$(lock_holder || echo "$LOCK_HOLDER")" != "$LOCK_HOLDER" ]]; then
    lock_lost
  fi
}

# pause SECONDS: waits, and keeps the lock meanwhile.
pause() {
  local until=$((SECONDS + $1))
  while ((SECONDS < until)); do
    keep_lock
    sleep "$POLL"
  done
}

# lock_lost: another release may be working; nothing more is changed, not even back.
lock_lost() {
  LOCK_HOLDER=""
  die 5 "the lock is lost: another release may be running, so this one stops half-way, without undoing anything"
}

# give_lock: only if it is still ours.
give_lock() {
  [[ -n "$LOCK_HOLDER" ]] || return 0
  lock_free "$LOCK_HOLDER" || warn "the lock was not given back; it expires by itself"
  LOCK_HOLDER=""
}
