# Managed by agency-scaffold (ecs-shifting): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# While two versions of a service run, ECS says which of them gets how many of the requests. Sourced by orchestration.sh.

# How far back a deployment is looked for; what ended before has nothing to say any more.
readonly SIDES_SECONDS=1209600

# snapshot_sides: of each service whose requests ECS moves its newest deployment, by service, in $WORK/sides.json: arn, status, stage,
# why, weight (percent of the requests that go to what is deployed), first (whether nothing ran before), and aside (whether the old
# tasks get no requests: they are only kept). In $WORK/moved these services, a line each.
snapshot_sides() {
  local service arn since
  jq -r '.services[] | select(.status == "ACTIVE" and (.deploymentConfiguration.strategy // "ROLLING") != "ROLLING") | .serviceName' \
    "$WORK/services.json" >"$WORK/moved" || unclear || return 1
  since="$(jq -nr --argjson seconds "$SIDES_SECONDS" 'now - $seconds | floor | todate')"
  echo '{}' >"$WORK/sides.new"
  while read -r service; do
    ask some.json ecs list-service-deployments --cluster "$CLUSTER_NAME" --service "$service" --created-at "after=$since" --max-results 100 || return 1
    arn="$(jq -r '.serviceDeployments | sort_by(.createdAt) | last | .serviceDeploymentArn // ""' "$WORK/some.json")" || unclear || return 1
    [[ -n "$arn" ]] || continue
    ask some.json ecs describe-service-deployments --service-deployment-arns "$arn" || return 1
    jq --arg service "$service" --slurpfile one "$WORK/some.json" '.[$service] = ($one[0].serviceDeployments[0]
      | if . == null then error("no deployment") else . end
      | (.lifecycleStage // "") as $stage | .targetServiceRevision.requestedProductionTrafficWeight as $weight
      | {arn: .serviceDeploymentArn, status, $stage, weight: ($weight // 0), why: (.rollback.reason // .statusReason // ""),
         first: ([.sourceServiceRevisions[]? | select((.requestedTaskCount // 0) + (.runningTaskCount // 0) > 0)] == []),
         aside: (.status == "IN_PROGRESS" and ($stage | IN("BAKE_TIME", "CLEAN_UP"))
           or .status == "IN_PROGRESS" and $stage == "POST_PRODUCTION_TRAFFIC_SHIFT" and ($weight == null or $weight >= 100)
           or (.status | startswith("ROLLBACK_")) and $weight == 0)})' "$WORK/sides.new" >"$WORK/sides.next" || unclear || return 1
    mv "$WORK/sides.next" "$WORK/sides.new"
  done <"$WORK/moved"
  mv "$WORK/sides.new" "$WORK/sides.json"
}
