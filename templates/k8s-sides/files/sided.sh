# Managed by agency-scaffold (k8s-sides): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What the objects of a release are on a side. The manifests know one Deployment, autoscaler and disruption budget a service;
# on a side these have its name behind theirs, and its label (`on`). Beside each Service there is one for each side. "plain" are
# pods without a side, of a strategy that has none. Everything here prints, and changes nothing. Sourced by sides.sh.

# Why a step failed, for the script that called it.
export WHY

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
  def images: [.spec.template.spec.containers[].image] | sort;
  # Of all objects of a release: whether a route leads to the service.
  def routed($name): any(.[] | select(.kind == "HTTPRoute").spec.rules[]?.backendRefs[]?; .name == $name);
END
)"
readonly _sides
OURS=(--argjson services "$(long_running | jq --compact-output --raw-input --null-input '[inputs]')")

# release_id FOLDER: what its workloads are known by in the cluster.
release_id() { sha256sum "$1/workloads.yaml" | cut -c 1-16; }

# placed FOLDER SIDE KIND...: its objects of these kinds as they are on a side; what belongs to no service, as it is.
placed() {
  local folder="$1" side="$2"
  shift 2
  jq "${OURS[@]}" --arg side "$side" --arg id "$(release_id "$folder")" "$_sides"'
    .[] | select(.kind | IN($ARGS.positional[]))
    | if sided then on($side) else . end
    | if .kind == "Deployment" and side != "plain" then .metadata.labels["agency-scaffold/release"] = $id else . end
    ' "$folder/objects.json" --args "$@"
}

# names_on FOLDER SIDE: its Deployments as they are called on a side, a line each.
names_on() { placed "$1" "$2" Deployment | jq -r .metadata.name; }

# images_of FILE: the images of each Deployment in it, by name.
images_of() { jq "${OURS[@]}" --compact-output "$_sides"'[.[] | select(.kind == "Deployment") | {(.metadata.name): images}] | add // {}' "$1"; }

# is_routed FOLDER SERVICE: whether a route leads to it, by weight.
is_routed() { jq "${OURS[@]}" -e --arg name "$2" "$_sides"'routed($name)' "$1/objects.json" >/dev/null; }

# leading FOLDER SIDE [OTHER PERCENT]: what leads users to a side, PERCENT of them to another one: routes by weight, a Service
# that no route names by its pods (it selects both).
leading() {
  objects "$1" || return 1
  jq "${OURS[@]}" --arg side "$2" --arg other "${3:-}" --argjson percent "${4:-0}" --slurpfile now "$WORK/deployments.json" \
    --slurpfile pods "$WORK/pods.json" --arg key "$VERSION_LABEL" "$_sides"'
    . as $all
    | def weight($one): if $one == $side then 100 - $percent elif $one == $other then $percent else 0 end;
    def references: map((.weight // 1) as $weight
      | if ((.kind // "Service") == "Service" and ours(.name)) then
          (("blue", "green", "plain") as $one | .name += suffix($one) | .weight = $weight * weight($one))
        else .weight = $weight * 100 end);
    # The version of most ready pods without a side: a release that was killed may have left its own in the Deployment.
    def ready($name): [$pods[0].items[] | select(.metadata.labels["app.kubernetes.io/name"] == $name
        and (.metadata.labels | has("agency-scaffold/side") | not) and .metadata.deletionTimestamp == null
        and any(.status.conditions[]?; .type == "Ready" and .status == "True")) | .metadata.labels[$key] | select(. != null)]
      | group_by(.) | max_by(length) | first;
    # The Service itself. Pods without a side are told from those that have one by their version.
    def itself: .metadata.name as $name
      | if $percent > 0 and ($all | routed($name) | not) then .
        elif $side != "plain" then .spec.selector["agency-scaffold/side"] = $side
        else ([ready($name), ($now[0].items[] | select(.metadata.name == $name) | .spec.template.metadata.labels[$key]) | select(. != null)] | first) as $version
          | if $version then .spec.selector[$key] = $version else . end end;
    [.[] | select(.kind | IN("Service", "HTTPRoute", "TargetGroupConfiguration"))
     | if .kind == "HTTPRoute" then .spec.rules |= map(if .backendRefs then .backendRefs |= references else . end)
       elif sided then (if .kind == "Service" then itself else . end), on("blue"), on("green")
       else . end]
    | sort_by(.kind == "HTTPRoute") | .[]' "$1/objects.json"
}
