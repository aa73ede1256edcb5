#!/usr/bin/env bash
# Managed by agency-scaffold (terraform-aws): "agency-scaffold update" regenerates it and keeps your edits.
#
# Runs Terraform on one root of one environment, with that environment's account, state and variables.
#
# usage: scripts/terraform.sh ROOT ENV ACTION [--dry-run] [-- ARGUMENT...]
#   ROOT    bootstrap (once, by an administrator), main, platform
#   ENV     an environment that has environments/ENV.tfvars
#   ACTION  plan     shows what would change and saves it; never locks, so that a read-only role can do it
#           apply    applies the saved plan and nothing else; at a terminal it asks first
#           destroy  destroys platform and main, after the name was typed; never bootstrap, never in CI
#           output   prints the outputs as JSON
#           init     only prepares the root, for a terraform command of your own (it prints TF_DATA_DIR)
#   --dry-run  says what it would run
#   ARGUMENT   of terraform plan, such as -replace=ADDRESS or -target=ADDRESS: for plan alone, apply applies what it saved
#
# Exit codes: 0 ok, 1 failed, 2 usage or a missing tool.
# Environment: TERRAFORM_SECONDS limits each command (default 3600), AWS_ACCOUNT_ID is checked where it is set,
# PLAN_FILE is the absolute path of the saved plan (default ENV.tfplan in the root's folder).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2
# shellcheck source=lib/cloud.sh
source "$ROOT/scripts/lib/cloud.sh"

readonly ROOTS="$ROOT/infrastructure/terraform"
NAME=""
ENVIRONMENT=""
ACTION=""
FOLDER=""
PLAN=""
VARIABLES=()
ARGUMENTS=()

# In the foreground, so that Ctrl-C reaches Terraform, which then ends in order and gives its lock back.
terraform_() {
  timeout --foreground --kill-after=120 "${TERRAFORM_SECONDS:-3600}" terraform -chdir="$FOLDER" "$@"
}

