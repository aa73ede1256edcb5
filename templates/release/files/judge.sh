# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a new version is kept. For JUDGE_SECONDS it must serve as its strategy wants it to (`strategy_serves`), must not
# restart (`restarts`), no sign of the platform may speak against it (`signs`), the platform must not have given it up
# (`strategy_stands`), and where it can be asked from here it must answer the requests that the judge sends all the while
# (traffic.sh): these are counted here, so they suffice where nobody else asks.
# Where the service's own metrics count more than JUDGE_MIN_RATE requests a second, half of what is sent, its error ratio
# and p95 must stay below the limits, too; where they count fewer, the verdict says so. What cannot be measured is not
# good: requests that get no answer, or a Prometheus that gives none, end the release after JUDGE_GRACE_SECONDS.
# Of a job, the runs that end meanwhile count (`ended_runs`). Sourced after traffic.sh.

readonly JUDGE_SECONDS="${JUDGE_SECONDS:-$RELEASE_BAKE_SECONDS}"
# One window of the rules (1 minute): two scrapes and two evaluations happen well within it.
readonly JUDGE_GRACE_SECONDS="${JUDGE_GRACE_SECONDS:-60}"
# Polls in a row that may be bad: one slow second is not a slow version, a replica may be moved.
readonly JUDGE_STRIKES="${JUDGE_STRIKES:-3}"
readonly JUDGE_READY_STRIKES="${JUDGE_READY_STRIKES:-12}"
# Requests of our own that must have been answered within a minute: a quarter of those that are sent. Two may fail.
readonly JUDGE_MIN_ANSWERS="${JUDGE_MIN_ANSWERS:-30}"
readonly JUDGE_SPARE_FAILURES=2
# Requests a second that an error ratio of the metrics needs behind it, and failures a minute that need no more.
readonly JUDGE_MIN_RATE="${JUDGE_MIN_RATE:-1}"
readonly JUDGE_FAILURES=5
# After the time of watching, how long a version may still go back and forth.
readonly JUDGE_SETTLE_SECONDS="${JUDGE_SETTLE_SECONDS:-120}"
readonly JUDGE_MAX_RESTARTS="${JUDGE_MAX_RESTARTS:-1}"

