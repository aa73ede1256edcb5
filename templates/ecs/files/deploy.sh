#!/usr/bin/env bash
# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Releases a version to an environment, watches it, and goes back by itself if it is bad.
#
# usage: scripts/deploy.sh --environment ENV --version VERSION --image SERVICE=sha256:<64 hex> [--image ...]
#                          [--images "SERVICE=DIGEST ..."] [--timeout SECONDS] [--dry-run]
#   --environment ENV    where to
#   --version VERSION    name of the release: letters, digits, -._ and at most 63 of them
#   --image S=DIGEST     image of a service; a service that is not named keeps the image of the last good release
#   --timeout SECONDS    for replacing the tasks (default: from the tasks that run, as is printed)
#   --dry-run            prints the task definitions and what they would change, and changes nothing
#
# Steps: guards (account, cluster, freeze, promotion, lock), render (a secret without a value ends here), register,
# migrations, the services, watching, record in ledger.json of the bucket of releases, mark in the registry. Killed at any
# point, it can be run again. The circuit breaker of ECS and its alarms may end a bad release first; then the other
# services are put back, too.
#
# Each step has a time of its own: each migration MIGRATE_SECONDS (660), the tasks ROLLOUT_SECONDS (or --timeout), watching
# JUDGE_SECONDS and up to 3 minutes more, going back UNDO_SECONDS. The tasks' two are made from how many run: batches of
# 120 s, and 300 s in which nothing may happen. Where ECS moves the requests, they are 330 s and these 300 s; the pauses between
# its steps come on top, and after the verdict FINISH_SECONDS at most until ECS calls its deployments successful.
#
# Exit codes: 0 good and kept; 1 refused, or bad and what was there before: nothing was changed; 2 usage; 3 bad, and the
# release before serves again; 4 bad, and going back failed; 5 stopped half-way (the lock was lost, a migration does not
# end), or good but not recorded or not marked: look at it, the last lines say what to do; 6 bad with nothing to go back to
# (a first release): it is left as it is.
#
# Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME REGISTRY REGISTRY_ACCOUNT_ID, with a database DATABASE_HOST
# DATABASE_PORT DATABASE_NAME DATABASE_SECRET, with Prometheus PROMETHEUS_WORKSPACE. Knobs: those above,
# DEPLOY_POLL_SECONDS (5), LOCK_SECONDS (120), START_STRIKES (3).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/deploying.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/deploying.sh"

deploying "$@"
