# Managed by agency-scaffold (ecs-rolling): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# While two versions run, every healthy task gets requests: a service has no sides. Sourced by orchestration.sh.

# snapshot_sides: nothing is to be asked.
snapshot_sides() { echo '{}' >"$WORK/sides.json"; }
