# Managed by agency-scaffold (ecs-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: rolling. ECS starts tasks of the new revision and stops old ones as they become healthy.
# Its circuit breaker and its alarms may put the old revision back by themselves. Sourced after release.sh and lock.sh.

# Why a step failed, for the script that called it.
export WHY
# shellcheck source=rollouts.sh
source "$(dirname "${BASH_SOURCE[0]}")/rollouts.sh"

# What rollouts.sh asks of a strategy.
hand_service() { replace_tasks "$1" "$2"; }
service_state() { tasks_state "$1"; }
service_lost() { tasks_lost "$1" "$2"; }
service_judged() { :; }
services_ready() { :; }

# strategy_release FOLDER VERSION UNTIL: the services get the revisions of the folder; waits until nothing else runs; the
# reason in WHY.
strategy_release() {
  wanted_of "$1" || return 1
  hand_over "$WORK/wanted" || return 1
  strategy_wait "$WORK/wanted" "$2" "$3"
}

# strategy_undo FOLDER VERSION UNTIL: the same towards the release before, without what only the bad one brought.
strategy_undo() {
  wanted_back "$1" || return 1
  stop_new || return 1
  hand_over "$WORK/wanted" || return 1
  strategy_wait "$WORK/wanted" "$2" "$3"
}

# strategy_undo_history FILE UNTIL: back to the revisions that are named in the file; the jobs as noted.
strategy_undo_history() {
  jobs_back || return 1
  hand_over "$1" || return 1
  strategy_wait "$1" "" "$2"
}

# strategy_undo_seconds: what replacing every task takes. strategy_limit_seconds: how long it may take.
strategy_undo_seconds() { replacing_seconds; }
strategy_limit_seconds() { longest "$(replacing_seconds)"; }

# strategy_serves SERVICE VERSION: whether it serves as it should while it is judged: alone.
strategy_serves() { serves "$1" "$2"; }

# strategy_settle FOLDER VERSION: what is left to do when the version is on record as good: nothing.
strategy_settle() { :; }

# strategy_finish VERSION: what is left to do between a good verdict and the record: nothing.
strategy_finish() { :; }
