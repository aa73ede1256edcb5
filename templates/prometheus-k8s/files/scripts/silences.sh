# Managed by agency-scaffold (prometheus-k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The way of silence.sh to Alertmanager: a port of this computer that the API server forwards to one of its pods, which tells
# the others. So no policy of the network lets anybody in, and who may silence is who may forward. Sourced by silence.sh.

# shellcheck source=cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"
# shellcheck source=cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

readonly FORWARD_SECONDS=20
ALERTMANAGER=""
FORWARD_PID=""

# silences_open ENV: sets ALERTMANAGER, or stops.
silences_open() {
  local pod
  need aws curl jq kubectl timeout
  cloud_guard "$1" "$(cluster_env)"
  cloud_cluster_access "$1"
  on_exit _silences_close
  for pod in alertmanager-0 alertmanager-1; do
    if _forward "$pod"; then return 0; fi
    _silences_close
  done
  die 1 "no pod of Alertmanager can be reached: $(tr '\n' ' ' <"$WORK/forward.log")"
}

_silences_close() {
  [[ -n "$FORWARD_PID" ]] || return 0
  kill "$FORWARD_PID" 2>/dev/null || true
  wait "$FORWARD_PID" 2>/dev/null || true
  FORWARD_PID=""
}

# _forward POD: waits until a port of this computer leads there.
_forward() {
  local until=$((SECONDS + FORWARD_SECONDS))
  : >"$WORK/forward"
  # In the foreground: what ends the group of this script ends it, too.
  timeout --foreground --kill-after=5 120 kubectl --namespace monitoring port-forward --address 127.0.0.1 "pod/$1" :9093 \
    >"$WORK/forward" 2>>"$WORK/forward.log" </dev/null &
  FORWARD_PID=$!
  while ((SECONDS < until)) && kill -0 "$FORWARD_PID" 2>/dev/null; do
    if [[ "$(<"$WORK/forward")" =~ 127\.0\.0\.1:([0-9]+) ]]; then
      ALERTMANAGER="http://127.0.0.1:${BASH_REMATCH[1]}/api/v2"
      return 0
    fi
    sleep 0.1
  done
  return 1
}

# _ask PATH ARGUMENT...: what Alertmanager answers; fails with its reason.
_ask() {
  local path="$1" code
  shift
  code="$(curl -q --silent --show-error --noproxy '*' --max-time 20 --output "$WORK/answer" --write-out '%{http_code}' "$@" "$ALERTMANAGER$path")" ||
    return 1
  [[ "$code" == 200 ]] || {
    warn "Alertmanager answers $code: $(<"$WORK/answer")"
    return 1
  }
  cat "$WORK/answer"
}

# silences_author: who the credentials are, which is who the cluster lets in.
silences_author() {
  local arn
  arn="$(_aws sts get-caller-identity --query Arn --output text)" && printf '%s\n' "${arn##*:}"
}

# silences_list: those that hold or will, as JSON; the next to end first.
silences_list() {
  _ask /silences | jq '[.[] | select(.status.state != "expired")] | sort_by(.endsAt)
    | map({id: .id, matchers: .matchers, startsAt: .startsAt, endsAt: .endsAt, createdBy: .createdBy, comment: .comment})'
}

# silences_add FILE: prints the ID.
silences_add() {
  _ask /silences --header 'Content-Type: application/json' --data-binary "@$1" | jq -er .silenceID
}

silences_expire() { _ask "/silence/$1" --request DELETE; }

# silences_wait ID taken|ended: what Alertmanager has answered holds.
silences_wait() { :; }
