# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a new version is kept. For JUDGE_SECONDS it must serve (health.sh), must not restart, and where requests are
# counted its own error ratio and p95 must stay below the limits. Numbers mean little without requests: below
# JUDGE_MIN_RATE the judge sends some itself, and a version that stays below is not kept. What cannot be measured is
# not good: a query that fails or a series that is missing after JUDGE_GRACE_SECONDS ends the release.
# Sourced after health.sh.

readonly JUDGE_SECONDS="${JUDGE_SECONDS:-$RELEASE_BAKE_SECONDS}"
# One window of the rules (1 minute): two scrapes and two evaluations happen well within it.
readonly JUDGE_GRACE_SECONDS="${JUDGE_GRACE_SECONDS:-60}"
# Polls in a row that may be bad: one slow second is not a slow version, a pod may be moved to another node.
readonly JUDGE_STRIKES="${JUDGE_STRIKES:-3}"
readonly JUDGE_READY_STRIKES="${JUDGE_READY_STRIKES:-12}"
# Requests a second that an error ratio needs behind it, and how many are sent a poll while there are fewer.
readonly JUDGE_MIN_RATE="${JUDGE_MIN_RATE:-1}"
readonly JUDGE_BURST="${JUDGE_BURST:-10}"
# After the time of watching, how long a version may still go back and forth.
readonly JUDGE_SETTLE_SECONDS="${JUDGE_SETTLE_SECONDS:-120}"
readonly JUDGE_MAX_RESTARTS="${JUDGE_MAX_RESTARTS:-1}"
readonly PROMETHEUS_PROXY=/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy

# prometheus EXPRESSION: prints the value of the one series; "missing" when there is none; fails when it was not told.
prometheus() {
  local query
  query="$(jq -rn --arg query "$1" '$query | @uri')"
  kube get --raw "$PROMETHEUS_PROXY/api/v1/query?query=$query" >"$WORK/answer.json" 2>"$WORK/answer.err" || return 1
  jq -er '
    if .status != "success" or .data.resultType != "vector" then error("not a vector")
    elif (.data.result | length) == 0 then "missing"
    elif (.data.result | length) > 1 then "several"
    else .data.result[0].value[1] end' "$WORK/answer.json" 2>/dev/null
}

# compare VALUE LIMIT: above, within, or missing (NaN is no number).
compare() {
  case "$1" in
    missing | several | NaN) echo missing ;;
    +Inf) echo above ;;
    *) jq -rn --arg value "$1" --argjson limit "$2" 'if ($value | tonumber) > $limit then "above" else "within" end' ;;
  esac
}

# measure SERVICE VERSION: 0 within the limits, 1 beyond them, 2 not measured, 3 too little traffic; words in WHY.
measure() {
  local labels="{service=\"$1\",version=\"$2\"}" rate errors p95
  if ! {
    rate="$(retry "${JUDGE_QUERY_SECONDS:-10}" prometheus "service_version:http_requests:rate1m$labels")" &&
      errors="$(retry "${JUDGE_QUERY_SECONDS:-10}" prometheus "service_version:http_errors:ratio_rate1m$labels")" &&
      p95="$(retry "${JUDGE_QUERY_SECONDS:-10}" prometheus "service_version:http_latency:p95_1m$labels")"
  }; then
    WHY="$1: Prometheus does not answer"
    return 2
  fi
  if [[ "$(compare "$rate" 0)" == missing ]]; then
    WHY="$1: no series of version $2 counts its requests"
    return 2
  fi
  if [[ "$(compare "$rate" "$JUDGE_MIN_RATE")" != above ]]; then
    WHY="$1: only $rate requests/s reach version $2, $JUDGE_MIN_RATE are needed to judge it"
    return 3
  fi
  case "$(compare "$errors" "$RELEASE_MAX_ERROR_RATE"):$(compare "$p95" "$(jq -n "$RELEASE_MAX_P95_MS / 1000")")" in
    within:within)
      WHY="$1: error ratio $errors, p95 $p95 s at $rate requests/s"
      return 0
      ;;
    above:*) WHY="$1: error ratio $errors is above $RELEASE_MAX_ERROR_RATE" ;;
    within:above) WHY="$1: p95 $p95 s is above $RELEASE_MAX_P95_MS ms" ;;
    *)
      WHY="$1: error ratio ($errors) or p95 ($p95) of version $2 is missing"
      return 2
      ;;
  esac
  return 1
}

