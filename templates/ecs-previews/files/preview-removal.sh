# Managed by agency-scaffold (ecs-previews): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Which previews there are, what each has, and how it goes. The record goes last, so that one that was removed by half is
# still there for the next try. Task definitions stay: a revision costs nothing, and the right to take some away would be
# one for all. Sourced by preview-platform.sh.

# Why a step failed, for the script that called it.
export WHY

# preview_numbers: number, version, expires and state of each as JSON, a line each: those on record, and those of which only
# services are left, which have no end any more.
preview_numbers() {
  local number
  ask objects.json s3api list-objects-v2 --bucket "$(releases_bucket)" --prefix previews/ --delimiter / || return 1
  ask there.json ecs list-services --cluster "$CLUSTER_NAME" || return 1
  jq -rn --slurpfile objects "$WORK/objects.json" '$objects[0].Contents // [] | .[].Key | capture("^previews/(?<n>[1-9][0-9]*)[.]json$") | .n' >"$WORK/recorded" || return 1
  jq -r '.serviceArns[] | split("/") | last | capture("^pr-(?<n>[1-9][0-9]*)-") | .n' "$WORK/there.json" >"$WORK/running-numbers" || return 1
  while read -r number; do
    _record "$number" || return 1
    jq -c --arg number "$number" '{$number, version, expires, state}' "$WORK/record.json" || return 1
  done < <(sort -nu "$WORK/recorded" "$WORK/running-numbers")
}

# _inventory NUMBER: kind and name of all that is there, a line each, into $WORK/inventory.
_inventory() {
  _preview "$1"
  : >"$WORK/inventory"
  look_for_listener || return 1
  ask rules.json elbv2 describe-rules --listener-arn "$LISTENER" || return 1
  rules_of "$1" >"$WORK/rules-of" || unclear || return 1
  awk '{ print "rule", $1 }' "$WORK/rules-of" >>"$WORK/inventory"
  _inventory_services "$1" && _inventory_tasks && _inventory_groups "$1" || return 1
  find_namespace "$1" || return 1
  jq -r 'select(.Id) | "namespace \(.Id)"' "$WORK/namespace.json" >>"$WORK/inventory" || unclear || return 1
  if ask secret.json secretsmanager describe-secret --secret-id "$PREVIEW_SECRET_PREFIX$1"; then
    jq -r 'select(.DeletedDate == null) | "secret \(.Name)"' "$WORK/secret.json" >>"$WORK/inventory" || unclear || return 1
  elif ! grep -q ResourceNotFoundException "$WORK/aws-error"; then
    return 1
  fi
  _record "$1" || return 1
  [[ -z "$RECORD_TAG" ]] || echo "record previews/$1.json" >>"$WORK/inventory"
}

