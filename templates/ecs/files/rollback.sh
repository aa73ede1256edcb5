#!/usr/bin/env bash
# Managed by agency-scaffold (ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Goes back to a release that was good in this environment. Works while releases are frozen.
#
# usage: scripts/rollback.sh --environment ENV [--to VERSION] [--dry-run]
#   --environment ENV    where
#   --to VERSION         the release to go back to; without it (or empty) the newest good one that is older than what runs
#   --dry-run            prints what would change, and changes nothing
#
# The services get the very revisions of their task definitions that ran then, as ledger.json in the bucket of releases
# has them: images by digest and settings. Databases are not migrated back. The new tasks must start before the old ones
# go, so this takes longer than shifting traffic: the bound is printed. Afterwards the version that serves is checked.
#
# Every release that is younger than the one to go back to is withdrawn first: neither a second rollback nor an undo
# leads there again, so each rollback goes one release further back. --to takes such a release nevertheless, with a
# warning; releasing it anew makes it good again.
#
# A release that runs is not interrupted: cancel it. Its lock is waited for, since one that was killed holds it a while.
#
# Exit codes: 0 the release serves again; 1 refused, nothing was changed; 2 usage; 4 it does not serve: a person is needed;
# 5 stopped half-way, or it serves but that is not on record: look at it.
# Environment: as for deploy.sh. Knobs: UNDO_SECONDS (from the tasks that run), LOCK_SECONDS (120).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/rolling-back.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/rolling-back.sh"

rolling_back "$@"