parse() {
  local words=()
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --dry-run) DRY_RUN=yes ;;
      --)
        ARGUMENTS=("${@:2}")
        break
        ;;
      -*) usage_error "unknown: $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  ((${#words[@]} == 3)) || usage_error "ROOT, ENV and ACTION are needed"
  NAME="${words[0]}"
  ENVIRONMENT="${words[1]}"
  ACTION="${words[2]}"
  [[ "$NAME" =~ ^(bootstrap|main|platform)$ ]] || usage_error "no root is named $NAME"
  [[ "$ACTION" =~ ^(plan|apply|destroy|output|init)$ ]] || usage_error "no action is named $ACTION"
  ((${#ARGUMENTS[@]} == 0)) || [[ "$ACTION" == plan ]] || usage_error "arguments after -- are for plan alone"
  [[ "$ENVIRONMENT" =~ ^[a-z][-a-z0-9]*$ && -f "$ROOTS/environments/$ENVIRONMENT.tfvars" ]] ||
    usage_error "no environment is named $ENVIRONMENT"
}

# enter NAME: the root that the commands after it work on. Each environment has its own working folder, so that one
# environment's state is never reached with another's variables.
enter() {
  NAME="$1"
  FOLDER="$ROOTS"
  [[ "$NAME" == main ]] || FOLDER="$ROOTS/$NAME"
  [[ -f "$FOLDER/environments/$ENVIRONMENT.backend.hcl" ]] || die 1 "$FOLDER has no environment $ENVIRONMENT"
  PLAN="${PLAN_FILE:-$FOLDER/$ENVIRONMENT.tfplan}"
  export TF_DATA_DIR="$FOLDER/.terraform/env-$ENVIRONMENT" TF_INPUT=0
  VARIABLES=()
  [[ ! -f "$FOLDER/environments/$ENVIRONMENT.tfvars" ]] ||
    VARIABLES=("-var-file=environments/$ENVIRONMENT.tfvars")
}

# setting FILE NAME: the quoted value of an attribute.
setting() { sed -n "s/^ *$2 *= *\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1; }

# guard: nothing runs with a placeholder left, or with another account's credentials.
guard() {
  local account file
  for file in "$FOLDER/environments/$ENVIRONMENT.tfvars" "$FOLDER/environments/$ENVIRONMENT.backend.hcl"; do
    [[ ! -f "$file" ]] || ! grep -q CHANGEME_ "$file" ||
      die 1 "${file#"$ROOT/"} still has $(grep -o 'CHANGEME_[A-Z0-9_]*' "$file" | head -n 1): make todo says what to do"
  done
  account="$(setting "$ROOTS/environments/$ENVIRONMENT.tfvars" account_id)"
  [[ -z "${AWS_ACCOUNT_ID:-}" || "$AWS_ACCOUNT_ID" == "$account" ]] ||
    die 1 "AWS_ACCOUNT_ID is $AWS_ACCOUNT_ID, but $ENVIRONMENT is account $account"
  export AWS_ACCOUNT_ID="$account"
  if [[ "$DRY_RUN" == yes ]]; then
    log "dry run: checks that the credentials belong to account $account"
  else
    cloud_guard "$ENVIRONMENT"
  fi
}

# there WHAT ARGUMENT...: asks S3 for a bucket or an object; 0 = it is there, 1 = S3 says that it is not. Every other
# answer (no network, no right, somebody else's bucket) is no answer, and stops: taken for "not there", it would begin
# the state anew.
there() {
  local said
  said="$(with_deadline 60 aws --no-cli-pager s3api "$@" --expected-bucket-owner "$AWS_ACCOUNT_ID" 2>&1 </dev/null)" && return 0
  [[ "$said" == *"(404)"* ]] || die 1 "S3 does not say whether the state is there ($1): $(tail -n 3 <<<"$said" | tr '\n' ' ')"
  return 1
}

# initialise: connects the root with its state. Bootstrap makes the very bucket: until it exists, state is on disk.
initialise() {
  local bucket
  bucket="$(setting "$FOLDER/environments/$ENVIRONMENT.backend.hcl" bucket)"
  if [[ "$NAME" == bootstrap && "$DRY_RUN" == no ]] && ! there head-bucket --bucket "$bucket"; then
    log "bucket $bucket does not exist yet: state stays on disk until it does"
    local_backend on
    run terraform_ init -reconfigure >&2
    return
  fi
  local_backend off
  if [[ -s "$FOLDER/$ENVIRONMENT.tfstate" ]]; then
    # An earlier run made the bucket and was cut off before its state was in it.
    move_state
    return
  fi
  run terraform_ init -reconfigure "-backend-config=environments/$ENVIRONMENT.backend.hcl" >&2
}

# local_backend on|off: an override file that keeps the state on disk, only while the bucket is missing.
local_backend() {
  local file="$FOLDER/backend_override.tf"
  if [[ "$1" == on ]]; then
    printf 'terraform {\n  backend "local" {\n    path = "%s.tfstate"\n  }\n}\n' "$ENVIRONMENT" >"$file"
  else
    run rm -f "$file"
  fi
}

# move_state: puts the state on disk into the bucket, and never over one that is there already.
move_state() {
  local bucket file="$FOLDER/environments/$ENVIRONMENT.backend.hcl"
  local_backend off
  bucket="$(setting "$file" bucket)"
  if [[ "$DRY_RUN" == no ]] && there head-object --bucket "$bucket" --key "$(setting "$file" key)"; then
    die 1 "bucket $bucket has a state already, and ${FOLDER#"$ROOT/"}/$ENVIRONMENT.tfstate is another: the one in the bucket" \
      "counts. Compare them (terraform show FILE), move the file out of the folder, and run this again"
  fi
  log "moves the state into its bucket"
  run terraform_ init -migrate-state -force-copy "-backend-config=environments/$ENVIRONMENT.backend.hcl" >&2
  run rm -f "$FOLDER/$ENVIRONMENT.tfstate" "$FOLDER/$ENVIRONMENT.tfstate.backup"
}

# choose_dns_role: CI's plan role may become only that role of production's account which reads the zone. Whoever plans
# in order to apply takes the one that writes, because a saved plan keeps it.
choose_dns_role() {
  local caller plan_role
  [[ "$NAME" == main && -f "$FOLDER/certificates.tf" && "$DRY_RUN" == no ]] || return 0
  plan_role="$(setting "$FOLDER/environments/$ENVIRONMENT.tfvars" project)-$ENVIRONMENT-plan"
  caller="$(with_deadline 60 aws --no-cli-pager sts get-caller-identity --query Arn --output text </dev/null)" ||
    die 1 "AWS does not say who runs this"
  [[ "$caller" != *":assumed-role/$plan_role/"* ]] || VARIABLES+=(-var=dns_role=dns-read)
}

plan() {
  choose_dns_role
  # No lock: a plan writes nothing, and applying it fails if the state moved on since.
  run terraform_ plan -lock=false "-out=$PLAN" "${VARIABLES[@]}" "${ARGUMENTS[@]}"
  [[ "$DRY_RUN" == yes ]] || chmod 600 "$PLAN"
}

apply() {
  [[ "$DRY_RUN" == yes || -f "$PLAN" ]] ||
    die 1 "no saved plan: scripts/terraform.sh $NAME $ENVIRONMENT plan makes one, to be looked at first"
  if [[ "${CI:-}" != true && -t 0 && "$DRY_RUN" == no ]]; then
    terraform_ show "$PLAN"
    confirm "$ENVIRONMENT" "Apply this to $ENVIRONMENT (account $AWS_ACCOUNT_ID)?"
  fi
  run terraform_ apply -lock-timeout=5m "$PLAN"
  run rm -f "$PLAN"
  if [[ -f "$FOLDER/backend_override.tf" ]]; then move_state; fi
}

# destroy_root [ARGUMENT...]: plans the destruction, then applies that very plan.
destroy_root() {
  run terraform_ plan -destroy "-out=$PLAN" "${VARIABLES[@]}" "$@"
  run terraform_ apply -lock-timeout=5m "$PLAN"
  run rm -f "$PLAN"
}

# lift_protection: deletion protection and non-empty buckets would stop the destruction half-way.
lift_protection() {
  local address
  local targets=()
  while IFS= read -r address; do
    case "${address%%[*}" in
      aws_db_instance.main | aws_ecr_repository.service | aws_s3_bucket.load_balancer_logs | aws_eks_cluster.main)
        targets+=("-target=$address")
        ;;
      *) ;;
    esac
  done < <([[ "$DRY_RUN" == yes ]] || terraform_ state list)
  ((${#targets[@]} > 0)) || return 0
  run terraform_ plan "-out=$PLAN" "${VARIABLES[@]}" "$@" "${targets[@]}"
  run terraform_ apply -lock-timeout=5m "$PLAN"
}

# keep_what_backups_need: the final snapshot and the kept backups can be read only with the key, so Terraform forgets
# the key instead of deleting it. The password's rotation goes with the database, which owns it.
keep_what_backups_need() {
  local address
  local forget=()
  while IFS= read -r address; do
    case "$address" in
      aws_kms_key.main | aws_kms_key_policy.main | aws_secretsmanager_secret_rotation.database) forget+=("$address") ;;
      *) ;;
    esac
  done < <([[ "$DRY_RUN" == yes ]] || terraform_ state list)
  ((${#forget[@]} > 0)) || return 0
  log "the key stays, because snapshots need it: $(terraform_ output -raw kms_key_arn)"
  run terraform_ state rm "${forget[@]}" >&2
}

destroy() {
  local stamp
  local arguments=(-var=allow_destroy=true)
  [[ "$NAME" == main ]] || usage_error "destroy is for root main (platform goes first, by itself; bootstrap stays)"
  if [[ "$DRY_RUN" == no ]]; then
    confirm "$ENVIRONMENT" "Destroy $ENVIRONMENT (account $AWS_ACCOUNT_ID), with its database? A final snapshot stays."
  fi
  # What the cluster made by itself, such as load balancers, must go while the cluster can still remove it.
  if [[ -f "$ROOT/scripts/lib/platform.sh" ]]; then
    # shellcheck source=/dev/null
    source "$ROOT/scripts/lib/platform.sh"
    run platform_before_destroy "$ENVIRONMENT"
  fi
  if [[ -d "$ROOTS/platform" ]]; then
    enter platform
    initialise
    destroy_root
    enter main
  fi
  initialise
  stamp="$(date -u +%Y%m%d%H%M%S)"
  if [[ -f "$ROOTS/rds.tf" ]]; then arguments+=("-var=final_snapshot_suffix=$stamp"); fi
  lift_protection "${arguments[@]}"
  keep_what_backups_need
  destroy_root "${arguments[@]}"
  [[ "$DRY_RUN" == yes ]] || log "$ENVIRONMENT is destroyed; its state bucket and CI's roles stay (root bootstrap)"
}

main() {
  parse "$@"
  need terraform aws timeout
  enter "$NAME"
  guard
  case "$ACTION" in
    plan)
      initialise
      plan
      ;;
    apply)
      initialise
      apply
      ;;
    destroy) destroy ;;
    output)
      initialise
      run terraform_ output -json
      ;;
    init)
      initialise
      printf 'export TF_DATA_DIR=%q\n' "$TF_DATA_DIR"
      ;;
    *) usage_error "no action is named $ACTION" ;;
  esac
}

main "$@"
