# Managed by agency-scaffold (k8s-sides): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Two sides, blue and green. A release comes up on the side that serves nobody, while the other keeps every pod; then users
# are led there, all at once or in steps, and back within seconds. Sourced by strategy.sh.
#
# Routes name the Service of each side and lead by weight, so that the load balancer knows the pods of a side before users come;
# callers inside the cluster use the Service itself, which selects the side that serves.

# shellcheck source=rollout.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollout.sh"
# shellcheck source=sided.sh
source "$(dirname "${BASH_SOURCE[0]}")/sided.sh"

# Why a step failed, for the script that called it.
export WHY
# What a release without a good one on record goes back by, and what that does not bring back.
export STRATEGY_HISTORY="the side that served before"
export STRATEGY_HISTORY_LIMIT="; its settings are the new ones"
# To lead users elsewhere: a request to the cluster, and the load balancer's controller follows.
readonly LEAD_SECONDS=30
# A load balancer that meets a side for the first time: to register its pods and find them healthy twice.
readonly NEW_SIDE_SECONDS="${NEW_SIDE_SECONDS:-60}"
# Until the load balancer has followed a route for certain.
readonly FOLLOW_SECONDS="${FOLLOW_SECONDS:-60}"
# Requests to each service through its side's own Service before users come; one may fail.
readonly SMOKE_REQUESTS=10
STABLE=""
OTHER=""
# The part of the users that the OTHER side has, or is to have next.
export PERCENT=100

# _opposite SIDE
_opposite() { if [[ "$1" == blue ]]; then echo green; else echo blue; fi; }

# _side_with FOLDER VERSION: the side that runs the workloads of a release, of all its services, from the snapshot. Pods without
# a side have its version and its images; where the texts of a release were not kept, the version decides. Prints nothing when
# there is none.
_side_with() {
  local names id="" images="{}"
  names="$(long_running)"
  if [[ -s "$1/workloads.yaml" ]]; then
    objects "$1" || return 1
    id="$(release_id "$1")"
    images="$(images_of "$1/objects.json")"
    names="$(platform_services "$1" | grep -xF -f <(long_running) || true)"
  fi
  jq "${OURS[@]}" -r --arg names "$names" --arg id "$id" --argjson images "$images" --arg version "$2" --arg key "$VERSION_LABEL" "$_sides"'
    ($names | split("\n") | map(select(. != ""))) as $names
    | .items as $all
    | [("blue", "green", "plain") as $side
       | select(($names | length) > 0 and all($names[]; . as $name | any($all[];
           side == $side and .metadata.labels["app.kubernetes.io/name"] == $name
           and (if $id != "" and $side != "plain" then .metadata.labels["agency-scaffold/release"] == $id
                else .spec.template.metadata.labels[$key] == $version and ($id == "" or images == $images[$name]) end))))
       | $side] | first // empty' "$WORK/deployments.json"
}

# _side_led_to: the side that Services lead to, and that has Deployments; nothing when there is none.
_side_led_to() {
  jq "${OURS[@]}" -r --slurpfile led "$WORK/services.json" "$_sides"'
    [.items[] | select(ours(.metadata.labels["app.kubernetes.io/name"])) | side] as $there
    | [$led[0].items[] | select(ours(.metadata.name)) | .spec.selector["agency-scaffold/side"] // "plain"
       | select(. as $side | $there | index([$side]))] | first // empty' "$WORK/deployments.json"
}

# choose_sides: STABLE, the side of the release that was good last (empty: nothing serves yet), and OTHER, where the next one
# comes up. Not the side that Services lead to: a release that was killed may have led them half-way.
choose_sides() {
  local last
  STABLE=""
  last="$(ledger_good)"
  if [[ -n "$last" ]]; then
    ledger_kept "$last" "$WORK/stable" || rm -rf "$WORK/stable"
    STABLE="$(_side_with "$WORK/stable" "$(jq -r .version <<<"$last")")"
  fi
  [[ -n "$STABLE" ]] || STABLE="$(_side_led_to)"
  OTHER="$(_opposite "$STABLE")"
}

# lead FOLDER SIDE [OTHER PERCENT]: users come to a side, PERCENT of them to another one; never by a release that lost its lock.
# A Service that turns takes its pods from the load balancer at once. So where it turns away from pods without a side, its route
# goes first; where it turns back to them, the route goes last; and the load balancer has time in between.
lead() {
  local first="" seconds
  keep_lock
  leading "$@" >"$WORK/traffic.json" || return 1
  case "$(_turning)" in
    away) first=HTTPRoute seconds="$FOLLOW_SECONDS" ;;
    back) first=Service seconds="$NEW_SIDE_SECONDS" ;;
  esac
  if [[ -n "$first" ]]; then
    jq --arg kind "$first" 'select(.kind == $kind)' "$WORK/traffic.json" >"$WORK/traffic-first.json" || return 1
    apply "$WORK/traffic-first.json" || return 1
    log "the load balancer follows: $seconds s"
    pause "$seconds"
  fi
  apply "$WORK/traffic.json"
}

