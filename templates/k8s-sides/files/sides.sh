# Managed by agency-scaffold (k8s-sides): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Two sides, blue and green. A release comes up on the side that serves nobody, while the other keeps every pod; then users
# are led there, all at once or in steps, and back within seconds. Sourced by strategy.sh.
#
# The manifests know one Deployment, autoscaler and disruption budget a service; on a side these have its name behind theirs,
# and its label (`on`). Beside each Service there is one for each side. Routes name all three and lead by weight, so that the
# load balancer knows the pods of a side before users come; callers inside the cluster use the Service itself, which selects
# the side that serves. "plain" are pods without a side, of a strategy that has none.

# shellcheck source=rollout.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollout.sh"

# Why a step failed, for the script that called it.
export WHY
# What a release without a good one on record goes back by, and what that does not bring back.
export STRATEGY_HISTORY="the side that served before"
export STRATEGY_HISTORY_LIMIT="; its settings are the new ones"
# To lead users elsewhere: a request to the cluster, and the load balancer's controller follows.
readonly LEAD_SECONDS=30
# A load balancer that meets a side for the first time: to register its pods and find them healthy twice.
readonly NEW_SIDE_SECONDS="${NEW_SIDE_SECONDS:-60}"
# Requests to each service through its side's own Service before users come; one may fail.
readonly SMOKE_REQUESTS=10
STABLE=""
OTHER=""
# The part of the users that the OTHER side has, or is to have next.
export PERCENT=100

# A jq prelude. $services: the names of the services that run all the time.
_sides="$(
  cat <<'END'
  def suffix($side): if $side == "plain" then "" else "-" + $side end;
  def ours($name): $services | index([$name]) != null;
  # What there is of each side: only what belongs to a service of ours.
  def sided: if .kind == "HorizontalPodAutoscaler" then ours(.spec.scaleTargetRef.name)
    elif .kind == "TargetGroupConfiguration" then ours(.spec.targetReference.name)
    else (.kind | IN("Deployment", "PodDisruptionBudget", "Service")) and ours(.metadata.name) end;
  def on($side): if $side == "plain" then . else
      .metadata.name += suffix($side) | .metadata.labels["agency-scaffold/side"] = $side
      | if .kind == "Deployment" then .spec.selector.matchLabels["agency-scaffold/side"] = $side
          | .spec.template.metadata.labels["agency-scaffold/side"] = $side
        elif .kind == "PodDisruptionBudget" then .spec.selector.matchLabels["agency-scaffold/side"] = $side
        elif .kind == "HorizontalPodAutoscaler" then .spec.scaleTargetRef.name += suffix($side)
        elif .kind == "TargetGroupConfiguration" then .spec.targetReference.name += suffix($side)
        else .spec.selector["agency-scaffold/side"] = $side end end;
  # Of Deployments and autoscalers in the cluster.
  def side: .metadata.labels["agency-scaffold/side"] // "plain";
END
)"
readonly _sides
OURS=(--argjson services "$(long_running | jq --compact-output --raw-input --null-input '[inputs]')")

# _objects FOLDER: its workloads and what leads to them as JSON, in $1/objects.json.
_objects() {
  [[ ! -s "$1/objects.json" ]] || return 0
  cat "$1/traffic.yaml" "$1/workloads.yaml" >"$WORK/objects.yaml"
  # Of what kubectl does without a cluster, this prints YAML as JSON; the label is on every object already.
  with_deadline 60 kubectl label --local --filename "$WORK/objects.yaml" --output json --overwrite \
    app.kubernetes.io/managed-by=agency-scaffold 2>"$WORK/objects.err" | jq --slurp . >"$1/objects.json" || {
    WHY="the manifests cannot be read: $(tail -n 1 "$WORK/objects.err")"
    rm -f "$1/objects.json"
    return 1
  }
}

# _release_id FOLDER: what its workloads are known by in the cluster.
_release_id() { sha256sum "$1/workloads.yaml" | cut -c 1-16; }

# _opposite SIDE
_opposite() { if [[ "$1" == blue ]]; then echo green; else echo blue; fi; }

