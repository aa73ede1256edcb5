#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Releases a version to an environment, watches it, and goes back by itself if it is bad.
#
# usage: scripts/deploy.sh --environment ENV --version VERSION --image SERVICE=sha256:<64 hex> [--image ...]
#                          [--images "SERVICE=DIGEST ..."] [--timeout SECONDS] [--dry-run]
#   --environment ENV    where to
#   --version VERSION    name of the release, a label value: letters, digits, -._ and at most 63 of them
#   --image S=DIGEST     image of a service; a service that is not named keeps the image of the last good release
#   --timeout SECONDS    for replacing the pods (default: from the replicas that run, as is printed)
#   --dry-run            prints the manifests and what they would change, and changes nothing
#
# Steps: guards (account, cluster, freeze, promotion, lock), render, settings and secrets, migrations, the workloads,
# watching, record in ConfigMap "releases", mark in the registry. Killed at any point, it can be run again. What the
# manifests no longer have is named and left alone.
#
# Jobs get the new image with the other services; no run is started, and one that fails while the release is watched makes
# it bad.
#
# Each step has a time of its own: secrets SECRETS_SECONDS (120), each migration MIGRATE_SECONDS (660; its Job ends after
# 600), the pods ROLLOUT_SECONDS (or --timeout), watching JUDGE_SECONDS and up to 3 minutes more, going back UNDO_SECONDS.
# The pods' two are made from the replicas: batches of 70 s, and the 300 s in which a rollout must make progress.
#
# Exit codes: 0 good and kept; 1 refused, or bad and what was there before: nothing was changed; 2 usage; 3 bad, and the
# release before serves again; 4 bad, and going back failed; 5 stopped half-way (the lock was lost, a migration does not
# end), or good but not recorded or not marked: look at it, the last lines say what to do; 6 bad with nothing to go back to
# (a first release): it is left as it is.
#
# Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME REGISTRY REGISTRY_ACCOUNT_ID, with a database DATABASE_HOST
# DATABASE_PORT DATABASE_NAME DATABASE_SECRET. Knobs: those above, DEPLOY_POLL_SECONDS (5), LOCK_SECONDS (120).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/deploying.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/deploying.sh"

deploying "$@"