# _turning: whether a Service that a route names turns away from pods without a side, or back to them; nothing where none does.
_turning() {
  jq --slurp -r --slurpfile now "$WORK/services.json" '
    [.[] | select(.kind == "HTTPRoute").spec.rules[]?.backendRefs[]?.name] as $routed
    | [.[] | select(.kind == "Service" and (.metadata.name as $name | $routed | index([$name]) != null))
       | .metadata.name as $name | (.spec.selector | has("agency-scaffold/side")) as $sided
       | $now[0].items[] | select(.metadata.name == $name) | (.spec.selector | has("agency-scaffold/side")) as $was
       | if $sided == $was then empty elif $sided then "away" else "back" end]
    | first // empty' "$WORK/traffic.json"
}

# bring_up FOLDER VERSION UNTIL: the workloads on the OTHER side, each with as many pods as `strategy_size FOLDER SERVICE` says; what
# belongs to no service, as it is. Nothing scales them yet: an autoscaler would take pods away that nobody uses.
bring_up() {
  objects "$1" || return 1
  placed "$1" "$OTHER" Deployment PodDisruptionBudget >"$WORK/pods-of-$OTHER.json" || return 1
  _cleared "$1" || return 1
  apply "$WORK/pods-of-$OTHER.json" || return 1
  resize "$1" || return 1
  rolled_out "$(names_on "$1" "$OTHER")" "$2" "$3"
}

# _cleared FOLDER: what another release left on the OTHER side goes first. Of this one, only what would scale it.
_cleared() {
  local kinds
  kinds="$(jq "${OURS[@]}" -r --arg side "$OTHER" --arg id "$(release_id "$1")" "$_sides"'
    [.items[] | select(side == $side and ours(.metadata.labels["app.kubernetes.io/name"])) | .metadata.labels["agency-scaffold/release"] == $id]
    | if length == 0 then empty elif all then "horizontalpodautoscalers"
      else "deployments,horizontalpodautoscalers,poddisruptionbudgets" end' "$WORK/deployments.json")"
  [[ -z "$kinds" ]] || _deleted "$kinds" "$OTHER"
}

# _deleted KINDS SIDE: what our services have of a side. A service that left the project stays as it is, with its route.
_deleted() {
  local names suffix=""
  [[ "$2" == plain ]] || suffix="-$2"
  mapfile -t names < <(long_running | sed "s/\$/$suffix/")
  kube delete "$1" "${names[@]}" --ignore-not-found >&2 || {
    WHY="what no longer serves cannot be deleted"
    return 1
  }
}