# send_requests SERVICE VERSION: the floor of traffic, through the API server to pods of the new version.
send_requests() {
  local pods=() pod index
  while read -r pod; do pods+=("$pod"); done < <(ready_pods "$1" "$2")
  ((${#pods[@]} > 0)) || return 0
  for ((index = 0; index < JUDGE_BURST; index++)); do
    # An error answer is what the numbers will show; it is not judged here.
    { ask_pod "$1" "${pods[index % ${#pods[@]}]}" || true; } &
  done
  wait
}

# judge VERSION: 0 keep it, 1 undo it; the reason in WHY, one line a service in $WORK/verdict.
judge() {
  local started="$SECONDS" round=0 trouble="" service now before
  declare -A bad=() unready=() first=()
  snapshot || return 1
  for service in $(long_running); do
    first[$service]="$(restarts "$service" "$1")"
    bad[$service]=0
    unready[$service]=0
  done
  while true; do
    keep_lock
    if snapshot; then
      bad[cluster]=0
      : >"$WORK/verdict"
      for service in $(long_running); do
        _judge_service "$service" "$1" "$round" || return 1
      done
    else
      bad[cluster]=$((${bad[cluster]:-0} + 1))
      ((bad[cluster] < JUDGE_STRIKES)) || return 1
    fi
    now=0
    for before in "${bad[@]}" "${unready[@]}"; do now=$((now + before)); done
    # At the end of the time nothing may be pending: either it recovers or it is bad.
    if ((SECONDS - started >= JUDGE_SECONDS && now == 0)); then return 0; fi
    if ((SECONDS - started >= JUDGE_SECONDS + JUDGE_GRACE_SECONDS + JUDGE_SETTLE_SECONDS)); then
      WHY="it does not settle, now and then something is wrong: $trouble"
      return 1
    fi
    round=$((round + 1))
    sleep "$POLL"
  done
}

# _judge_service SERVICE VERSION ROUND: one look at one service; fails when the release is over. Uses judge's counts.
_judge_service() {
  local code=0 more
  more=$(($(restarts "$1" "$2") - first[$1]))
  if ((more > JUDGE_MAX_RESTARTS)); then
    WHY="$1: its containers restarted $more times"
    return 1
  fi
  if ! serves "$1" "$2"; then
    trouble="$WHY"
    unready[$1]=$((unready[$1] + 1))
    ((unready[$1] < JUDGE_READY_STRIKES))
    return
  fi
  unready[$1]=0
  if ! answers "$1" "$2" 3 "$3"; then
    _strike "$1"
    return
  fi
  if ! grep -qx "$1" <<<"$(metered)"; then
    bad[$1]=0
    echo "$1: ready and answering, $more restarts; it counts no requests, so nothing else was judged" >>"$WORK/verdict"
    return 0
  fi
  measure "$1" "$2" || code=$?
  if ((code >= 2)); then
    send_requests "$1" "$2"
  fi
  if ((code == 0)); then
    bad[$1]=0
    echo "$WHY" >>"$WORK/verdict"
  elif ((code >= 2 && SECONDS - started < JUDGE_GRACE_SECONDS)); then
    # Not yet measured is not yet good: the release is not kept while this is so.
    bad[$1]=1
  elif ((code == 2)); then
    return 1
  else
    _strike "$1"
  fi
}

# _strike SERVICE: one more bad look; the reason is kept, since WHY goes on to the next service.
_strike() {
  trouble="$WHY"
  bad[$1]=$((bad[$1] + 1))
  ((bad[$1] < JUDGE_STRIKES))
}
