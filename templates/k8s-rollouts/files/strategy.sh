# Managed by agency-scaffold (k8s-rollouts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# How a version replaces another: by the controller of Argo Rollouts. Sourced after release.sh and lock.sh.