# prometheus EXPRESSION: prints the value of the one series; "missing" when there is none; fails when it was not told.
prometheus() {
  prometheus_query "$1" >"$WORK/answer.json" 2>"$WORK/answer.err" || return 1
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

# measure SERVICE VERSION: 0 within the limits, 1 beyond them, 2 not measured, 3 too few are counted; words in WHY.
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
    WHY="no series of version $2 counts its requests"
    return 3
  fi
  if [[ "$(compare "$rate" "$JUDGE_MIN_RATE")" != above ]] && ! _many_failures "$rate" "$errors"; then
    WHY="its metrics count only $rate requests/s of version $2, more than $JUDGE_MIN_RATE are needed"
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

# _many_failures RATE ERRORS: few requests, but too large a part of them failed, and not only one or two.
_many_failures() {
  [[ "$(compare "$2" "$RELEASE_MAX_ERROR_RATE")" == above ]] || return 1
  [[ "$(compare "$(jq -n "$1 * $2 * 60")" "$JUDGE_FAILURES")" == above ]]
}

# judge VERSION [SECONDS]: 0 keep it, 1 undo it; the reason in WHY, one line a service in $WORK/verdict, what was not judged
# in $WORK/uncounted. Watched for so long, JUDGE_SECONDS if nothing is said.
judge() {
  local code=0
  start_traffic
  _watch "$1" "${2:-$JUDGE_SECONDS}" || code=$?
  stop_traffic
  return "$code"
}

_watch() {
  local started="$SECONDS" trouble="" way service now before
  declare -A bad=() unready=() first=()
  seen || return 1
  for service in $(long_running); do
    first[$service]="$(restarts "$service" "$1")"
    bad[$service]=0
    unready[$service]=0
  done
  while true; do
    keep_lock
    way=""
    way_open || way=" ($WHY)"
    if snapshot; then
      bad[platform]=0
      aim "$1"
      : >"$WORK/verdict"
      : >"$WORK/uncounted"
      for service in $(long_running); do
        # A Prometheus that hangs takes its time with each.
        keep_lock
        _judge_service "$service" "$1" || return 1
      done
      for service in $(scheduled); do
        _judge_job "$service" "$1" || return 1
      done
    else
      bad[platform]=$((${bad[platform]:-0} + 1))
      ((bad[platform] < JUDGE_STRIKES)) || return 1
    fi
    now=0
    for before in "${bad[@]}" "${unready[@]}"; do now=$((now + before)); done
    # At the end of the time nothing may be pending: either it recovers or it is bad.
    if ((SECONDS - started >= $2 && now == 0)); then return 0; fi
    if ((SECONDS - started >= $2 + JUDGE_GRACE_SECONDS + JUDGE_SETTLE_SECONDS)); then
      WHY="it does not settle, now and then something is wrong: $trouble"
      return 1
    fi
    sleep "$POLL"
  done
}

# _judge_service SERVICE VERSION: one look at one service; fails when the release is over. Uses _watch's counts.
_judge_service() {
  local code=0 more answered="" failed
  strategy_stands "$1" || return 1
  more=$(($(restarts "$1" "$2") - first[$1]))
  if ((more > JUDGE_MAX_RESTARTS)); then
    WHY="$1: its containers restarted $more times"
    return 1
  fi
  if ! strategy_serves "$1" "$2"; then
    trouble="$WHY"
    unready[$1]=$((unready[$1] + 1))
    ((unready[$1] < JUDGE_READY_STRIKES))
    return
  fi
  unready[$1]=0
  if ! signs "$1" "$2"; then
    _strike "$1"
    return
  fi
  if grep -qx "$1" <<<"$(asked)"; then
    read -r answered failed <<<"$(own_answers "$1")"
  fi
  if [[ -n "$answered" ]] && ((failed > JUDGE_SPARE_FAILURES)) && [[ "$(compare "$(jq -n "$failed / $answered")" "$RELEASE_MAX_ERROR_RATE")" == above ]]; then
    WHY="$1: version $2 does not answer on $(service_field "$1" 4): $failed of $answered requests failed"
    _strike "$1"
    return
  fi
  if [[ -n "$answered" ]] && ((answered < JUDGE_MIN_ANSWERS)); then
    WHY="$1: version $2 answered only $answered of the requests that were sent, $JUDGE_MIN_ANSWERS are needed$way"
    _not_yet "$1"
    return
  fi
  if ! grep -qx "$1" <<<"$(metered)"; then
    bad[$1]=0
    if [[ -n "$answered" ]]; then
      echo "$1: ready and answering, $more restarts; it counts no requests, so nothing else was judged" >>"$WORK/verdict"
    else
      echo "$1: ready, $more restarts; it cannot be asked from here and counts no requests, so nothing else was judged" >>"$WORK/verdict"
    fi
    return 0
  fi
  measure "$1" "$2" || code=$?
  case "$code" in
    0)
      bad[$1]=0
      echo "$WHY" >>"$WORK/verdict"
      ;;
    1) _strike "$1" ;;
    2) _not_yet "$1" ;;
    *) _uncounted "$1" "$answered" "$more" ;;
  esac
}

# _judge_job JOB VERSION: one look at one job; fails when it is gone, or when a run of the version failed since the release
# began, which is when $WORK/runs.before was written.
_judge_job() {
  local failed
  is_scheduled "$1" "$2" || return 1
  failed="$(ended_runs "$1" "$2" Failed | grep -vxF -f "$WORK/runs.before" | head -n 1)" || failed=""
  if [[ -n "$failed" ]]; then
    WHY="$1: its run $failed failed: $(run_words "$1" "$failed" | tr '\n' ' ')"
    return 1
  fi
  echo "$1: the next run has this version; $(ended_runs "$1" "$2" Complete | wc -l | tr -d ' ') runs of it ended well so far" >>"$WORK/verdict"
}

# _uncounted SERVICE ANSWERED RESTARTS: the metrics have too little to say; our own answers decide.
_uncounted() {
  trouble="$1: $WHY"
  # The first scrapes may still come, and a version is not kept before.
  if ((SECONDS - started < JUDGE_GRACE_SECONDS)); then
    bad[$1]=1
    return 0
  fi
  bad[$1]=0
  if [[ -n "$2" ]]; then
    echo "$1: ready, $2 requests of the last minute answered, $3 restarts; error ratio and p95 were not judged: $WHY" >>"$WORK/verdict"
    printf '%s: %s requests were sent and answered, but %s: error ratio and p95 were not judged. Let its metrics count %s\n' \
      "$1" "$2" "$WHY" "the requests to $(service_field "$1" 4) (docs/infrastructure/monitoring.md, \"A release is undone\")" \
      >>"$WORK/uncounted"
  else
    echo "$1: ready, $3 restarts; it cannot be asked from here, and error ratio and p95 were not judged: $WHY" >>"$WORK/verdict"
    echo "$1: it cannot be asked from here, and $WHY: error ratio and p95 were not judged" >>"$WORK/uncounted"
  fi
}

# _not_yet SERVICE: not yet measured is not yet good, and after a while it is bad.
_not_yet() {
  if ((SECONDS - started < JUDGE_GRACE_SECONDS)); then
    trouble="$WHY"
    bad[$1]=1
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
