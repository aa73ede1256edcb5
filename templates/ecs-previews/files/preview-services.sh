# Managed by agency-scaffold (ecs-previews): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What a preview has of ECS, Cloud Map and the load balancer. Each function makes what is not there and leaves what is.
# Sourced by preview-platform.sh.

# Why a step failed, for the script that called it.
export WHY
# The load balancer's network and its listener.
VPC=""
LISTENER=""
# The namespace in which the services find each other.
NAMESPACE_ARN=""
# The first priority of a preview's rule; those of the environment come before.
readonly PREVIEW_PRIORITY=10000

# _tags NUMBER: what all of a preview is found by.
_tags() {
  jq -nc --arg number "$1" --arg project "$RELEASE_PROJECT" --arg environment "$PREVIEW_ENVIRONMENT" '
    [{key: "preview", value: $number}, {key: "stack", value: env.CLUSTER_NAME}, {key: "Project", value: $project},
     {key: "Environment", value: $environment}, {key: "managed-by", value: "agency-scaffold"}]'
}

# look_for_listener: the load balancer and its listener, by their names.
look_for_listener() {
  ask balancer.json elbv2 describe-load-balancers --names "$(stack_field "$ENVIRONMENT" 4)" || return 1
  VPC="$(jq -r '.LoadBalancers[0].VpcId' "$WORK/balancer.json")"
  ask listeners.json elbv2 describe-listeners --load-balancer-arn "$(jq -r '.LoadBalancers[0].LoadBalancerArn' "$WORK/balancer.json")" || return 1
  LISTENER="$(jq -r 'first(.Listeners[] | select(.Port == 443) | .ListenerArn) // ""' "$WORK/listeners.json")"
  [[ -n "$LISTENER" ]] && return 0
  WHY="the load balancer does not listen on port 443: apply the infrastructure of $ENVIRONMENT"
  return 1
}

# look_around: where tasks run, in $WORK/network.json: private subnets, and the group of previews.
look_around() {
  look_for_listener || return 1
  ask subnets.json ec2 describe-subnets --filters "$(_filters "vpc-id=$VPC" "tag:Tier=private")" || return 1
  ask groups.json ec2 describe-security-groups --filters "$(_filters "vpc-id=$VPC" "group-name=$CLUSTER_NAME-preview")" || return 1
  jq -n --slurpfile subnets "$WORK/subnets.json" --slurpfile groups "$WORK/groups.json" '
    {awsvpcConfiguration: {subnets: [$subnets[0].Subnets[].SubnetId] | sort, securityGroups: [$groups[0].SecurityGroups[].GroupId], assignPublicIp: "DISABLED"}}' \
    >"$WORK/network.json" || return 1
  jq -e '.awsvpcConfiguration | (.subnets | length > 0) and (.securityGroups | length == 1)' "$WORK/network.json" >/dev/null && return 0
  rm -f "$WORK/network.json"
  WHY="there is no security group $CLUSTER_NAME-preview, or no private subnet: apply the infrastructure of $ENVIRONMENT"
  return 1
}

# _filters NAME=VALUE...: as EC2 has them.
_filters() { printf '%s\n' "$@" | jq -Rnc '[inputs | capture("^(?<name>[^=]*)=(?<value>.*)$") | {Name: .name, Values: [.value]}]'; }

# namespace_name NUMBER
namespace_name() { printf '%s-pr-%s' "$CLUSTER_NAME" "$1"; }

# find_namespace NUMBER: into $WORK/namespace.json; {} when there is none.
find_namespace() {
  ask namespaces.json servicediscovery list-namespaces \
    --filters "$(jq -nc --arg name "$(namespace_name "$1")" '[{Name: "HTTP_NAME", Values: [$name], Condition: "EQ"}]')" || return 1
  jq --arg name "$(namespace_name "$1")" 'first(.Namespaces[] | select(.Name == $name)) // {}' "$WORK/namespaces.json" >"$WORK/namespace.json" || unclear
}

# namespace_there NUMBER: services of one preview find each other in it, and nothing else.
namespace_there() {
  local until=$((SECONDS + 120))
  find_namespace "$1" || return 1
  if [[ "$(jq -r '.Id // ""' "$WORK/namespace.json")" == "" ]]; then
    jq -n --arg name "$(namespace_name "$1")" --argjson tags "$(_tags "$1")" '
      {Name: $name, Description: "A preview", Tags: [$tags[] | {Key: .key, Value: .value}]}' >"$WORK/namespace-new.json" || return 1
    ask made.json servicediscovery create-http-namespace --cli-input-json "file://$WORK/namespace-new.json" || return 1
    until find_namespace "$1" && [[ "$(jq -r '.Id // ""' "$WORK/namespace.json")" != "" ]]; do
      ((SECONDS < until)) || {
        WHY="the namespace $(namespace_name "$1") is not there after 120 s"
        return 1
      }
      sleep "$POLL"
    done
  fi
  NAMESPACE_ARN="$(jq -r .Arn "$WORK/namespace.json")"
}

