# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The record of releases: ConfigMap "releases" in the application's namespace. Each release is one key, a counter and
# the version; its value is JSON. The newest 20 are kept, and of the newest 5 good ones the very manifests that ran, so
# that going back restores configuration too. The newest record of a version says how it stands: good, bad, or withdrawn
# since it was left by going back. Annotation agency-scaffold/freeze refuses releases while it is not empty.
# Sourced after release.sh.

readonly LEDGER_KEEP=20
readonly LEDGER_KEEP_MANIFESTS=5
# A ConfigMap may hold 1 MiB.
readonly LEDGER_BYTES=900000

# ledger_read: into $WORK/releases.json; an empty ledger when there is none.
ledger_read() {
  kube get configmap releases --ignore-not-found --output json >"$WORK/releases.json" || return 1
  [[ -s "$WORK/releases.json" ]] || echo '{}' >"$WORK/releases.json"
}

# A jq prelude; values that are not ours are passed over.
_entries="$(
  cat <<'END'
  def entries: (.data // {}) | to_entries | sort_by(.key) | map(.key as $key | (.value | fromjson? | objects) + {key: $key});
  # Records that say how a version stands: one that was released again, changed nothing and was not found good says nothing
  # of the release that runs.
  def verdicts: entries | map(select(.verdict != "unchanged"));
  # The newest record of each version that stands as good, with `released`: the key of the release that made it so (going
  # back to a version does not make it younger). Oldest release first.
  def standing: [verdicts | group_by(.version)[] | select(last.verdict == "good")
    | last + {released: (map(select(.verdict == "good")) | (map(select(.kind != "rollback")) | last // first).key)}]
    | sort_by(.released);
  # When a version was released; nothing for one that never was good.
  def released($version): [entries[] | select(.version == $version and .verdict == "good")]
    | (map(select(.kind != "rollback")) | last) // first | .key // empty;
END
)"
readonly _entries

# ledger_frozen: prints the reason, or nothing.
ledger_frozen() { jq -r '.metadata.annotations["agency-scaffold/freeze"] // ""' "$WORK/releases.json"; }

# ledger_good: the release that was good last and still stands, as JSON; nothing when there is none.
ledger_good() { jq -c "$_entries"'standing | sort_by(.key) | last // empty' "$WORK/releases.json"; }

# ledger_named VERSION: its newest good record, whether it still stands or not.
ledger_named() {
  jq -c --arg version "$1" "$_entries"'
    [entries[] | select(.verdict == "good" and .version == $version)] | last // empty' "$WORK/releases.json"
}

# ledger_before VERSION: the newest good release that is older than this one. Of a version that was never good (a release
# that was killed) or is not one ("mixed"), the one that was good last. A rollback that was killed ends the record with what
# it withdrew: it is carried on, so the youngest that stands, even if all ask for it already.
ledger_before() {
  jq -c --arg version "$1" "$_entries"'
    [released($version)] as $mine
    | if (entries | last | .verdict) == "withdrawn" then standing else standing | map(select(.version != $version))
    | (if ($mine | length) == 0 then sort_by(.key) else map(select(.released < $mine[0])) end) end | last // empty' \
    "$WORK/releases.json"
}

# ledger_after VERSION: the versions that were released later and still stand, one a line.
ledger_after() {
  jq -r --arg version "$1" "$_entries"'
    [released($version)] as $mine
    | standing[] | select(.version != $version and .released > ($mine[0] // "")) | .version' "$WORK/releases.json"
}

# ledger_verdict VERSION: how it stands, and why.
ledger_verdict() {
  jq -r --arg version "$1" "$_entries"'
    [verdicts[] | select(.version == $version)] | last // empty | "\(.verdict): \(.why)"' "$WORK/releases.json"
}

# ledger_list: every version on record and how it stands, the newest last.
ledger_list() {
  jq -r "$_entries"'
    [verdicts | group_by(.version)[] | last] | sort_by(.key) | map("\(.version) (\(.verdict))") | join(", ")' "$WORK/releases.json"
}

# ledger_images ENTRY: service and digest, one a line.
ledger_images() { jq -r '.images | to_entries[] | "\(.key) \(.value)"' <<<"$1"; }

# ledger_manifests ENTRY FOLDER: writes what ran; fails when it was not kept.
ledger_manifests() {
  local key
  key="$(jq -r .key <<<"$1").yaml.gz"
  jq -er --arg key "$key" '.binaryData[$key]' "$WORK/releases.json" >"$WORK/kept" 2>/dev/null || return 1
  base64 -d <"$WORK/kept" | gzip -dc >"$WORK/kept.yaml" || return 1
  split_manifests "$WORK/kept.yaml" "$2"
}

# ledger_write VERSION VERDICT WHY KIND FOLDER: adds a record with the images of $WORK/images; of a good one also the
# manifests in FOLDER.
ledger_write() {
  local manifests=""
  ledger_read || return 1
  if [[ "$2" == good ]]; then
    manifests="$(cat "$5/settings.yaml" "$5/workloads.yaml" | gzip -9n | base64 | tr -d '\n')"
  fi
  printf '%s' "$manifests" >"$WORK/manifests.b64"
  jq -c --rawfile images "$WORK/images" --rawfile manifests "$WORK/manifests.b64" \
    --arg version "$1" --arg verdict "$2" --arg why "$3" --arg kind "$4" \
    --arg by "${GITHUB_ACTOR:-$(id -un)}" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --argjson keep "$LEDGER_KEEP" --argjson keep_manifests "$LEDGER_KEEP_MANIFESTS" --argjson bytes "$LEDGER_BYTES" \
    "$_entries"'
    def pad: tostring | ("000000" + .)[-6:];
    . as $old
    | entries as $known
    | ((($known | last | .key // "0")[:6] | tonumber? // 0) + 1 | pad + "-" + $version) as $key
    | ($images | split("\n") | map(select(. != "") | split(" ") | {(.[0]): .[1]}) | add // {}) as $images
    | ($known | map(.key) | .[:([length - $keep + 1, 0] | max)]) as $gone
    # The manifests to keep: newest first, while they are few and small enough.
    | (($old.binaryData // {}) | to_entries | map(select((.key | sub("\\.yaml\\.gz$"; "")) as $k | $gone | index($k) | not))
       | sort_by(.key) | reverse
       | (if $manifests == "" then . else [{key: ($key + ".yaml.gz"), value: $manifests}] + . end)
       | reduce .[] as $one ({kept: [], size: 0};
           if (.kept | length) < $keep_manifests and .size + ($one.value | length) < $bytes
           then {kept: (.kept + [$one.key]), size: (.size + ($one.value | length))} else . end)
       | .kept) as $kept
    | {data: (($gone | map({(.): null}) | add // {})
         + {($key): ({version: $version, images: $images, by: $by, at: $at, kind: $kind, verdict: $verdict, why: $why}
                     | tojson)}),
       binaryData: ((($old.binaryData // {}) | with_entries(select(.key as $k | $kept | index($k) | not) | .value = null))
         + (if $manifests != "" and ($kept | index($key + ".yaml.gz")) then {($key + ".yaml.gz"): $manifests} else {} end))}
    ' "$WORK/releases.json" >"$WORK/ledger-patch.json" || return 1
  if ! kube get configmap releases --output name >/dev/null 2>&1; then
    jq -n '{apiVersion: "v1", kind: "ConfigMap", metadata: {name: "releases"}}' >"$WORK/ledger-new.json"
    kube create --filename "$WORK/ledger-new.json" >/dev/null || return 1
  fi
  kube patch configmap releases --type merge --patch-file "$WORK/ledger-patch.json" >/dev/null
}
