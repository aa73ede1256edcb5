# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The record of releases, over a store of the platform: `store_read` writes it into $WORK/releases.json, `store_write FILE`
# puts another in its place. It is {frozen: "why", records: [{key, version, images, by, at, kind, verdict, why}],
# kept: {key: text}}. The newest 20 records are kept, and of the newest 5 good ones what ran (`platform_pack`), so that
# going back restores settings too. The newest record of a version says how it stands: good, bad, withdrawn since it was
# left by going back, or failed: going back from it, or to it, did not end well. `frozen` refuses releases while it is not
# empty. Sourced after release.sh.

readonly LEDGER_KEEP=20
readonly LEDGER_KEEP_TEXTS=5

# ledger_read: into $WORK/releases.json; an empty ledger when there is none.
ledger_read() { store_read; }

# A jq prelude.
_entries="$(
  cat <<'END'
  def entries: .records // [] | sort_by(.key);
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
ledger_frozen() { jq -r '.frozen // ""' "$WORK/releases.json"; }

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

# ledger_kept ENTRY FOLDER: writes what ran; fails when it was not kept.
ledger_kept() {
  jq -er --arg key "$(jq -r .key <<<"$1")" '.kept[$key]' "$WORK/releases.json" >"$WORK/kept" 2>/dev/null || return 1
  platform_unpack "$WORK/kept" "$2"
}

# ledger_write VERSION VERDICT WHY KIND FOLDER: adds a record with the images of $WORK/images; of a good one also what
# ran, from FOLDER.
ledger_write() {
  ledger_read || return 1
  : >"$WORK/pack"
  [[ "$2" != good ]] || platform_pack "$5" >"$WORK/pack" || return 1
  jq -c --rawfile images "$WORK/images" --rawfile pack "$WORK/pack" \
    --arg version "$1" --arg verdict "$2" --arg why "$3" --arg kind "$4" \
    --arg by "${GITHUB_ACTOR:-$(id -un)}" --arg at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    --argjson keep "$LEDGER_KEEP" --argjson keep_texts "$LEDGER_KEEP_TEXTS" --argjson bytes "$STORE_BYTES" \
    "$_entries"'
    def pad: tostring | ("000000" + .)[-6:];
    (.kept // {}) as $old
    | entries as $known
    | ((($known | last | .key // "0")[:6] | tonumber? // 0) + 1 | pad + "-" + $version) as $key
    | ($images | split("\n") | map(select(. != "") | split(" ") | {(.[0]): .[1]}) | add // {}) as $images
    | ($known[([($known | length) - $keep + 1, 0] | max):]) as $stay
    # The texts to keep: newest first, while they are few and small enough.
    | ($old | to_entries | map(select(.key as $one | $stay | any(.key == $one))) | sort_by(.key) | reverse
       | (if $pack == "" then . else [{key: $key, value: $pack}] + . end)
       | reduce .[] as $one ({kept: [], size: 0};
           if (.kept | length) < $keep_texts and .size + ($one.value | length) < $bytes
           then {kept: (.kept + [$one]), size: (.size + ($one.value | length))} else . end)
       | .kept | from_entries) as $kept
    | {frozen: (.frozen // ""),
       records: ($stay + [{key: $key, version: $version, images: $images, by: $by, at: $at, kind: $kind,
                           verdict: $verdict, why: $why}]),
       kept: $kept}' "$WORK/releases.json" >"$WORK/releases-new.json" || return 1
  store_write "$WORK/releases-new.json"
}
