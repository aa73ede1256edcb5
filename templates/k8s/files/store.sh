# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Where releases are kept and locked: ConfigMap "releases" and Lease "deploy" in the application's namespace. Each record
# is one key, a counter and the version; its value is JSON. What ran lies beside it, KEY.yaml.gz. Annotation
# agency-scaffold/freeze refuses releases while it is not empty. Labels say how the newest release stands: the monitoring sees
# no more of a ConfigMap than these. Sourced by orchestration.sh.

# A ConfigMap may hold 1 MiB.
export STORE_BYTES=900000
export LOCK_FOUND=""

# store_read: into $WORK/releases.json; values that are not ours are passed over. A damaged record is not: without it, going
# back would silently go to an older release.
store_read() {
  kube get configmap releases --ignore-not-found --output json >"$WORK/configmap.json" || return 1
  [[ -s "$WORK/configmap.json" ]] || echo '{}' >"$WORK/configmap.json"
  _damaged_records >"$WORK/damaged" || return 1
  if [[ -s "$WORK/damaged" ]]; then
    warn "damaged in ConfigMap releases: $(tr '\n' ' ' <"$WORK/damaged" | sed 's/ $//'): mend what is there (kubectl edit configmap releases)," \
      "or take it out: then nothing goes back to these releases any more"
    return 1
  fi
  jq -c '
    {frozen: (.metadata.annotations["agency-scaffold/freeze"] // ""),
     records: ((.data // {}) | to_entries | map(select(.key | test("^[0-9]{6}-"))) | sort_by(.key) | map(.key as $key | (.value | fromjson? | objects) + {key: $key})),
     kept: ((.binaryData // {}) | with_entries(select(.key | endswith(".yaml.gz")) | .key |= rtrimstr(".yaml.gz")))}
    ' "$WORK/configmap.json" >"$WORK/releases.json"
}

# _damaged_records: the keys that are named as records are, with a value that does not say what going back needs, one a line.
_damaged_records() {
  jq -r '
    def is_record: type == "object" and ([.version, .verdict] | all(type == "string")) and (.images | type == "object");
    (.data // {}) | to_entries[] | select(.key | test("^[0-9]{6}-"))
    | select([.value | fromjson? | is_record] | any | not) | .key' "$WORK/configmap.json"
}

# store_write FILE: only what differs from $WORK/releases.json is written, so that what a person put there stays.
store_write() {
  jq -c --slurpfile old "$WORK/releases.json" '
    $old[0] as $old | . as $new
    | ($old.records | map(.key)) as $were | ($new.records | map(.key)) as $are
    | ([$new.records[] | select(.verdict != "unchanged")] | max_by(.key)) as $newest
    | {metadata: {labels: {"agency-scaffold/verdict": $newest.verdict, "agency-scaffold/version": $newest.version}},
       data: ((($were - $are) | map({(.): null}) | add // {})
         + ([$new.records[] | select(.key as $key | $were | index($key) | not) | {(.key): (del(.key) | tojson)}] | add // {})),
       binaryData: (((($old.kept | keys) - ($new.kept | keys)) | map({(. + ".yaml.gz"): null}) | add // {})
         + ([$new.kept | to_entries[] | select($old.kept[.key] != .value) | {(.key + ".yaml.gz"): .value}] | add // {}))}
    ' "$1" >"$WORK/ledger-patch.json" || return 1
  if ! kube get configmap releases --output name >/dev/null 2>&1; then
    jq -n '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "releases"}}' >"$WORK/ledger-new.json"
    kube create --filename "$WORK/ledger-new.json" >/dev/null || return 1
  fi
  kube patch configmap releases --type merge --patch-file "$WORK/ledger-patch.json" >/dev/null
}

# lock_try HOLDER: takes it, or fails while another holds it; who had it in LOCK_FOUND. Atomic, since creating fails when
# the Lease exists and replacing fails when its resourceVersion is old.
lock_try() {
  LOCK_FOUND=""
  _lease "$1" "" >"$WORK/lease.json"
  if kube create --filename "$WORK/lease.json" >/dev/null 2>"$WORK/lock-error"; then
    return 0
  fi
  kube get lease deploy --output json >"$WORK/lease-now.json" 2>>"$WORK/lock-error" ||
    die 1 "the lock cannot be taken: $(tr '\n' ' ' <"$WORK/lock-error")"
  LOCK_FOUND="$(jq -r '.spec.holderIdentity // ""' "$WORK/lease-now.json")"
  [[ "$(_lease_state)" == free ]] || return 1
  _lease "$1" "$(jq -r .metadata.resourceVersion "$WORK/lease-now.json")" >"$WORK/lease.json"
  kube replace --filename "$WORK/lease.json" >/dev/null 2>"$WORK/lock-error"
}

# lock_renew HOLDER / lock_free HOLDER: refused by the server unless HOLDER still has it.
lock_renew() { _lease_patch "$1" "$(_now)"; }
lock_free() { _lease_patch "$1" 1970-01-01T00:00:00.000000Z ""; }

# lock_holder: prints who has it; fails when that is not told.
lock_holder() { kube get lease deploy --output 'jsonpath={.spec.holderIdentity}' 2>/dev/null; }

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

# _lease_patch HOLDER RENEW_TIME [NEW_HOLDER]
_lease_patch() {
  local patch
  patch="$(jq -n --arg holder "$1" --arg time "$2" --arg new "${3-$1}" '
    [{op: "test", path: "/spec/holderIdentity", value: $holder},
     {op: "replace", path: "/spec/renewTime", value: $time},
     {op: "replace", path: "/spec/holderIdentity", value: $new}]')"
  kube patch lease deploy --type json --patch "$patch" >/dev/null 2>&1
}