# _side_with FOLDER VERSION: the side that runs the workloads of a release, of all its services, from the snapshot. Where the
# texts of a release were not kept, and of pods without a side, the version decides. Prints nothing when there is none.
_side_with() {
  local names id=""
  names="$(long_running)"
  if [[ -s "$1/workloads.yaml" ]]; then
    id="$(_release_id "$1")"
    names="$(platform_services "$1" | grep -xF -f <(long_running) || true)"
  fi
  jq -r --arg names "$names" --arg id "$id" --arg version "$2" --arg key "$VERSION_LABEL" '
    ($names | split("\n") | map(select(. != ""))) as $names
    | .items as $all
    | [("blue", "green", "plain") as $side
       | select(($names | length) > 0 and all($names[]; . as $name | any($all[];
           (.metadata.labels["agency-scaffold/side"] // "plain") == $side
           and .metadata.labels["app.kubernetes.io/name"] == $name
           and (if $id == "" or $side == "plain" then .spec.template.metadata.labels[$key] == $version
                else .metadata.labels["agency-scaffold/release"] == $id end))))
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

# lead FOLDER SIDE [OTHER PERCENT]: users come to a side, PERCENT of them to another one: through routes by weight, through a
# Service that no route names by its pods (it selects both).
lead() {
  _led "$@" >"$WORK/traffic.json" || return 1
  apply "$WORK/traffic.json"
}

_led() {
  _objects "$1" || return 1
  jq "${OURS[@]}" --arg side "$2" --arg other "${3:-}" --argjson percent "${4:-0}" --slurpfile now "$WORK/deployments.json" \
    --arg key "$VERSION_LABEL" "$_sides"'
    . as $all
    | def weight($one): if $one == $side then 100 - $percent elif $one == $other then $percent else 0 end;
    def references: map((.weight // 1) as $weight
      | if ((.kind // "Service") == "Service" and ours(.name)) then
          (("blue", "green", "plain") as $one | .name += suffix($one) | .weight = $weight * weight($one))
        else .weight = $weight * 100 end);
    # The Service itself. Pods without a side are told from those that have one by their version.
    def itself: .metadata.name as $name
      | if $percent > 0 and (any($all[] | select(.kind == "HTTPRoute").spec.rules[]?.backendRefs[]?; .name == $name) | not) then .
        elif $side != "plain" then .spec.selector["agency-scaffold/side"] = $side
        else ([$now[0].items[] | select(.metadata.name == $name) | .spec.template.metadata.labels[$key] | select(. != null)] | first) as $version
          | if $version then .spec.selector[$key] = $version else . end end;
    [.[] | select(.kind | IN("Service", "HTTPRoute", "TargetGroupConfiguration"))
     | if .kind == "HTTPRoute" then .spec.rules |= map(if .backendRefs then .backendRefs |= references else . end)
       elif sided then (if .kind == "Service" then itself else . end), on("blue"), on("green")
       else . end]
    | sort_by(.kind == "HTTPRoute") | .[]' "$1/objects.json"
}

# bring_up FOLDER VERSION UNTIL: the workloads on the OTHER side, each with as many pods as `strategy_size SERVICE` says; what
# belongs to no service, as it is. Nothing scales them yet: an autoscaler would take pods away that nobody uses.
bring_up() {
  _objects "$1" || return 1
  jq "${OURS[@]}" --arg side "$OTHER" --arg id "$(_release_id "$1")" "$_sides"'
    [.[] | select(.kind | IN("Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler"))
     | if sided | not then . elif .kind == "HorizontalPodAutoscaler" then empty
       elif .kind == "Deployment" then on($side) | .metadata.labels["agency-scaffold/release"] = $id
       else on($side) end]
    | .[]' "$1/objects.json" >"$WORK/pods-of-$OTHER.json"
  _cleared "$1" || return 1
  apply "$WORK/pods-of-$OTHER.json" || return 1
  resize "$1" || return 1
  rolled_out "$(_names "$1" "$OTHER")" "$2" "$3"
}

# _cleared FOLDER: what another release left on the OTHER side goes first. Of this one, only what would scale it.
_cleared() {
  local kinds
  kinds="$(jq "${OURS[@]}" -r --arg side "$OTHER" --arg id "$(_release_id "$1")" "$_sides"'
    [.items[] | select(side == $side) | .metadata.labels["agency-scaffold/release"] == $id]
    | if length == 0 then empty elif all then "horizontalpodautoscalers"
      else "deployments,horizontalpodautoscalers,poddisruptionbudgets" end' "$WORK/deployments.json")"
  [[ -z "$kinds" ]] || _deleted "$kinds" --selector "agency-scaffold/side=$OTHER"
}

_deleted() {
  kube delete "$@" --ignore-not-found >&2 || {
    WHY="what no longer serves cannot be deleted"
    return 1
  }
}

# _names FOLDER SIDE: the Deployments of a folder as they are on a side.
_names() {
  jq "${OURS[@]}" -r --arg side "$2" "$_sides"'
    .[] | select(.kind == "Deployment") | if sided then on($side) else . end | .metadata.name' "$1/objects.json"
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

# smoke FOLDER: the OTHER side answers through its own Services.
smoke() {
  local service failed=0 url
  way_open || return 1
  for service in $(long_running); do
    names_of Deployment "$1/workloads.yaml" | grep -qxF -e "$service" || continue
    url="http://localhost/api/v1/namespaces/$RELEASE_NAMESPACE/services/http:$service-$OTHER:$(service_field "$service" 3)/proxy$(service_field "$service" 4)"
    failed="$(cd "$WORK" && for ((i = 0; i < SMOKE_REQUESTS; i++)); do
      way_curl --output /dev/null --max-time 10 --write-out '%{http_code}\n' "$url" || true
    done | grep -cv '^2' || true)"
    ((failed <= 1)) || break
  done
  way_close
  ((failed <= 1)) && return 0
  WHY="$service: through Service $service-$OTHER, $failed of $SMOKE_REQUESTS requests to $(service_field "$service" 4) were not answered well"
  return 1
}

# take_over FOLDER: the OTHER side is made ready to serve alone: its autoscalers come, and the CronJobs; the STABLE side no
# longer shrinks, so that the way back stays wide.
take_over() { autoscaled "$1" "$OTHER" && hold; }

# autoscaled FOLDER SIDE: its autoscalers and the CronJobs.
autoscaled() {
  jq "${OURS[@]}" --arg side "$2" "$_sides"'
    [.[] | select(.kind == "CronJob" or (.kind == "HorizontalPodAutoscaler" and sided))
     | if sided then on($side) else . end] | .[]' "$1/objects.json" >"$WORK/autoscaled.json"
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
  local one names kinds=deployments,horizontalpodautoscalers,poddisruptionbudgets plain
  for one in blue green; do
    [[ "$one" == "$1" ]] || ! _has_side "$one" || _deleted "$kinds" --selector "agency-scaffold/side=$one" || return 1
  done
  [[ "$1" != plain ]] || return 0
  names="$(jq "${OURS[@]}" -r "$_sides"'[.items[] | select(side == "plain") | .metadata.name | select(ours(.))] | join(" ")' "$WORK/deployments.json")" || return 1
  [[ -n "$names" ]] || return 0
  read -r -a plain <<<"$names"
  _deleted "$kinds" "${plain[@]}"
}

_has_side() { jq "${OURS[@]}" -e --arg side "$1" "$_sides"'any(.items[]; side == $side)' "$WORK/deployments.json" >/dev/null; }

# strategy_files FOLDER: the files that a release applies, a line each: what comes up, and what leads there then.
strategy_files() {
  snapshot && choose_sides || return 1
  _led "$1" "$OTHER" >"$WORK/traffic.json" || return 1
  jq "${OURS[@]}" --arg side "$OTHER" "$_sides"'
    [.[] | select(.kind | IN("Service", "HTTPRoute", "TargetGroupConfiguration") | not)
     | if sided then on($side) else . end] | .[]' "$1/objects.json" >"$WORK/workloads.json"
  printf '%s\n' "$1/settings.yaml" "$WORK/traffic.json" "$WORK/workloads.json"
}

# strategy_note VERSION: the side that serves now, where nothing good is on record: what a release goes back to. Refuses other
# pods of the version that serves: both sides would run it, and its numbers would be those of both.
strategy_note() {
  snapshot || return 1
  no_rollouts "Release once with deployment.strategy rolling first (docs/runbooks/deployment.md, \"Change how releases are made\")" || return 1
  note_jobs "$1" || return 1
  choose_sides
  if [[ -n "$STABLE" && "$(_side_with "$WORK/new" "$1")" != "$STABLE" && "$(_side_with "" "$1")" == "$STABLE" ]]; then
    WHY="$1 serves already, with other images or other workloads: give this release a version of its own"
    return 1
  fi
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
  lead "$1" "$STABLE" && autoscaled "$1" "$STABLE" && rolled_out "$(_names "$1" "$STABLE")" "$2" "$3"
}

# known_to_door FOLDER: where pods without a side served until now, the load balancer meets a side for the first time.
known_to_door() {
  local until
  [[ "$STABLE" == plain && -n "$(names_of HTTPRoute "$1/traffic.yaml")" ]] || return 0
  log "the load balancer meets these pods for the first time: $NEW_SIDE_SECONDS s"
  until=$((SECONDS + NEW_SIDE_SECONDS))
  while ((SECONDS < until)); do
    keep_lock
    sleep "$POLL"
  done
}

# strategy_undo FOLDER VERSION UNTIL: users go back to the side that runs the release before; where none does (any more), it
# comes up first, beside what serves.
strategy_undo() {
  local side
  PERCENT=100 # what comes up now is for all users, whatever the bad release had got
  only_new_goes "$1" CronJob || return 1
  _objects "$1" || return 1
  side="$(_side_with "$1" "$2")"
  if [[ -n "$side" && -z "$(unfinished "$(_names "$1" "$side")")" ]]; then
    lead "$1" "$side" || return 1
    log "users are with $side again, which runs $2"
    apply "$1/settings.yaml" || return 1
    autoscaled "$1" "$side" || return 1
  else
    STABLE="$(_side_led_to)"
    OTHER="$(_opposite "$STABLE")"
    side="$OTHER"
    apply "$1/settings.yaml" || return 1
    bring_up "$1" "$2" "$3" || return 1
    autoscaled "$1" "$side" || return 1
    lead "$1" "$side" || return 1
  fi
  only_side "$side"
}

# strategy_undo_history FILE UNTIL: users go back to the side that FILE names; the jobs are as noted.
strategy_undo_history() {
  local side
  side="$(<"$1")"
  jobs_back || return 1
  snapshot || return 1
  lead "$WORK/new" "$side" || return 1
  only_side "$side"
}

# strategy_finish VERSION: what is left to do between a good verdict and the record: nothing.
strategy_finish() { :; }

# strategy_settle FOLDER VERSION: it is on record as good, so the other side goes.
strategy_settle() {
  local side
  snapshot || return 1
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
