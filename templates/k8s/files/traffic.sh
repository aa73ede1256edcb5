# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Requests of our own, so that a version can be judged where hardly anybody asks for it: JUDGE_SEND_RATE a second to each
# service, in turn to each ready pod, on the health path. One "kubectl proxy" carries them, so that neither a login nor a
# slow answer decides how many there are; it listens on a socket in $WORK, which nobody else can open.
# Sourced after health.sh.

# Why a step failed, for the script that called it.
export WHY
readonly JUDGE_SEND_RATE="${JUDGE_SEND_RATE:-2}"
# What is looked back at, the window of the rules that Prometheus answers with.
readonly TRAFFIC_WINDOW_SECONDS=60
# Should this script be killed, the proxy ends after so long: longer than any release is watched (an hour and a bit).
readonly TRAFFIC_MAX_SECONDS=4500
readonly PROMETHEUS_PROXY=/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy
PROXY_PID=""
SENDER_PID=""

# _curl ARGUMENTS...: curl through the proxy, whatever the user's settings are. Only in $WORK, since a path to a socket
# may not be long.
_curl() { curl -q --silent --noproxy '*' --globoff --path-as-is --unix-socket api.sock "$@"; }

# api_get PATH: prints what the API server answers; fails for an error answer.
api_get() { (cd "$WORK" && _curl --show-error --fail --max-time 20 "http://localhost$1"); }

# start_traffic: from now on; what was answered comes into $WORK/answers, a line "when code URL" each.
start_traffic() {
  : >"$WORK/targets"
  : >"$WORK/answers"
  on_exit stop_traffic
  # First what ends the proxy, should this script be killed.
  _send_always >/dev/null 2>&1 </dev/null &
  SENDER_PID=$!
  keep_proxy || true
}

stop_traffic() {
  local process
  for process in "$SENDER_PID" "$PROXY_PID"; do
    [[ -z "$process" ]] || kill "$process" 2>/dev/null || true
  done
  wait ${SENDER_PID:+"$SENDER_PID"} ${PROXY_PID:+"$PROXY_PID"} 2>/dev/null || true
  SENDER_PID=""
  PROXY_PID=""
}

# keep_proxy: starts it, also when it ended; the reason in WHY. It passes on nothing but what the judge asks.
keep_proxy() {
  local paths="^/api/v1/namespaces/$RELEASE_NAMESPACE/pods/[^/]+/proxy/,^$PROMETHEUS_PROXY/"
  if [[ -n "$PROXY_PID" ]] && kill -0 "$PROXY_PID" 2>/dev/null; then
    return 0
  fi
  rm -f "$WORK/api.sock"
  (
    cd "$WORK" || exit
    echo "$BASHPID" >proxy.pid
    # In the foreground: what ends the group of this script ends it, too.
    exec timeout --foreground --kill-after=5 "$TRAFFIC_MAX_SECONDS" kubectl proxy --unix-socket=api.sock \
      --accept-paths="$paths" --reject-methods='^(POST|PUT|PATCH|DELETE)$'
  ) >"$WORK/proxy.log" 2>&1 </dev/null &
  PROXY_PID=$!
  for _ in {1..100}; do
    [[ ! -S "$WORK/api.sock" ]] || return 0
    kill -0 "$PROXY_PID" 2>/dev/null || break
    sleep 0.1
  done
  WHY="kubectl proxy does not start: $(tr '\n' ' ' <"$WORK/proxy.log")"
  return 1
}

# aim VERSION: from now on at the pods of the snapshot that are ready.
aim() {
  local service pod
  for service in $(long_running); do
    for pod in $(ready_pods "$service" "$1"); do
      printf '%s http://localhost%s\n' "$service" "$(pod_path "$service" "$pod")"
    done
  done >"$WORK/targets.new"
  mv "$WORK/targets.new" "$WORK/targets"
}

# own_answers SERVICE: of the last minute, from pods that are still ready: how many there were, and how many failed.
# No answer at all (000) and "too many requests" (429) are of the way there, not of the pod.
own_answers() {
  awk -v service="$1" -v since="$((SECONDS - TRAFFIC_WINDOW_SECONDS))" '
    NR == FNR { if ($1 == service) known[$2] = 1; next }
    $1 >= since && ($3 in known) && $2 != "000" && $2 != "429" { answered++; if ($2 !~ /^[23]/) failed++ }
    END { print answered + 0, failed + 0 }
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
  kill "$(<proxy.pid)"
}

# _send ROUND: one request to each service.
_send() {
  [[ -s targets ]] || return 0
  awk -v round="$1" '
    { url[$1, count[$1]++] = $2 }
    END { for (service in count) printf "url = \"%s\"\noutput = \"/dev/null\"\n", url[service, round % count[service]] }
  ' targets | _curl --parallel --max-time 10 --write-out "$SECONDS %{http_code} %{url_effective}\n" --config - >>answers
}
