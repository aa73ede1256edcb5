# Managed by agency-scaffold (k8s-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# From Argo Rollouts to Deployments. A Rollout is deleted without its ReplicaSets; a Deployment of the same name takes these for
# its own, and replaces their pods as those of any release before. Sourced by strategy.sh.

# Why a step failed, for the script that called it.
export WHY
# A load balancer that meets a Service for the first time: to register its pods and find them healthy twice.
readonly NEW_SIDE_SECONDS="${NEW_SIDE_SECONDS:-60}"

# may_take_over: refuses, before anything is changed, where the Rollouts of our services may not be deleted, or lead users to two
# versions.
may_take_over() {
  local name names
  names="$(rollouts_there)" || {
    WHY="the ReplicaSets cannot be read"
    return 1
  }
  for name in $names; do
    kube delete rollouts.argoproj.io "$name" --cascade=orphan --dry-run=server >/dev/null 2>"$WORK/rollouts.err" || {
      WHY="the controller of Argo Rollouts still has $name, and its Rollout may not be deleted ($(tail -n 1 "$WORK/rollouts.err"));"
      WHY+=" see docs/runbooks/deployment.md, \"Change how releases are made\""
      return 1
    }
  done
}

# take_over FOLDER: users come by the Service that a route will name, then the Rollouts go without their pods, and each Deployment
# begins with as many as there are: it would begin with one, and end the others.
take_over() {
  local name names size
  names="$(rollouts_there)" || return 1
  [[ -n "$names" ]] || return 0
  log "Deployments take over from Argo Rollouts: ${names//$'\n'/, }"
  objects "$1" && _routes_by_one "$1" || return 1
  for name in $names; do
    kube delete rollouts.argoproj.io "$name" --cascade=orphan --ignore-not-found >&2 || {
      WHY="the Rollout $name cannot be deleted"
      return 1
    }
    size="$(jq -r --arg name "$name" '[.items[] | select(any(.metadata.ownerReferences[]?; .kind == "Rollout" and .name == $name)) | .spec.replicas] | max // 1' \
      "$WORK/sets.json")"
    jq --arg name "$name" --argjson size "$size" '
      .[] | select(.kind == "Deployment" and .metadata.name == $name) | .spec.replicas = $size' "$1/objects.json" >"$WORK/deployment.json"
    # Not applied: nobody may take this number away with the next release.
    kube create --filename "$WORK/deployment.json" >&2 || kube get deployment "$name" --output name >/dev/null || {
      WHY="the Deployment $name cannot be made"
      return 1
    }
  done
}

# _routes_by_one FOLDER: routes lead by the Service of each service alone, which the controller has narrowed to the stable version, once
# the load balancer knows it. Where it is the only name already, nothing is done.
_routes_by_one() {
  kube get httproutes.gateway.networking.k8s.io --output json >"$WORK/routes.json" 2>/dev/null || return 0
  _routes "$1" open >"$WORK/routes-open.json" && _routes "$1" alone >"$WORK/routes-alone.json" || return 1
  [[ -s "$WORK/routes-open.json" ]] || return 0
  log "the load balancer gets to know the Services that users come by: $NEW_SIDE_SECONDS s"
  apply "$WORK/routes-open.json" || return 1
  pause "$NEW_SIDE_SECONDS"
  apply "$WORK/routes-alone.json"
}

# _routes FOLDER open|alone: those whose names change: with the new ones without users, or with these alone.
_routes() {
  jq --arg how "$2" --slurpfile routes "$WORK/routes.json" '
    .[] | select(.kind == "HTTPRoute") | . as $route
    | $routes[0].items[] | select(.metadata.name == $route.metadata.name) | . as $is
    | [.spec.rules[]?.backendRefs[]? | select((.weight // 1) > 0).name] as $old
    | $route
    | select(any(.spec.rules[]?.backendRefs[]?; .name as $one | $old | index([$one]) == null))
    | if $how == "open" then .spec.rules |= [range(length) as $n | .[$n]
        | if .backendRefs then .backendRefs |= map(.weight = 0) | .backendRefs += ($is.spec.rules[$n].backendRefs // $is.spec.rules[0].backendRefs) else . end]
      else . end' "$1/objects.json"
}

# taken_over: what only Rollouts need goes. Analyses may be none of our business any more.
taken_over() {
  jq -e 'any(.items[]; .metadata.labels["app.kubernetes.io/component"] == "release")' "$WORK/services.json" >/dev/null || return 0
  kube delete targetgroupconfigurations --selector app.kubernetes.io/component=release >/dev/null 2>&1 || true # not every cluster has these
  kube delete analysistemplates.argoproj.io --selector app.kubernetes.io/component=release >/dev/null 2>&1 || true
  kube delete services --selector app.kubernetes.io/component=release >&2 || {
    WHY="the Services of Argo Rollouts cannot be deleted"
    return 1
  }
}
