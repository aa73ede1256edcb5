# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Requests of our own, so that a version can be judged where hardly anybody asks for it: JUDGE_SEND_RATE a second to each
# service that can be asked (`asked`), on its health path, in turn to each address that `aim` names. The way there is the
# platform's: `way_open` makes it, `way_curl` is curl through it, `way_close` ends it. Sourced after release.sh.

# Why a step failed, for the script that called it.
export WHY
readonly JUDGE_SEND_RATE="${JUDGE_SEND_RATE:-2}"
# What is looked back at, the window of the rules that Prometheus answers with.
readonly TRAFFIC_WINDOW_SECONDS=60
SENDER_PID=""

# start_traffic: from now on; what was answered comes into $WORK/answers, a line "when code URL seconds-until-sent" each.
start_traffic() {
  : >"$WORK/targets"
  : >"$WORK/answers"
  on_exit stop_traffic
  # First what ends the way there, should this script be killed.
  _send_always >/dev/null 2>&1 </dev/null &
  SENDER_PID=$!
  way_open || true
}

stop_traffic() {
  [[ -z "$SENDER_PID" ]] || kill "$SENDER_PID" 2>/dev/null || true
  way_close
  wait ${SENDER_PID:+"$SENDER_PID"} 2>/dev/null || true
  SENDER_PID=""
}

# aim VERSION: from now on at what serves the version, by the snapshot.
aim() {
  local service
  for service in $(asked); do
    addresses "$service" "$1" | awk -v service="$service" '{ print service, $0 }'
  done >"$WORK/targets.new"
  mv "$WORK/targets.new" "$WORK/targets"
}

# own_answers SERVICE: of the last minute, from addresses that still count: how many there were, and how many failed.
# "Too many requests" (429) and what could not be sent (000 before anything was) are of the way there, not of the service. What
# was sent and got no answer is of the service while others are answered; where none is, it counts as not asked.
own_answers() {
  awk -v service="$1" -v since="$((SECONDS - TRAFFIC_WINDOW_SECONDS))" '
    NR == FNR { if ($1 == service) known[$2] = 1; next }
    $1 < since || !($3 in known) || $2 == "429" { next }
    $2 == "000" { if ($4 > 0) silent++; next }
    { answered++; if ($2 !~ /^[23]/) failed++ }
    END { if (answered) { answered += silent; failed += silent } print answered + 0, failed + 0 }
  ' "$WORK/targets" "$WORK/answers"
}

# _send_always: a round at a time, none waits for the one before; ends with the script, however that ends.
_send_always() {
  local round=0 pause
  trap - ERR
  set +e
  pause="$(jq -n "1 / $JUDGE_SEND_RATE")"
  cd "$WORK" || exit
  while kill -0 "$$"; do
    _send "$round" &
    round=$((round + 1))
    sleep "$pause"
  done
  way_abandon
}

# _send ROUND: one request to each service.
_send() {
  [[ -s targets ]] || return 0
  awk -v round="$1" '
    { url[$1, count[$1]++] = $2 }
    END { for (service in count) printf "url = \"%s\"\noutput = \"/dev/null\"\n", url[service, round % count[service]] }
  ' targets | way_curl --parallel --max-time 10 --write-out "$SECONDS %{http_code} %{url_effective} %{time_pretransfer}\n" --config - >>answers
}
