# Managed by agency-scaffold (k8s-rollouts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What is applied. The controller writes into Services (which ReplicaSet they lead to) and routes (weights). Both fields are
# replaced as a whole when a manifest is applied, so what it wrote is taken from the cluster first. Sourced by strategy.sh.

# Why a step failed, for the script that called it.
export WHY
# A load balancer that meets a Service for the first time: to register its pods and find them healthy twice.
readonly NEW_SIDE_SECONDS="${NEW_SIDE_SECONDS:-60}"

# pods_id FOLDER: what its pods are known by in the cluster.
pods_id() {
  jq -cS '[.[] | select(.kind == "Rollout") | {name: .metadata.name, template: .spec.template}] | sort_by(.name)' "$1/objects.json" |
    sha256sum | cut -c 1-16
}

# traffic FOLDER open|turned|new: the Services, and the routes: users come by what they come by now, so that the load balancer learns
# what is to come ("open"); by what the folder has, and what they came by before is kept for the way back ("turned"); that alone
# ("new"). Prints JSON; reads the snapshot and $WORK/routes.json.
traffic() {
  objects "$1" || return 1
  jq "${OURS[@]}" --arg how "$2" --slurpfile services "$WORK/services.json" --slurpfile routes "$WORK/routes.json" \
    --slurpfile now "$WORK/deployments.json" "$ROLLOUTS"'
    [.[] | select(.kind == "Rollout")] as $wanted
    | [$now[0] | rollouts] as $there
    | def live($all): . as $one | first($all[0].items[] | select(.metadata.name == $one.metadata.name)) // null;
      def at($version): if $version then .metadata.resourceVersion = $version else . end;
    # A Service leads to the ReplicaSet that it leads to now, or to the stable one: without that it would lead to every version.
    def service: .metadata.name as $name | live($services) as $is
      | (first($wanted[] | select(narrowed | index([$name])) | .metadata.name) // null) as $owner
      | if $owner == null then at($is.metadata.resourceVersion)
        else (first($there[] | select(.metadata.name == $owner) | .status) // {}) as $told
          | $is.spec.selector[hash] as $at
          | (if $at != null and IN($at; $told.stableRS, $told.currentPodHash) then $at else $told.stableRS // $at end) as $to
          | if $to then .spec.selector[hash] = $to else . end
          # While a release is ended the controller turns this one back and forth many times a second (v1.10.0).
          | if any($wanted[]; [.spec.strategy.canary.canaryService, .spec.strategy.blueGreen.previewService] | index([$name])) then .
            else at($is.metadata.resourceVersion) end end;
    # The weights of two Services that take turns are as they were, or all users go to the stable one.
    def weigh($is): .metadata.name as $name
      | first(($wanted[] | select(.metadata.name == $name)
          | .status = (first($there[] | select(.metadata.name == $name) | .status) // {}) | roles), []) as $roles
      | ([$is.spec.rules[]?.backendRefs[]? | {(.name): (.weight // 1)}] | add // {}) as $live
      | .spec.rules |= map(if .backendRefs then .backendRefs |= (
          map(.name as $one | if ($roles | length) < 2 or ($roles | index([$one]) == null) then .
            elif ($live[$roles[0]] // 0) + ($live[$roles[1]] // 0) > 0 then .weight = ($live[$one] // 0)
            else .weight = (if $one == $roles[0] then 100 else 0 end) end)) else . end);
    def turned($is): ([.spec.rules[]?.backendRefs[]?.name] | unique) as $names
      | .spec.rules |= [range(length) as $n | .[$n] | if .backendRefs then
          .backendRefs += (($is.spec.rules[$n].backendRefs // $is.spec.rules[0].backendRefs) | map(.name as $one | select($names | index([$one]) == null) | .weight = 0))
          | .backendRefs |= map(if has("weight") then . else .weight = 100 end) else . end];
    def opened($is): ([$is.spec.rules[]?.backendRefs[]?.name] | unique) as $old
      | .spec.rules |= map(if .backendRefs then .backendRefs |= map(.name as $one | select($old | index([$one]) == null) | .weight = 0) else . end)
      | .spec.rules |= [range(length) as $n | .[$n] | if .backendRefs then .backendRefs += ($is.spec.rules[$n].backendRefs // $is.spec.rules[0].backendRefs) else . end];
    def route: live($routes) as $is | weigh($is)
      | if $is == null or $how == "new" then . elif $how == "open" then opened($is) else turned($is) end
      | at($is.metadata.resourceVersion);
    [.[] | select(.kind | IN("Service", "HTTPRoute", "TargetGroupConfiguration"))
     | if .kind == "Service" then service elif .kind == "HTTPRoute" then route else . end]
    | sort_by(.kind == "HTTPRoute") | .[]' "$1/objects.json"
}

# apply_traffic FOLDER open|turned|new: again where the controller was faster. The last try takes what it has read for granted: what
# the controller wrote meanwhile it writes again, and users must not stay where they are because of it.
apply_traffic() {
  local try
  for try in 1 2 3 4; do
    snapshot && read_routes && traffic "$1" "$2" >"$WORK/traffic.json" || return 1
    if ((try == 4)); then
      jq 'del(.metadata.resourceVersion)' "$WORK/traffic.json" >"$WORK/traffic-now.json" && apply "$WORK/traffic-now.json"
      return
    fi
    ! apply "$WORK/traffic.json" || return 0
    log "what leads to the pods changed meanwhile; once more"
  done
}

# newcomers FOLDER: the Services that its routes name and the routes in the cluster do not, a line each. A route that is not there
# yet takes users from nobody.
newcomers() {
  jq -r --slurpfile routes "$WORK/routes.json" '
    .[] | select(.kind == "HTTPRoute") | . as $route
    | $routes[0].items[] | select(.metadata.name == $route.metadata.name)
    | [.spec.rules[]?.backendRefs[]?.name] as $old
    | [$route.spec.rules[]?.backendRefs[]?.name] | unique[] | select(. as $one | $old | index([$one]) == null)' "$1/objects.json"
}

# lead FOLDER: what leads to the pods is as the folder has it. Services that the load balancer does not know yet get users only
# after it has had the time to register their pods.
lead() {
  local new
  objects "$1" && snapshot && read_routes || return 1
  new="$(newcomers "$1")"
  if [[ -n "$new" ]]; then
    log "the load balancer gets to know ${new//$'\n'/, }: $NEW_SIDE_SECONDS s"
    apply_traffic "$1" open || return 1
    pause "$NEW_SIDE_SECONDS"
  fi
  apply_traffic "$1" turned
}

# workloads FOLDER: what starts, scales and protects pods, but for what runs on a schedule, as JSON.
workloads() {
  jq --arg id "$(pods_id "$1")" '.[] | select(.kind | IN("Deployment", "Rollout", "HorizontalPodAutoscaler", "PodDisruptionBudget"))
    | if .kind == "Rollout" then .metadata.labels["agency-scaffold/release"] = $id else . end' "$1/objects.json"
}

# new_strategy FOLDER: Rollouts that are to name other Services get their strategy first, with the pods that they have: the controller
# leaves narrow only what a Rollout names, and a Service that leads to every version when a release begins would bring users to it
# at once. One that was left half-way keeps its strategy until the release changes both.
new_strategy() {
  objects "$1" && snapshot || return 1
  jq "${OURS[@]}" --slurpfile now "$WORK/deployments.json" "$ROLLOUTS"'
    .[] | select(.kind == "Rollout") | . as $new
    | $now[0] | first(rollouts | select(.metadata.name == $new.metadata.name and is_stable)) | . as $is
    | select((narrowed | sort) != ($new | narrowed | sort))
    | $new | .spec.template = $is.spec.template | .metadata.labels = ($is.metadata.labels | with_entries(select(.key | IN($new.metadata.labels | keys[], "agency-scaffold/release"))))
    ' "$1/objects.json" >"$WORK/strategies.json" || return 1
  [[ -s "$WORK/strategies.json" ]] || return 0
  log "the strategy changes: the Rollouts learn it before they get the release"
  apply "$WORK/strategies.json" && apply_traffic "$1" turned
}

# apply_workloads FOLDER: applies them, and a Rollout that was not there gets its size at once: that of what
# serves now, or the least that its autoscaler keeps; it would begin with one pod.
apply_workloads() {
  local service size
  objects "$1" && workloads "$1" >"$WORK/workloads.json" || return 1
  apply "$WORK/workloads.json" || return 1
  for service in $(platform_services "$1" | grep -xF -f <(long_running)); do
    ! rollouts_that true | grep -qxF -e "$service" || continue
    size="$(jq -r --arg name "$service" --slurpfile now "$WORK/deployments.json" '
      [1, (.[] | select(.kind == "HorizontalPodAutoscaler" and .spec.scaleTargetRef.name == $name).spec.minReplicas),
       ($now[0].items[] | select(.kind == "Deployment" and .metadata.labels["app.kubernetes.io/name"] == $name) | .spec.replicas // 1)] | max' \
      "$1/objects.json")"
    kube scale "rollouts.argoproj.io/$service" --replicas="$size" >&2 || {
      WHY="$service cannot be given its size"
      return 1
    }
  done
}

# apply_jobs FOLDER: the CronJobs.
apply_jobs() {
  jq '.[] | select(.kind == "CronJob")' "$1/objects.json" >"$WORK/cronjobs.json"
  apply "$WORK/cronjobs.json"
}