# full_size FOLDER SERVICE: as many pods as serve now, and never fewer than its autoscaler keeps.
full_size() {
  jq "${OURS[@]}" -r --arg service "$2" --arg side "$STABLE" --slurpfile now "$WORK/deployments.json" "$_sides"'
    ([.[] | select(.kind == "HorizontalPodAutoscaler" and .spec.scaleTargetRef.name == $service).spec.minReplicas] | first // 1) as $least
    | [$least, ($now[0].items[] | select(.metadata.name == $service + suffix($side)) | .spec.replicas // 1)] | max' "$1/objects.json"
}

# resize FOLDER: the size of each service on the OTHER side.
resize() {
  local service
  for service in $(platform_services "$1" | grep -xF -f <(long_running)); do
    kube scale "deployment/$service-$OTHER" --replicas="$(strategy_size "$1" "$service")" >&2 || {
      WHY="$service-$OTHER cannot be scaled"
      return 1
    }
  done
}

# _other_url SERVICE: its health path through the Service of the OTHER side.
_other_url() {
  echo "http://localhost/api/v1/namespaces/$RELEASE_NAMESPACE/services/http:$1-$OTHER:$(service_field "$1" 3)/proxy$(service_field "$1" 4)"
}

# may_try FOLDER: whether the Services of the OTHER side may be asked; of one that is not there yet, too, the API server says so. The
# rights name services and exist with this strategy only, and after a change of either it is `make infra-platform` that gives them.
may_try() {
  local service code=""
  way_open || return 1
  for service in $(long_running); do
    names_of Deployment "$1/workloads.yaml" | grep -qxF -e "$service" || continue
    code="$(cd "$WORK" && way_curl --output /dev/null --max-time 10 --write-out '%{http_code}' "$(_other_url "$service")" || true)"
    [[ "$code" != 403 ]] || break
  done
  way_close
  [[ "$code" == 403 ]] || return 0
  WHY="$service: nobody may try it through Service $service-$OTHER: make infra-platform ENV=$ENVIRONMENT gives that right"
  return 1
}

# smoke FOLDER: the OTHER side answers through its own Services.
smoke() {
  local service failed=0 url
  way_open || return 1
  for service in $(long_running); do
    names_of Deployment "$1/workloads.yaml" | grep -qxF -e "$service" || continue
    keep_lock
    url="$(_other_url "$service")"
    failed="$(cd "$WORK" && for ((i = 0; i < SMOKE_REQUESTS; i++)); do
      way_curl --output /dev/null --max-time 5 --write-out '%{http_code}\n' "$url" || true
    done | grep -cv '^2' || true)"
    ((failed <= 1)) || break
  done
  way_close
  ((failed <= 1)) && return 0
  WHY="$service: through Service $service-$OTHER, $failed of $SMOKE_REQUESTS requests to $(service_field "$service" 4) were not answered well"
  return 1
}

# autoscaled FOLDER SIDE: its autoscalers and the CronJobs.
autoscaled() {
  placed "$1" "$2" HorizontalPodAutoscaler CronJob >"$WORK/autoscaled.json" || return 1
  apply "$WORK/autoscaled.json"
}

# hold: the autoscalers of the STABLE side add pods, and take none away.
hold() {
  local name
  [[ -n "$STABLE" ]] || return 0
  kube get horizontalpodautoscalers --output json >"$WORK/autoscalers.json" || {
    WHY="the autoscalers cannot be read"
    return 1
  }
  for name in $(jq "${OURS[@]}" -r --arg side "$STABLE" "$_sides"'
    .items[] | select(side == $side and ours(.metadata.name | rtrimstr(suffix($side)))) | .metadata.name' "$WORK/autoscalers.json"); do
    kube patch horizontalpodautoscaler "$name" --type merge \
      --patch '{"spec": {"behavior": {"scaleDown": {"selectPolicy": "Disabled"}}}}' >&2 || {
      WHY="$name still takes pods away"
      return 1
    }
  done
}

# only_side SIDE: what runs on no other side any more.
only_side() {
  local one
  for one in blue green plain; do
    [[ "$one" == "$1" ]] || ! _has_side "$one" || _deleted deployments,horizontalpodautoscalers,poddisruptionbudgets "$one" || return 1
  done
}

_has_side() { jq "${OURS[@]}" -e --arg side "$1" "$_sides"'any(.items[]; side == $side and ours(.metadata.labels["app.kubernetes.io/name"]))' "$WORK/deployments.json" >/dev/null; }

# strategy_files FOLDER: the files that a release applies, a line each: what comes up, and what leads there then.
strategy_files() {
  local side
  seen && choose_sides || return 1
  objects "$1" || return 1
  side="$OTHER"
  [[ -z "$STABLE" || "$(_side_with "$1" "")" != "$STABLE" ]] || side="$STABLE"
  leading "$1" "$side" >"$WORK/traffic.json" || return 1
  placed "$1" "$side" Deployment PodDisruptionBudget HorizontalPodAutoscaler CronJob >"$WORK/workloads.json" || return 1
  printf '%s\n' "$1/settings.yaml" "$WORK/traffic.json" "$WORK/workloads.json"
}

# strategy_note VERSION: the side that serves now, where nothing good is on record: what a release goes back to. Refuses other
# pods of the version that serves: both sides would run it, and its numbers would be those of both. Refuses what may not be tried.
strategy_note() {
  seen || return 1
  no_rollouts "Release once with deployment.strategy rolling first (docs/runbooks/deployment.md, \"Change how releases are made\")" || return 1
  note_jobs "$1" || return 1
  choose_sides
  if [[ -n "$STABLE" && "$(_side_with "$WORK/new" "$1")" != "$STABLE" && "$(_side_with "" "$1")" == "$STABLE" ]]; then
    WHY="$1 serves already, with other images or other workloads: give this release a version of its own"
    return 1
  fi
  may_try "$WORK/new" || return 1
  _side_led_to
}

# prepare_sides FOLDER: STABLE and OTHER, and that all users are with STABLE, or with OTHER where nothing serves yet.
prepare_sides() {
  choose_sides
  if [[ -n "$STABLE" ]]; then
    log "$STABLE serves; this release comes up as $OTHER"
    lead "$1" "$STABLE"
  else
    log "nothing serves yet; this release comes up as $OTHER"
    lead "$1" "$OTHER"
  fi
}

# serves_already FOLDER VERSION: whether the release is what serves, so that no pod is replaced. What may have changed beside
# the pods is applied.
serves_already() {
  [[ -n "$STABLE" && "$(_side_with "$1" "$2")" == "$STABLE" ]] || return 1
  log "$2 runs already, as $STABLE"
}

# as_it_is FOLDER VERSION UNTIL: for a release that serves already.
as_it_is() {
  lead "$1" "$STABLE" && autoscaled "$1" "$STABLE" && rolled_out "$(names_on "$1" "$STABLE")" "$2" "$3"
}

# known_to_door FOLDER: where pods without a side served until now, the load balancer meets a side for the first time.
known_to_door() {
  [[ "$STABLE" == plain && -n "$(names_of HTTPRoute "$1/traffic.yaml")" ]] || return 0
  log "the load balancer meets these pods for the first time: $NEW_SIDE_SECONDS s"
  pause "$NEW_SIDE_SECONDS"
}

# left_for FOLDER SIDE: users were led to a side, so the other one goes, once the load balancer has followed: it drops pods that end
# at once, and until its controller has written the new weights it would have nobody for those whom it still leads there.
left_for() {
  if [[ -n "$(names_of HTTPRoute "$1/traffic.yaml")" ]]; then
    log "users are led to $2; the other side goes when the load balancer has followed: $FOLLOW_SECONDS s"
    pause "$FOLLOW_SECONDS"
  fi
  only_side "$2"
}

# strategy_undo FOLDER VERSION UNTIL: users go back to the side that runs the release before; where none does (any more), it
# comes up first, beside what serves.
strategy_undo() {
  local side
  PERCENT=100 # what comes up now is for all users, whatever the bad release had got
  only_new_goes "$1" CronJob || return 1
  objects "$1" || return 1
  side="$(_side_with "$1" "$2")"
  if [[ -n "$side" ]] && _can_serve "$1" "$side"; then
    lead "$1" "$side" || return 1
    log "users are with $side again, which runs $2"
    apply "$1/settings.yaml" || return 1
    autoscaled "$1" "$side" || return 1
    rolled_out "$(names_on "$1" "$side")" "$2" "$3" || return 1
  else
    STABLE="$(_side_led_to)"
    OTHER="$(_opposite "$STABLE")"
    side="$OTHER"
    apply "$1/settings.yaml" || return 1
    [[ -z "$STABLE" ]] || lead "$1" "$STABLE" || return 1
    bring_up "$1" "$2" "$3" || return 1
    autoscaled "$1" "$side" || return 1
    known_to_door "$1"
    lead "$1" "$side" || return 1
  fi
  left_for "$1" "$side"
}

# _can_serve FOLDER SIDE: whether half of the pods of each Deployment are there. Users are better off with these than with a
# bad version, until the others are back.
_can_serve() {
  jq -e --arg names "$(names_on "$1" "$2")" '
    .items as $all | ($names | split("\n"))
    | all(.[]; . as $name | any($all[] | select(.metadata.name == $name); (.status.availableReplicas // 0) as $there
        | $there > 0 and $there * 2 >= (.spec.replicas // 1)))
    ' "$WORK/deployments.json" >/dev/null
}

# strategy_undo_history FILE UNTIL: users go back to the side that FILE names; the jobs are as noted.
strategy_undo_history() {
  local side
  side="$(<"$1")"
  jobs_back || return 1
  seen || return 1
  lead "$WORK/new" "$side" || return 1
  left_for "$WORK/new" "$side"
}

# strategy_finish VERSION: what is left to do between a good verdict and the record: nothing.
strategy_finish() { :; }

# strategy_settle FOLDER VERSION: it is on record as good, so the other side goes.
strategy_settle() {
  local side
  seen || return 1
  side="$(_side_with "$1" "$2")"
  [[ -z "$side" ]] || only_side "$side"
}

# strategy_stands SERVICE: whether the platform still has what the release asked for: nothing here goes back by itself.
strategy_stands() { :; }

# strategy_undo_seconds: what going back takes: where two sides run, users are led back; else pods come up first.
strategy_undo_seconds() {
  jq "${OURS[@]}" -r --argjson lead "$LEAD_SECONDS" --argjson batch "$BATCH_SECONDS" "$_sides"'
    [.items[] | select(ours(.metadata.labels["app.kubernetes.io/name"])) | side] | unique
    | if length > 1 then $lead else $batch + $lead end' "$WORK/deployments.json"
}

# strategy_limit_seconds: how long it may take until all pods of a side are up.
strategy_limit_seconds() { echo "$((BATCH_SECONDS + LEAD_SECONDS + NEW_SIDE_SECONDS + $(progress_seconds)))"; }
