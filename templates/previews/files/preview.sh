#!/usr/bin/env bash
# Managed by agency-scaffold (previews): "agency-scaffold update" regenerates it and keeps your edits.
#
# Previews: a pull request running by itself, with its own URL and a throw-away database, in the first environment.
#
# usage: scripts/preview.sh up --number N --version VERSION --images "SERVICE=DIGEST ..." [--dry-run]
#        scripts/preview.sh down --number N [--dry-run]
#        scripts/preview.sh list [--format text|json]
#        scripts/preview.sh reap --open "N N ..." [--dry-run]
#   up         opens the preview of pull request N, or updates it; prints "URL <service> <url>" lines
#   down       removes everything of it; one that is not there is fine
#   list       number, version, time of its end, state and URL of each
#   reap       removes what has expired, and what does not belong to one of the open pull requests (--open); prints
#              "GONE <number>" lines
#   --images   the image of every service, by digest, in the registry of previews
#   --dry-run  changes nothing, prints what would be
#
# Steps of up: guards (account, cluster, how many there are, lock), settings and secrets, database, migrations, sample data
# when the database is new, services, health inside and through the URL. Killed at any point, it can be run again. One
# that does not become healthy is left for looking at; it is removed PREVIEW_TTL_DAYS after its last deployment.
#
# Exit codes: 0 ok; 1 refused or failed, the last lines say what is there; 2 usage; 5 stopped half-way (the lock was lost,
# a migration does not end): run it again.
#
# Environment: AWS_ACCOUNT_ID AWS_REGION CLUSTER_NAME of the first environment, for up REGISTRY (of previews). Knobs:
# PREVIEW_LIMIT, PREVIEW_SECONDS (600, until the services run), PREVIEW_WAY_SECONDS (300, until the URL answers),
# PREVIEW_REMOVE_SECONDS (600), PREVIEW_GRACE_SECONDS (3600, how long reap leaves alone what was just deployed).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/previewing.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/previewing.sh"

previewing "$@"
