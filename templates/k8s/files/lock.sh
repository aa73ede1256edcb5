# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# One release at a time: Lease "deploy" in the application's namespace. It is renewed while a release works, so that
# the lock of one that was killed is free after LOCK_SECONDS (default 120). Sourced after release.sh.

readonly LOCK_SECONDS="${LOCK_SECONDS:-120}"
LOCK_HOLDER=""
LOCK_RENEWED=0

# take_lock [SECONDS]: waits so long for one that is held (default: not at all).
take_lock() {
  local holder until=$((SECONDS + ${1:-0})) told=0
  holder="${GITHUB_REPOSITORY:+$GITHUB_REPOSITORY/run-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-0}/}$(id -un)@$(uname -n)/$$-$RANDOM"
  until _try_lock "$holder"; do
    ((SECONDS < until)) ||
      die 1 "another release is running: $(_lease_holder). Cancel it; if it was killed, its lock is free at the latest $LOCK_SECONDS s later"
    if ((SECONDS >= told)); then
      log "waiting for the lock of $(_lease_holder), $((until - SECONDS)) s at most"
      told=$((SECONDS + 10))
    fi
    sleep "$POLL"
  done
  LOCK_HOLDER="$holder"
  LOCK_RENEWED="$SECONDS"
  on_exit give_lock
}

# _try_lock HOLDER: fails while another holds it. Atomic, since creating fails when the Lease exists and replacing fails
# when its resourceVersion is old.
_try_lock() {
  _lease "$1" "" >"$WORK/lease.json"
  if kube create --filename "$WORK/lease.json" >/dev/null 2>"$WORK/lock-error"; then
    return 0
  fi
  kube get lease deploy --output json >"$WORK/lease-now.json" 2>>"$WORK/lock-error" ||
    die 1 "the lock cannot be taken: $(tr '\n' ' ' <"$WORK/lock-error")"
  [[ "$(_lease_state)" == free ]] || return 1
  _lease "$1" "$(jq -r .metadata.resourceVersion "$WORK/lease-now.json")" >"$WORK/lease.json"
  kube replace --filename "$WORK/lease.json" >/dev/null 2>"$WORK/lock-error" || return 1
  [[ "$(_lease_holder)" == "" ]] || warn "took over the lock of $(_lease_holder), which stopped without a word"
}

# keep_lock: renews it when a quarter of its time is over; fails when it is not ours any more.
keep_lock() {
  [[ -n "$LOCK_HOLDER" ]] || return 0
  ((SECONDS - LOCK_RENEWED >= LOCK_SECONDS / 4)) || return 0
  if _lease_patch "$LOCK_HOLDER" "$(_now)"; then
    LOCK_RENEWED="$SECONDS"
  elif ((SECONDS - LOCK_RENEWED >= LOCK_SECONDS)); then
    lock_lost
  elif [[ "$(kube get lease deploy --output 'jsonpath={.spec.holderIdentity}' 2>/dev/null || echo "$LOCK_HOLDER")" != "$LOCK_HOLDER" ]]; then
    lock_lost
  fi
}

# lock_lost: another release may be working; nothing more is changed, not even back.
lock_lost() {
  LOCK_HOLDER=""
  die 5 "the lock is lost: another release may be running, so this one stops half-way, without undoing anything"
}

# give_lock: only if it is still ours.
give_lock() {
  [[ -n "$LOCK_HOLDER" ]] || return 0
  _lease_patch "$LOCK_HOLDER" 1970-01-01T00:00:00.000000Z "" || warn "the lock was not given back; it expires by itself"
  LOCK_HOLDER=""
}

_now() { date -u +%Y-%m-%dT%H:%M:%S.000000Z; }

# _lease HOLDER RESOURCE_VERSION
_lease() {
  jq -n --arg holder "$1" --arg version "$2" --arg now "$(_now)" --argjson seconds "$LOCK_SECONDS" \
    --arg namespace "$RELEASE_NAMESPACE" '
    {apiVersion: "coordination.k8s.io/v1", kind: "Lease",
     metadata: ({name: "deploy", namespace: $namespace} + (if $version == "" then {} else {resourceVersion: $version} end)),
     spec: {holderIdentity: $holder, leaseDurationSeconds: $seconds, acquireTime: $now, renewTime: $now}}'
}

# _lease_state: free when nobody holds it or it was not renewed in time.
_lease_state() {
  jq -r '
    def seconds: sub("\\.[0-9]+"; "") | fromdateiso8601;
    if (.spec.holderIdentity // "") == "" then "free"
    elif ((.spec.renewTime // "1970-01-01T00:00:00Z") | seconds) + (.spec.leaseDurationSeconds // 0) < now then "free"
    else "held" end' "$WORK/lease-now.json"
}

_lease_holder() { jq -r '.spec.holderIdentity // ""' "$WORK/lease-now.json"; }

# _lease_patch HOLDER RENEW_TIME [NEW_HOLDER]: refused by the server unless HOLDER still has it.
_lease_patch() {
  local patch
  patch="$(jq -n --arg holder "$1" --arg time "$2" --arg new "${3-$1}" '
    [{op: "test", path: "/spec/holderIdentity", value: $holder},
     {op: "replace", path: "/spec/renewTime", value: $time},
     {op: "replace", path: "/spec/holderIdentity", value: $new}]')"
  kube patch lease deploy --type json --patch "$patch" >/dev/null 2>&1
}
