#!/usr/bin/env bash
# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
#
# Checks which version serves, not only that something answers.
#
# usage: scripts/health-check.sh --environment ENV [--version VERSION] [--service NAME] [--timeout SECONDS] [--inside]
#   --environment ENV    where
#   --version VERSION    what must serve; without it, what the users of each service come to
#   --service NAME       only this service
#   --timeout SECONDS    keep asking for so long (default 0: once)
#   --inside             leaves out the way in: for a moment in which the name or the load balancer cannot be there yet
#
# A service is healthy when as many pods as wanted are ready, all are of the version, and they answer on their health
# path when asked through the API server. A public one must also answer as users reach it: by its name, through the load
# balancer, with a certificate that is valid. Where there is no domain, the Gateway's address is asked for the host.
# A job is healthy when its next run has the version; the line says when it last succeeded. How long that may be ago, the alerts know.
# One line a service and leg on standard output. Changes nothing.
#
# Exit codes: 0 healthy, 1 not healthy, 2 usage. Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME;
# FRONT_DOOR=HOST[:PORT] asks this load balancer, whatever the name says; WAY_IN_SECONDS (180) is the least that the way in
# is waited for when --timeout waits at all, since names and targets follow a release within minutes.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/checking.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/checking.sh"

checking "$@"
