# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The way to pods and to Prometheus: one "kubectl proxy" carries all requests, so that neither a login nor a slow answer
# decides how many there are; it listens on a socket in $WORK, which nobody else can open. Sourced by orchestration.sh.

# Should this script be killed, the proxy ends after so long: longer than any release is watched (an hour and a bit).
readonly TRAFFIC_MAX_SECONDS=4500
readonly PROMETHEUS_PROXY=/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy
PROXY_PID=""
# Why a step failed, for the script that called it.
export WHY

# way_curl ARGUMENTS...: curl through the proxy, whatever the user's settings are. Only in $WORK, since a path to a socket
# may not be long.
way_curl() { curl -q --silent --noproxy '*' --globoff --path-as-is --unix-socket api.sock "$@"; }

# asked: the services that can be asked from here. addresses SERVICE VERSION: where, by the snapshot.
asked() { long_running; }

addresses() {
  local pod
  for pod in $(ready_pods "$1" "$2"); do printf 'http://localhost%s\n' "$(pod_path "$1" "$pod")"; done
}

# way_open: starts the proxy, also when it ended; the reason in WHY. It passes on nothing but what the judge asks.
way_open() {
  local paths="^/api/v1/namespaces/$RELEASE_NAMESPACE/(pods|services)/[^/]+/proxy/,^$PROMETHEUS_PROXY/"
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

way_close() {
  [[ -n "$PROXY_PID" ]] || return 0
  kill "$PROXY_PID" 2>/dev/null || true
  wait "$PROXY_PID" 2>/dev/null || true
  PROXY_PID=""
}

# way_abandon: ends it when the script was killed.
way_abandon() { kill "$(<proxy.pid)"; }

# prometheus_query EXPRESSION: prints the answer of Prometheus; fails for an error answer.
prometheus_query() {
  local query
  query="$(jq -rn --arg query "$1" '$query | @uri')"
  (cd "$WORK" && way_curl --show-error --fail --max-time 20 "http://localhost$PROMETHEUS_PROXY/api/v1/query?query=$query")
}
