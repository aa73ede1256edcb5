# Managed by agency-scaffold (k8s-rollouts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# From Deployments, with sides or without, to Rollouts: the Deployments keep every pod until the first release by Rollouts is on
# record as good, so that users can be led back to them. Sourced by strategy.sh.

# Why a step failed, for the script that called it.
export WHY

# Users whose requests are under way when they are led elsewhere, and the controllers of what leads to pods.
readonly SETTLE_SECONDS="${SETTLE_SECONDS:-15}"

# _deployments: those of our services, a line each, from the snapshot.
_deployments() {
  jq "${OURS[@]}" -r '
    .items[] | select(.kind == "Deployment" and .metadata.labels["app.kubernetes.io/managed-by"] == "agency-scaffold")
    | select(.metadata.labels["app.kubernetes.io/name"] as $name | $ours | index([$name]) != null)
    | .metadata.name' "$WORK/deployments.json"
}

# unsettled VERSION: whether Deployments of every service still run the version.
unsettled() {
  local services
  services="$(jq "${OURS[@]}" -r --arg version "$1" --arg key "$VERSION_LABEL" '
    .items[] | select(.kind == "Deployment" and .spec.template.metadata.labels[$key] == $version and (.status.availableReplicas // 0) > 0)
    | .metadata.labels["app.kubernetes.io/name"] | select(. as $name | $ours | index([$name]) != null)' "$WORK/deployments.json" | sort -u)"
  [[ -n "$services" && "$services" == "$(rollouts_that true | sort -u)" ]]
}

# back_to_deployments FOLDER VERSION: users come to the Deployments again; then the Rollouts go. First their controller lets go of the
# Services, which it would narrow again; the Services lead to a side, or to the pods of the version by its label.
back_to_deployments() {
  local service
  log "the Deployments of $2 still run: users go back to them"
  for service in $(rollouts_that true); do
    kube patch rollouts.argoproj.io "$service" --type json --patch '[{"op": "replace", "path": "/spec/strategy", "value": {"canary": {}}}]' >&2 || {
      WHY="$service: its Rollout does not let go of the Services"
      return 1
    }
  done
  read_routes && _traffic_of_deployments "$1" "$2" >"$WORK/traffic.json" && _known_again && apply "$WORK/traffic.json" || return 1
  pause "$SETTLE_SECONDS"
  _scaled_again "$1" || return 1
  for service in $(rollouts_that true); do
    kube delete rollouts.argoproj.io "$service" --ignore-not-found >&2 || {
      WHY="$service: its Rollout cannot be deleted"
      return 1
    }
    # A side has its own.
    _deployments | grep -qxF -e "$service" || kube delete horizontalpodautoscalers,poddisruptionbudgets "$service" --ignore-not-found >&2 || {
      WHY="$service: what scaled its Rollout cannot be deleted"
      return 1
    }
  done
  apply_jobs "$1"
}

# _known_again: a Service that the controller narrowed gets its pods back before users come by it, since the load balancer forgot
# them meanwhile; the Service of a side it never narrowed.
_known_again() {
  jq 'select(.kind == "Service")' "$WORK/traffic.json" >"$WORK/services-back.json"
  apply "$WORK/services-back.json" || return 1
  jq -e --slurp 'any(.[] | select(.kind == "HTTPRoute"); .metadata.name as $name | any(.spec.rules[].backendRefs[]?; .name == $name))' \
    "$WORK/traffic.json" >/dev/null || return 0
  log "the load balancer gets to know the pods of the Deployments again: $NEW_SIDE_SECONDS s"
  pause "$NEW_SIDE_SECONDS"
}

# _traffic_of_deployments FOLDER VERSION
_traffic_of_deployments() {
  jq "${OURS[@]}" --arg version "$2" --arg key "$VERSION_LABEL" --slurpfile services "$WORK/services.json" --slurpfile routes "$WORK/routes.json" \
    --slurpfile now "$WORK/deployments.json" "$ROLLOUTS"'
    def side($name): first($now[0].items[] | select(.kind == "Deployment" and .metadata.labels["app.kubernetes.io/name"] == $name
      and .spec.template.metadata.labels[$key] == $version) | .metadata.labels["agency-scaffold/side"] // "");
    def there($name): any($services[0].items[]; .metadata.name == $name);
    [.[] | .metadata.name as $name | select(.metadata.name as $one | $ours | index([$one]) != null)
     | if .kind == "Service" then
         .spec.selector += (if side($name) != "" then {"agency-scaffold/side": side($name)} else {($key): $version} end)
       elif .kind == "HTTPRoute" then
         # Both names, where there are sides: the way back to them must find its Service.
         (if side($name) != "" and there("\($name)-\(side($name))") then "\($name)-\(side($name))" else $name end) as $to
         | .spec.rules |= map(if .backendRefs then .backendRefs |= (first | .name = $to | .weight = 100 | [.]) else . end)
       else empty end]
    | sort_by(.kind == "HTTPRoute") | .[]' "$1/objects.json"
}

# _scaled_again FOLDER: autoscalers scale the Deployments; a side has its own.
_scaled_again() {
  jq "${OURS[@]}" --slurpfile now "$WORK/deployments.json" '
    .[] | select(.kind == "HorizontalPodAutoscaler") | .spec.scaleTargetRef.name as $name
    | select(any($now[0].items[]; .kind == "Deployment" and .metadata.name == $name))
    | .spec.scaleTargetRef |= (.apiVersion = "apps/v1" | .kind = "Deployment")' "$1/objects.json" >"$WORK/autoscalers.json"
  apply "$WORK/autoscalers.json"
}

# _roles_gone FOLDER: Services that only another strategy of Rollouts needs go.
_roles_gone() {
  local names left
  names="$(jq -r --slurpfile wanted "$1/objects.json" '
    [.items[] | select(.metadata.labels["app.kubernetes.io/component"] == "release").metadata.name]
    - [$wanted[0][] | select(.kind == "Service").metadata.name] | join(" ")' "$WORK/services.json")"
  [[ -n "$names" ]] || return 0
  read -r -a left <<<"$names"
  kube delete targetgroupconfigurations "${left[@]}" --ignore-not-found >/dev/null 2>&1 || true # not every cluster has these
  kube delete services "${left[@]}" --ignore-not-found >&2 || {
    WHY="the Services of the strategy before cannot be deleted"
    return 1
  }
}

# left_by_others FOLDER: the Deployments, with sides or without, and what belongs to a side go; and the routes lead to nothing else.
left_by_others() {
  local names left
  snapshot && read_routes || return 1
  apply_traffic "$1" new || return 1
  names="$(_deployments | tr '\n' ' ')"
  if [[ -n "$names" ]]; then
    log "these Deployments go: $names"
    # Word by word: each is a name.
    read -r -a left <<<"$names"
    kube delete deployments "${left[@]}" --ignore-not-found >&2 || {
      WHY="the Deployments that Rollouts replaced cannot be deleted"
      return 1
    }
  fi
  _roles_gone "$1" || return 1
  jq -e 'any(.items[]; .metadata.labels | has("agency-scaffold/side"))' "$WORK/services.json" >/dev/null || return 0
  kube delete targetgroupconfigurations --selector agency-scaffold/side >/dev/null 2>&1 || true # not every cluster has these
  kube delete horizontalpodautoscalers,poddisruptionbudgets,services --selector agency-scaffold/side >&2 || {
    WHY="what the strategy before left cannot be deleted"
    return 1
  }
}
