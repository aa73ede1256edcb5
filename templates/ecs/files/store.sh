# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Where releases are kept and locked: objects ledger.json, lock.json and freeze in the environment's bucket of releases.
# Every write names the ETag that it replaces, so that S3 refuses the second of two. The content of freeze refuses
# releases while it is not empty. Sourced by orchestration.sh.

# No limit of S3, but of what a person reads.
export STORE_BYTES=900000
export LOCK_FOUND=""
STORE_TAG=""
LOCK_TAG=""
# The object that is the lock.
LOCK_KEY=lock.json
# How an object is encrypted, where that is not the bucket's own way.
STORE_ENCRYPTION=""
OBJECT_TAG=""

releases_bucket() { printf '%s-releases-%s' "$(stack_field "$ENVIRONMENT" 3)" "$AWS_ACCOUNT_ID"; }

# object_get KEY FILE: the object and its ETag in OBJECT_TAG; an empty file and no ETag when there is none.
object_get() {
  OBJECT_TAG=""
  : >"$2"
  if ask object.json s3api get-object --bucket "$(releases_bucket)" --key "$1" "$2"; then
    OBJECT_TAG="$(jq -r .ETag "$WORK/object.json")"
    return 0
  fi
  grep -q NoSuchKey "$WORK/aws-error"
}

# object_put KEY FILE ETAG: in the place of that very object, or of none; the new ETag in OBJECT_TAG. 2 = another was faster.
object_put() {
  local only=(--if-none-match '*')
  [[ -z "$3" ]] || only=(--if-match "$3")
  [[ -z "$STORE_ENCRYPTION" ]] || only+=(--server-side-encryption "$STORE_ENCRYPTION")
  if ask object.json s3api put-object --bucket "$(releases_bucket)" --key "$1" --body "$2" --content-type application/json "${only[@]}"; then
    OBJECT_TAG="$(jq -r .ETag "$WORK/object.json")"
    return 0
  fi
  ! grep -qE 'PreconditionFailed|ConditionalRequestConflict' "$WORK/aws-error" || return 2
  return 1
}

# store_read: into $WORK/releases.json. What is there must be a ledger whole: an emptied or damaged one that counted as none, or
# a record that was passed over, would be history that the next write takes away.
store_read() {
  object_get freeze "$WORK/freeze" || {
    warn "$WHY"
    return 1
  }
  object_get ledger.json "$WORK/ledger.json" || {
    warn "$WHY"
    return 1
  }
  STORE_TAG="$OBJECT_TAG"
  [[ -n "$STORE_TAG" ]] || echo '{"records": []}' >"$WORK/ledger.json"
  _is_ledger "$WORK/ledger.json" || {
    warn "ledger.json in $(releases_bucket) is not understood; the bucket keeps its earlier versions"
    return 1
  }
  jq -c --rawfile freeze "$WORK/freeze" '
    {frozen: ($freeze | gsub("^\\s+|\\s+$"; "") | gsub("\\s+"; " ")),
     records, kept: (.kept // {})}' "$WORK/ledger.json" >"$WORK/releases.json"
}

# _is_ledger FILE: one object with records, and each says what going back needs.
_is_ledger() {
  jq -es '
    def is_record: type == "object" and ([.key, .version, .verdict] | all(type == "string")) and (.images | type == "object");
    length == 1 and (.[0] | type == "object" and (.records | type == "array" and all(is_record))
      and (.kept // {} | type == "object" and all(.[]; type == "string")))' "$1" >/dev/null 2>&1
}

# store_write FILE: refused when somebody else wrote since store_read. An answer that was lost on its way is no refusal.
store_write() {
  jq '{records, kept}' "$1" >"$WORK/ledger-new.json" || return 1
  if object_put ledger.json "$WORK/ledger-new.json" "$STORE_TAG"; then
    STORE_TAG="$OBJECT_TAG"
    return 0
  fi
  warn "$WHY"
  object_get ledger.json "$WORK/ledger.json" && cmp -s "$WORK/ledger.json" "$WORK/ledger-new.json"
}

# lock_try HOLDER: takes it, or fails while another holds it; who had it in LOCK_FOUND.
lock_try() {
  local code=0
  LOCK_FOUND=""
  _lock_text "$1" "$(date +%s)" >"$WORK/lock-new.json"
  object_put "$LOCK_KEY" "$WORK/lock-new.json" "" || code=$?
  if ((code == 2)); then
    object_get "$LOCK_KEY" "$WORK/lock.json" || die 1 "the lock cannot be read: $WHY"
    LOCK_FOUND="$(jq -r '.holder // ""' "$WORK/lock.json" 2>/dev/null || true)"
    # The answer to our own first try may have been lost.
    if [[ "$LOCK_FOUND" == "$1" ]]; then
      LOCK_FOUND=""
      LOCK_TAG="$OBJECT_TAG"
      return 0
    fi
    _lock_expired || return 1
    code=0
    object_put "$LOCK_KEY" "$WORK/lock-new.json" "$OBJECT_TAG" || code=$?
    ((code != 2)) || return 1
  fi
  ((code == 0)) || die 1 "the lock cannot be taken: $WHY"
  LOCK_TAG="$OBJECT_TAG"
}

# lock_renew HOLDER: refused by S3 unless it is still ours.
lock_renew() {
  _lock_text "$1" "$(date +%s)" >"$WORK/lock-new.json"
  if object_put "$LOCK_KEY" "$WORK/lock-new.json" "$LOCK_TAG"; then
    LOCK_TAG="$OBJECT_TAG"
    return 0
  fi
  # The answer to a write of ours may have been lost.
  object_get "$LOCK_KEY" "$WORK/lock.json" && [[ "$(jq -r '.holder // ""' "$WORK/lock.json")" == "$1" ]] || return 1
  LOCK_TAG="$OBJECT_TAG"
}

# lock_holder: prints who has it; fails when that is not told.
lock_holder() {
  object_get "$LOCK_KEY" "$WORK/lock.json" || return 1
  jq -r '.holder // ""' "$WORK/lock.json" 2>/dev/null
}

# lock_free HOLDER: only if it is still ours.
lock_free() {
  _lock_text "" 0 >"$WORK/lock-new.json"
  object_put "$LOCK_KEY" "$WORK/lock-new.json" "$LOCK_TAG" || [[ "$(lock_holder)" != "$1" ]]
}

# _lock_text HOLDER RENEWED
_lock_text() {
  jq -nc --arg holder "$1" --argjson renewed "$2" --argjson seconds "$LOCK_SECONDS" '{holder: $holder, renewed: $renewed, seconds: $seconds}'
}

# _lock_expired: nobody holds it, or it was not renewed in time; what is no lock of ours counts as none.
_lock_expired() {
  jq -e '(.holder // "") == "" or (.renewed // 0) + (.seconds // 0) < now' "$WORK/lock.json" >/dev/null 2>&1 ||
    ! jq -e 'type == "object"' "$WORK/lock.json" >/dev/null 2>&1
}
