#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Runs in the container `silences` of the task `monitoring`: tells Alertmanager, which nobody else reaches, of the silences
# that lie in the bucket (scripts/silence.sh writes them), and ends there what was taken out of it. What it has told is kept
# beside Alertmanager's own data, in the task's storage: a new task tells everything anew.
#
# usage: silences.sh
#
# Environment: SILENCES (s3://bucket/folder/), ALERTMANAGER (its API), SILENCES_FOLDER (where it keeps things).
# It does not end.

set -Eeuo pipefail

readonly FOLDER="${SILENCES_FOLDER:-/tmp/silences}"
# Longer than silence.sh lets anybody ask for, by what two clocks may differ.
readonly MOST='+25 hours'

main() {
  mkdir -p "$FOLDER/wanted" "$FOLDER/told"
  while true; do
    # Soon again while Alertmanager starts or S3 does not answer.
    if round; then sleep "${SILENCES_SECONDS:-30}"; else sleep 5; fi
  done
}

# round: what is wanted and not told is told, what is told and not wanted any more is ended.
round() {
  local file id failed=0
  aws s3 sync --only-show-errors --delete "$SILENCES" "$FOLDER/wanted" || return 1
  for file in "$FOLDER"/wanted/*.json; do
    id="$(basename "$file" .json)"
    [[ ! -e "$file" ]] || known "$id" || tell "$id" "$file" || failed=1
  done
  for file in "$FOLDER"/told/*; do
    id="$(basename "$file")"
    [[ ! -e "$file" || -e "$FOLDER/wanted/$id.json" ]] || end "$id" "$file" || failed=1
  done
  return "$failed"
}

# known ID: whether it was told, and Alertmanager has not lost it by being killed.
known() {
  [[ -e "$FOLDER/told/$1" ]] || return 1
  [[ ! -s "$FOLDER/told/$1" || "$(ask --output /dev/null "$ALERTMANAGER/silence/$(<"$FOLDER/told/$1")")" != 404 ]]
}

# tell ID FILE: what Alertmanager calls it is kept; nothing is for one that it refuses.
tell() {
  local answer="$FOLDER/answer" ends=""
  [[ ! "$(<"$2")" =~ \"endsAt\":[[:space:]]*\"([0-9TZ:-]+)\" ]] || ends="${BASH_REMATCH[1]}"
  if [[ -z "$ends" || "$ends" > "$(date -u -d "$MOST" +%FT%TZ)" ]]; then
    : >"$FOLDER/told/$1"
    echo "silence $1: refused, it does not end within a day"
    return 0
  fi
  case "$(ask --output "$answer" --header 'Content-Type: application/json' --data-binary "@$2" "$ALERTMANAGER/silences")" in
    200)
      [[ "$(<"$answer")" =~ \"silenceID\":[[:space:]]*\"([0-9a-f-]+)\" ]] || return 1
      printf '%s' "${BASH_REMATCH[1]}" >"$FOLDER/told/$1"
      echo "silence $1: taken, until $ends"
      ;;
    4??)
      # Also one that has ended meanwhile. It would be refused the next time, too.
      : >"$FOLDER/told/$1"
      echo "silence $1: refused, $(<"$answer")"
      ;;
    *) return 1 ;;
  esac
}

# end ID FILE: also one that has ended by itself, which Alertmanager may not know any more.
end() {
  local code=200
  [[ ! -s "$2" ]] || code="$(ask --output /dev/null --request DELETE "$ALERTMANAGER/silence/$(<"$2")")"
  case "$code" in
    200 | 404 | 500)
      rm "$2"
      echo "silence $1: ended"
      ;;
    *) return 1 ;;
  esac
}

ask() { curl -q --silent --noproxy '*' --max-time 20 --write-out '%{http_code}' "$@" || true; }

main "$@"