# _inventory_services NUMBER: also those that are going, of which list-services says nothing.
_inventory_services() {
  local names=()
  ask there.json ecs list-services --cluster "$CLUSTER_NAME" || return 1
  jq -r --arg start "$UNIT_PREFIX" '.serviceArns[] | split("/") | last | select(startswith($start))' "$WORK/there.json" >"$WORK/units-there" ||
    unclear || return 1
  units >>"$WORK/units-there" && sort -u "$WORK/units-there" >"$WORK/units" || return 1
  mapfile -t names <"$WORK/units"
  while ((${#names[@]} > 0)); do
    ask some.json ecs describe-services --cluster "$CLUSTER_NAME" --services "${names[@]:0:10}" || return 1
    jq -r '.services[] | select(.status != "INACTIVE") | "service \(.serviceName) \(.status)"' "$WORK/some.json" >>"$WORK/inventory" || unclear || return 1
    names=("${names[@]:10}")
  done
}

# _inventory_tasks: what was started by itself; tasks of services go with these.
_inventory_tasks() {
  local arns=()
  ask running.json ecs list-tasks --cluster "$CLUSTER_NAME" --desired-status RUNNING || return 1
  jq -r '.taskArns[]' "$WORK/running.json" >"$WORK/arns" || unclear || return 1
  mapfile -t arns <"$WORK/arns"
  while ((${#arns[@]} > 0)); do
    ask some.json ecs describe-tasks --cluster "$CLUSTER_NAME" --tasks "${arns[@]:0:100}" || return 1
    jq -r --arg start "$UNIT_PREFIX" '
      .tasks[] | select(.desiredStatus == "RUNNING" and (.startedBy // "" | startswith($start))) | "task \(.taskArn)"' "$WORK/some.json" >>"$WORK/inventory" || unclear || return 1
    arns=("${arns[@]:100}")
  done
}

# _inventory_groups NUMBER: by their tags, since names may be cut.
_inventory_groups() {
  local arns=()
  ask groups-there.json elbv2 describe-target-groups || return 1
  jq -r --arg start "$UNIT_PREFIX" '.TargetGroups[] | select(.TargetGroupName | startswith($start)) | .TargetGroupArn' \
    "$WORK/groups-there.json" >"$WORK/arns" || unclear || return 1
  mapfile -t arns <"$WORK/arns"
  while ((${#arns[@]} > 0)); do
    ask some.json elbv2 describe-tags --resource-arns "${arns[@]:0:20}" || return 1
    jq -r --arg number "$1" --arg stack "$CLUSTER_NAME" '.TagDescriptions[]
      | select(any(.Tags[]; .Key == "preview" and .Value == $number) and any(.Tags[]; .Key == "stack" and .Value == $stack)) | "group \(.ResourceArn)"' "$WORK/some.json" >>"$WORK/inventory" || unclear || return 1
    arns=("${arns[@]:20}")
  done
}

# preview_left NUMBER: what is there of it, a line each.
preview_left() {
  _inventory "$1" || return 1
  awk '{ print $1, $2 }' "$WORK/inventory"
}

# preview_remove NUMBER: everything that can go now; the rest goes when what needs it is gone.
preview_remove() {
  local kind name status failed="" resting=no
  _inventory "$1" || return 1
  if [[ -n "$RECORD_TAG" ]] && ! jq -e '.state == "being-removed"' "$WORK/record.json" >/dev/null; then
    _note "$1" '{"state": "being-removed"}' || return 1
  fi
  sort_inventory >"$WORK/to-remove" || return 1
  while read -r kind name status; do
    case "$kind" in
      rule) ask deleted.json elbv2 delete-rule --rule-arn "$name" || failed+=" $WHY;" ;;
      service)
        resting=yes
        [[ "$status" == DRAINING ]] || ask deleted.json ecs delete-service --cluster "$CLUSTER_NAME" --service "$name" --force || failed+=" $WHY;"
        ;;
      task)
        resting=yes
        ask stopped.json ecs stop-task --cluster "$CLUSTER_NAME" --task "$name" --reason "preview $1 is removed" || failed+=" $WHY;"
        ;;
      group) ask deleted.json elbv2 delete-target-group --target-group-arn "$name" || failed+=" $WHY;" ;;
      secret)
        # Tasks that are still starting read it.
        [[ "$resting" == yes ]] || ask deleted.json secretsmanager delete-secret --secret-id "$name" --force-delete-without-recovery || failed+=" $WHY;"
        ;;
      namespace) [[ "$resting" == yes ]] || _remove_namespace "$name" || failed+=" $WHY;" ;;
      record)
        [[ "$(wc -l <"$WORK/inventory")" -gt 1 ]] || _forget "$1" || failed+=" $WHY;"
        ;;
    esac
  done <"$WORK/to-remove"
  [[ -z "$failed" ]] && return 0
  WHY="not all of preview $1 went:${failed%;}"
  return 1
}

# _forget NUMBER: its record goes, if a second look at everything finds nothing else: without it nobody would look again.
_forget() {
  _inventory "$1" || return 1
  [[ "$(<"$WORK/inventory")" == "record previews/$1.json" ]] || return 0
  ask deleted.json s3api delete-object --bucket "$(releases_bucket)" --key "previews/$1.json"
}

# sort_inventory: rules first, so that nobody is sent there any more; what others need last.
sort_inventory() {
  awk 'BEGIN { split("rule service task group secret namespace record", order); for (i in order) rank[order[i]] = i } { print rank[$1], $0 }' "$WORK/inventory" |
    sort -n | cut -d ' ' -f 2-
}

# _remove_namespace ID: with what ECS left in it.
_remove_namespace() {
  local id
  ask left.json servicediscovery list-services --filters "$(jq -nc --arg id "$1" '[{Name: "NAMESPACE_ID", Values: [$id], Condition: "EQ"}]')" || return 1
  jq -r '.Services[].Id' "$WORK/left.json" >"$WORK/left" || unclear || return 1
  while read -r id; do
    ask deleted.json servicediscovery delete-service --id "$id" || return 1
  done <"$WORK/left"
  ask deleted.json servicediscovery delete-namespace --id "$1"
}