# short LIMIT TEXT: the text, or its beginning and 6 digits of its hash.
short() {
  local start
  if ((${#2} <= $1)); then
    printf '%s' "$2"
    return 0
  fi
  start="${2:0:$1-7}"
  printf '%s-%s' "${start%"${start##*[!-]}"}" "$(printf '%s' "$2" | sha256sum | cut -c 1-6)"
}

# group_name NUMBER SERVICE: of its target group. The name of the cluster is in it: an account may hold several.
group_name() { short 32 "pr-$1-$CLUSTER_NAME-$2"; }

# way_in NUMBER SERVICE: target group and rule of a public service; its target group in GROUP_ARN. Nothing for others.
GROUP_ARN=""
way_in() {
  local host
  GROUP_ARN=""
  host="$(preview_routes "$1" | awk -v name="$2" '$1 == name { print $3 }')"
  [[ -n "$host" ]] || return 0
  _group_there "$1" "$2" || return 1
  _rule_there "$1" "$host"
}

_group_there() {
  local name path
  name="$(group_name "$1" "$2")"
  path="$(service_field "$2" 4)"
  if ! ask group.json elbv2 describe-target-groups --names "$name"; then
    grep -q TargetGroupNotFound "$WORK/aws-error" || return 1
    jq -n --arg name "$name" --arg vpc "$VPC" --arg path "$path" --argjson port "$(service_field "$2" 3)" --argjson tags "$(_tags "$1")" '
      {Name: $name, VpcId: $vpc, TargetType: "ip", Protocol: "HTTP", Port: $port, HealthCheckPath: $path, Matcher: {HttpCode: "200"},
       HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 5, HealthyThresholdCount: 2, UnhealthyThresholdCount: 2,
       Tags: [$tags[] | {Key: .key, Value: .value}]}' >"$WORK/group-new.json" || return 1
    ask group.json elbv2 create-target-group --cli-input-json "file://$WORK/group-new.json" || return 1
  fi
  GROUP_ARN="$(jq -r '.TargetGroups[0].TargetGroupArn' "$WORK/group.json")"
  [[ "$(jq -r '.TargetGroups[0].HealthCheckPath' "$WORK/group.json")" == "$path" ]] ||
    ask group.json elbv2 modify-target-group --target-group-arn "$GROUP_ARN" --health-check-path "$path"
}

# rules_of NUMBER [HOST]: ARN and target group of its rules, a line each, from $WORK/rules.json.
rules_of() {
  jq -r --arg number "$1" --arg host "${2:-}" '
    .Rules[] | . as $rule
    | [.Conditions[]? | select(.Field == "host-header") | .HostHeaderConfig.Values // .Values // [] | .[]] as $hosts
    | select($hosts | any(test("^pr-\($number)[-.]") and test("^[^.]*[.]preview[.]") and ($host == "" or . == $host)))
    | "\(.RuleArn) \(first(.Actions[]? | .TargetGroupArn // empty) // "-")"' "$WORK/rules.json"
}

# _rule_there NUMBER HOST: requests for this host go to GROUP_ARN. Two previews may want the same priority at once.
_rule_there() {
  local try priority rule group
  for try in 1 2 3 4 5; do
    ask rules.json elbv2 describe-rules --listener-arn "$LISTENER" || return 1
    rules_of "$1" "$2" >"$WORK/rules-of" || unclear || return 1
    read -r rule group <"$WORK/rules-of" || true
    [[ -n "${rule:-}" ]] || break
    [[ "$group" != "$GROUP_ARN" ]] || return 0
    ask deleted.json elbv2 delete-rule --rule-arn "$rule" || return 1
  done
  for try in 1 2 3 4 5; do
    priority="$(jq --argjson first "$PREVIEW_PRIORITY" '
      [.Rules[].Priority | select(. != "default") | tonumber] as $taken | first(range($first; 40001) | select(. as $one | $taken | index($one) | not))' "$WORK/rules.json")" || return 1
    jq -n --arg listener "$LISTENER" --arg host "$2" --arg group "$GROUP_ARN" --argjson priority "${priority:-40000}" --argjson tags "$(_tags "$1")" '
      {ListenerArn: $listener, Priority: $priority, Conditions: [{Field: "host-header", HostHeaderConfig: {Values: [$host]}}],
       Actions: [{Type: "forward", TargetGroupArn: $group}], Tags: [$tags[] | {Key: .key, Value: .value}]}' >"$WORK/rule-new.json" || return 1
    ! ask rule.json elbv2 create-rule --cli-input-json "file://$WORK/rule-new.json" || return 0
    grep -q PriorityInUse "$WORK/aws-error" || return 1
    log "priority $priority was taken meanwhile (try $try)"
    ask rules.json elbv2 describe-rules --listener-arn "$LISTENER" || return 1
  done
  WHY="no free priority for the rule of $2: $WHY"
  return 1
}

# unit_there NUMBER SERVICE FILE TASKS: makes the service, with so many tasks, unless it is there. One that is going is
# waited for: tasks have a minute to end.
unit_there() {
  local unit="$UNIT_PREFIX$2" until=$((SECONDS + 180))
  while true; do
    keep_lock
    snapshot_services || return 1
    case "$(service_text "$unit" .status)" in
      ACTIVE) return 0 ;;
      DRAINING) WHY="$unit is still being removed: try again in a minute" ;;
      *) break ;;
    esac
    ((SECONDS < until)) || return 1
    sleep "$POLL"
  done
  register "$3" || return 1
  _unit "$1" "$2" "$4" >"$WORK/unit.json" || return 1
  ask created.json ecs create-service --cli-input-json "file://$WORK/unit.json" || return 1
  log "$unit is new"
}

# unit_put NUMBER SERVICE FILE: the service, which is there, runs what the file says; its revision in REVISION. One that does
# already, and did not fail, is left alone: a database that is started anew is empty.
unit_put() {
  local unit="$UNIT_PREFIX$2" now
  snapshot_services || return 1
  now="$(service_text "$unit" .taskDefinition)"
  register "$3" "$now" || return 1
  [[ "$now" != "$REVISION" ]] ||
    [[ "$(service_text "$unit" '.desiredCount == 0 or any(.deployments[]?; .status == "PRIMARY"
      and (.rolloutState == "FAILED" or (.failedTasks // 0) >= (env.START_STRIKES // "3" | tonumber)))')" == true ]] || return 0
  _unit "$1" "$2" 1 >"$WORK/unit.json" || return 1
  jq '.service = .serviceName | .forceNewDeployment = true
    | del(.serviceName, .tags, .schedulingStrategy, .capacityProviderStrategy)' "$WORK/unit.json" >"$WORK/unit-update.json" || return 1
  ask updated.json ecs update-service --cli-input-json "file://$WORK/unit-update.json" || return 1
  log "$unit gets ${REVISION##*/}"
}

# _unit NUMBER SERVICE TASKS: the service as ECS makes it. One task; a preview's services may be interrupted, its database not,
# and of that there are never two. Without a circuit breaker: a deployment that it gives up is an event on which alerts of the
# environment rest, and whoever waits here counts failed tasks anyway.
_unit() {
  local port name=http
  if [[ "$2" == database ]]; then
    port="$PREVIEW_DATABASE_PORT"
    name=database
  else
    port="$(service_field "$2" 3)"
  fi
  jq -n --arg cluster "$CLUSTER_NAME" --arg unit "$UNIT_PREFIX$2" --arg service "$2" --arg arn "$REVISION" --arg group "$GROUP_ARN" \
    --arg namespace "$NAMESPACE_ARN" --arg log "$(log_group "$2")" --arg region "$AWS_REGION" --arg prefix "$UNIT_PREFIX" \
    --argjson count "$3" --argjson port "$port" --arg name "$name" --arg kind "$(service_field "$2" 2)" --argjson tags "$(_tags "$1")" --slurpfile network "$WORK/network.json" '
    ($service == "database") as $database
    | {cluster: $cluster, serviceName: $unit, taskDefinition: $arn, desiredCount: $count, schedulingStrategy: "REPLICA",
       networkConfiguration: $network[0], propagateTags: "TASK_DEFINITION", enableECSManagedTags: true, enableExecuteCommand: false,
       capacityProviderStrategy: [{capacityProvider: (if $database then "FARGATE" else "FARGATE_SPOT" end), weight: 1}],
       deploymentConfiguration: {deploymentCircuitBreaker: {enable: false, rollback: false},
         minimumHealthyPercent: (if $database then 0 else 100 end), maximumPercent: (if $database then 100 else 200 end)},
       serviceConnectConfiguration: {enabled: true, namespace: $namespace,
         logConfiguration: {logDriver: "awslogs", options: {"awslogs-group": $log, "awslogs-region": $region, "awslogs-stream-prefix": "\($prefix)proxy"}},
         services: (if $database or ($kind | IN("web", "static", "model")) then
           [{portName: $name, discoveryName: $service, clientAliases: [{port: $port, dnsName: $service}]}] else [] end)},
       tags: $tags}
    | if $group == "" or $database then . else
        .loadBalancers = [{targetGroupArn: $group, containerName: $service, containerPort: $port}] | .healthCheckGracePeriodSeconds = 120 end'
}
