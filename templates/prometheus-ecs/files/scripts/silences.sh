# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# The way of silence.sh to Alertmanager, into whose task nothing comes in: a silence is an object in the bucket of the
# monitoring, which the container `silences` of the task tells Alertmanager of (monitoring/ecs/silences.sh). So it outlives the
# task, and who may silence is who may write there. Sourced by silence.sh.
#
# Environment: AWS_ACCOUNT_ID, AWS_REGION, CLUSTER_NAME, MONITORING_BUCKET.

# shellcheck source=cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"

# The container looks every 30 seconds, and its log needs some, too.
readonly SILENCE_SECONDS="${SILENCE_SECONDS:-180}"
BEGAN=""

silences_open() {
  need aws jq timeout
  cloud_guard "$1" AWS_REGION CLUSTER_NAME MONITORING_BUCKET
  # CloudWatch counts milliseconds; a clock may differ a little.
  BEGAN="$((($(date +%s) - 60) * 1000))"
}

# silences_author: who the credentials are.
silences_author() {
  local arn
  arn="$(_aws sts get-caller-identity --query Arn --output text)" && printf '%s\n' "${arn##*:}"
}

# silences_list: those that have not ended, as JSON; the next to end first.
silences_list() {
  mkdir -p "$WORK/silences"
  _aws s3 sync --only-show-errors "s3://$MONITORING_BUCKET/silences/" "$WORK/silences" || return 1
  find "$WORK/silences" -name '*.json' -exec jq -c '{id: (input_filename | split("/") | last | rtrimstr(".json"))} + .' {} \; |
    jq -s 'map(select(.endsAt > (now | todate))) | sort_by(.endsAt)'
}

# silences_add FILE: prints the ID.
silences_add() {
  local id
  id="$(date -u +%Y%m%dT%H%M%SZ)-$RANDOM"
  _aws s3api put-object --bucket "$MONITORING_BUCKET" --key "silences/$id.json" --body "$1" --if-none-match '*' >/dev/null || return 1
  printf '%s\n' "$id"
}

silences_expire() {
  _aws s3api head-object --bucket "$MONITORING_BUCKET" --key "silences/$1.json" >/dev/null || return 1
  _aws s3api delete-object --bucket "$MONITORING_BUCKET" --key "silences/$1.json" >/dev/null
}

# silences_wait ID taken|ended: until the container says so; fails with 1 when Alertmanager refuses it, else with 5.
silences_wait() {
  local until=$((SECONDS + SILENCE_SECONDS)) said=""
  log "waiting until Alertmanager knows, at most $SILENCE_SECONDS s"
  while true; do
    said="$(_aws logs filter-log-events --log-group-name "/ecs/$CLUSTER_NAME/monitoring" --log-stream-name-prefix monitoring/silences/ \
      --start-time "$BEGAN" --filter-pattern "\"silence $1\"" --query 'events[].message' --output text)" || said=""
    case "$said" in
      *"silence $1: $2"*) return 0 ;;
      *"silence $1: refused"*)
        _aws s3api delete-object --bucket "$MONITORING_BUCKET" --key "silences/$1.json" >/dev/null || true
        warn "Alertmanager refuses it: $said"
        return 1
        ;;
    esac
    ((SECONDS < until)) || break
    sleep "${SILENCE_POLL_SECONDS:-5}"
  done
  warn "written, but the monitoring has not said that it is $2: aws logs tail /ecs/$CLUSTER_NAME/monitoring --since 15m"
  return 5
}
