#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Asks the Amazon Managed Prometheus workspace of an environment, to which its Prometheus writes everything.
#
# usage: scripts/metrics.sh --environment ENV QUERY       print the answer of a query, as JSON
#        scripts/metrics.sh --environment ENV --alerts    print the alerts that fire now, in the form of /api/v1/alerts
#
# Environment: AWS_ACCOUNT_ID, AWS_REGION, PROMETHEUS_WORKSPACE, and AWS credentials that may aps:QueryMetrics.
# Exit codes: 0 ok, 1 not answered, 2 usage or a missing tool.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/cloud.sh"

readonly QUERY_SECONDS=20

main() {
  local environment="" query="" alerts=no
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --environment)
        environment="${2:-}"
        shift 2 || usage_error "--environment needs a name"
        ;;
      --alerts)
        alerts=yes
        shift
        ;;
      -*) usage_error "unknown option: $1" ;;
      *)
        [[ -z "$query" ]] || usage_error "one query at a time; put it in quotes"
        query="$1"
        shift
        ;;
    esac
  done
  [[ -n "$environment" ]] || usage_error "--environment is missing"
  [[ "$alerts:$query" == yes: || "$alerts" == no && -n "$query" ]] || usage_error "a query or --alerts is missing"
  need aws curl jq timeout
  cloud_guard "$environment" AWS_REGION PROMETHEUS_WORKSPACE
  if [[ "$alerts" == yes ]]; then
    ask 'ALERTS{alertstate="firing"}' |
      jq '{data: {alerts: [.data.result[] | {labels: (.metric | del(.__name__, .alertstate)), state: "firing"}]}}'
  else
    ask "$query" | jq .
  fi
}

# ask QUERY: the answer. The credentials go from one program to the other, and stand on no command line and in no file.
ask() {
  local endpoint="${AWS_ENDPOINT_URL_AMP:-https://aps-workspaces.$AWS_REGION.amazonaws.com}"
  _aws configure export-credentials --format process |
    jq -r '"user = \"\(.AccessKeyId):\(.SecretAccessKey)\"", (.SessionToken // empty | "header = \"x-amz-security-token: \(.)\"")' |
    curl -q --silent --show-error --fail-with-body --max-time "$QUERY_SECONDS" --aws-sigv4 "aws:amz:$AWS_REGION:aps" --config - \
      --data-urlencode "query=$1" "$endpoint/workspaces/$PROMETHEUS_WORKSPACE/api/v1/query" ||
    die 1 "the workspace $PROMETHEUS_WORKSPACE did not answer"
}

main "$@"
