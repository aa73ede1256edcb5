#!/usr/bin/env bash
# Managed by agency-scaffold (github-actions): "agency-scaffold update" regenerates it and keeps your edits.
#
# Puts the settings of the GitHub repository in place, as .github/repository-settings.json describes them: merging,
# permissions of workflows, Dependabot, rulesets of main and of release tags, environments with their approvals.
# Running it again changes nothing. What it does not name it leaves alone.
#
# usage: scripts/repository-settings.sh [--check | --dry-run] [--repository OWNER/NAME]
#        scripts/repository-settings.sh variables --environment ENV [--check | --dry-run] [--repository OWNER/NAME]
#   variables        writes the CI variables of an environment; reads `terraform output -json` from standard input
#   --environment    the environment that the outputs are of
#   --check          changes nothing, says what differs, exits 1 if anything does
#   --dry-run        changes nothing, says what would be changed, exits 0
#   --repository     default: the answers' repository, else the one of this folder
#
# Needs gh, signed in (GH_TOKEN or gh auth login) as an administrator of the repository; for variables, a token that may
# read and write Environments and Variables is enough: nothing else is asked.
#
# Exit codes: 0 ok, 1 something differs (--check), 2 usage, a missing tool, or GitHub refused.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

readonly FILE=.github/repository-settings.json
MODE=apply
COMMAND=settings
ENVIRONMENT=""
REPOSITORY=""
CHANGES=0

parse() {
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      variables) COMMAND=variables ;;
      --check) MODE=check ;;
      --dry-run) [[ "$MODE" == check ]] || MODE=dry-run ;;
      --environment) value_into ENVIRONMENT "$@" && shift ;;
      --repository) value_into REPOSITORY "$@" && shift ;;
      *) usage_error "unknown: $1" ;;
    esac
    shift
  done
  [[ "$COMMAND" == settings || -n "$ENVIRONMENT" ]] || usage_error "variables needs --environment"
  [[ "$COMMAND" == variables || -z "$ENVIRONMENT" ]] || usage_error "--environment belongs to variables"
}

# api METHOD PATH [FIELD...]: asks GitHub; a body comes from standard input where FIELD is `--input -`.
api() {
  local method="$1" path="$2"
  shift 2
  with_deadline 60 gh api --method "$method" -H "Accept: application/vnd.github+json" \
    -H "X-GitHub-Api-Version: 2022-11-28" "$path" "$@" 2>"$WORK/error"
}

# get PATH: prints what GitHub has, and `null` where it has nothing; stops where it does not answer.
get() {
  local answer code=0
  answer="$(api GET "$1")" || code=$?
  if ((code != 0)); then
    grep -q "HTTP 404" "$WORK/error" || die 2 "GitHub refused GET $1: $(tail -n 3 "$WORK/error" | tr '\n' ' ')"
    answer=null
  fi
  # Some answers have no body, which means: it is on.
  printf '%s\n' "${answer:-true}"
}

# list PATH FILTER: all pages of a list as one array; FILTER picks the elements of a page.
list() {
  local answer
  answer="$(api GET "$1" --paginate --jq "$2")" || {
    grep -q "HTTP 404" "$WORK/error" || die 2 "GitHub refused GET $1: $(tail -n 3 "$WORK/error" | tr '\n' ' ')"
    answer=""
  }
  jq -s . <<<"$answer"
}

# put WHAT METHOD PATH [BODY]: changes it, or says what is not as it should be.
put() {
  local what="$1" method="$2" path="$3" body="${4:-}"
  CHANGES=$((CHANGES + 1))
  case "$MODE" in
    check) printf 'differs: %s\n' "$what" ;;
    dry-run) printf 'would change: %s\n' "$what" ;;
    *)
      if [[ -n "$body" ]]; then
        api "$method" "$path" --input - <<<"$body" >/dev/null ||
          die 2 "GitHub refused $what ($method $path): $(tail -n 3 "$WORK/error" | tr '\n' ' ')"
      else
        api "$method" "$path" >/dev/null ||
          die 2 "GitHub refused $what ($method $path): $(tail -n 3 "$WORK/error" | tr '\n' ' ')"
      fi
      printf 'changed: %s\n' "$what"
      ;;
  esac
}

# within WANTED HAS: whether all that is wanted is there. GitHub adds keys of its own, so objects may have more of them;
# lists must have the same elements, in any order.
within() {
  local code=0
  jq -ne --argjson wanted "$1" --argjson has "$2" '
    def within($w; $h):
      if ($w | type) == "object" then
        ($h | type) == "object" and all($w | keys[]; . as $k | within($w[$k]; $h[$k]))
      elif ($w | type) == "array" then
        ($h | type) == "array" and ($w | length) == ($h | length)
        and all($w[]; . as $one | any($h[]; . as $other | within($one; $other)))
      else $w == $h end;
    within($wanted; $has)' >/dev/null || code=$?
  ((code < 2)) || die 2 "an answer of GitHub is not understood"
  return "$code"
}

setting() { jq -c "$1" "$FILE"; }

# same WHAT METHOD PATH WANTED: a resource that is read and written at one path.
same() {
  local has
  has="$(get "$3")"
  within "$4" "$has" || put "$1" "$2" "$3" "$4"
}

# What a command substitution says is kept in a variable before it is used: only then does its failure end the script.
general() {
  local has wanted body
  wanted="$(setting .merge)"
  same "merge policy" PATCH "repos/$REPOSITORY" "$wanted"
  wanted="$(setting .workflow_permissions)"
  same "permissions of workflows" PUT "repos/$REPOSITORY/actions/permissions/workflow" "$wanted"
  # Which actions may run is the owner's own choice; it is kept.
  has="$(get "repos/$REPOSITORY/actions/permissions")"
  wanted="$(setting .actions)"
  body="$(jq -c --argjson wanted "$wanted" '{enabled, allowed_actions} + $wanted' <<<"$has")"
  within "$wanted" "$has" || put "actions are pinned by commit" PUT "repos/$REPOSITORY/actions/permissions" "$body"
  has="$(get "repos/$REPOSITORY/vulnerability-alerts")"
  [[ "$has" != null ]] || put "Dependabot alerts" PUT "repos/$REPOSITORY/vulnerability-alerts"
  has="$(get "repos/$REPOSITORY/automated-security-fixes")"
  has="$(jq -r '.enabled? // false' <<<"$has")"
  [[ "$has" == true ]] || put "Dependabot security updates" PUT "repos/$REPOSITORY/automated-security-fixes"
}

rulesets() {
  local known wanted name id has
  known="$(list "repos/$REPOSITORY/rulesets?includes_parents=false&per_page=100" '.[]')"
  while read -r wanted; do
    name="$(jq -r .name <<<"$wanted")"
    id="$(jq -r --arg name "$name" '[.[] | select(.name == $name)][0].id // empty' <<<"$known")"
    if [[ -z "$id" ]]; then
      put "ruleset $name" POST "repos/$REPOSITORY/rulesets" "$wanted"
      continue
    fi
    has="$(get "repos/$REPOSITORY/rulesets/$id")"
    within "$wanted" "$has" || put "ruleset $name" PUT "repos/$REPOSITORY/rulesets/$id" "$wanted"
  done < <(setting '.rulesets[]')
}

# reviewers JSON: GitHub wants numbers where people write names.
reviewers() {
  local one type path found out='[]'
  while read -r one; do
    type="$(jq -r .type <<<"$one")"
    if [[ "$type" == Team ]]; then
      path="$(jq -r '"orgs/\(.org)/teams/\(.slug)"' <<<"$one")"
    else
      path="$(jq -r '"users/\(.login)"' <<<"$one")"
    fi
    found="$(get "$path")"
    [[ "$found" != null ]] || die 2 "no such ${type,,} on GitHub, or this token may not see it: $one"
    out="$(jq -c --arg type "$type" --argjson found "$found" '. + [{type: $type, id: $found.id}]' <<<"$out")"
  done < <(jq -c '.[]' <<<"$1")
  printf '%s\n' "$out"
}

environments() {
  local wanted name path has asked approvers body refs policies policy id production
  production="$(jq -r .variables.production "$FILE")"
  while read -r wanted; do
    name="$(jq -r .name <<<"$wanted")"
    path="repos/$REPOSITORY/environments/$name"
    has="$(get "$path")"
    asked="$(jq -c .reviewers <<<"$wanted")"
    approvers="$(reviewers "$asked")"
    # A wait that somebody set is kept: GitHub would take it away where it is not said again.
    body="$(jq -c --argjson reviewers "$approvers" --argjson has "$has" '{
      wait_timer: ([$has.protection_rules[]? | select(.type == "wait_timer") | .wait_timer][0] // 0),
      prevent_self_review: .prevent_self_review,
      reviewers: $reviewers,
      deployment_branch_policy: (if .refs == [] then null else {protected_branches: false, custom_branch_policies: true} end)
    }' <<<"$wanted")"
    has="$(jq -c '
      if . == null then null else
        ([.protection_rules[]? | select(.type == "required_reviewers")][0] // {}) as $required | {
          wait_timer: ([.protection_rules[]? | select(.type == "wait_timer") | .wait_timer][0] // 0),
          prevent_self_review: ($required.prevent_self_review // false),
          reviewers: [$required.reviewers[]? | {type, id: .reviewer.id}],
          deployment_branch_policy
        } end' <<<"$has")"
    within "$body" "$has" || put "environment $name" PUT "$path" "$body"

    # One without refs is open to any: GitHub keeps no list.
    refs="$(jq -c .refs <<<"$wanted")"
    [[ "$refs" != "[]" ]] || continue
    policies="$(list "$path/deployment-branch-policies?per_page=100" '.branch_policies[]')"
    while read -r policy; do
      put "environment $name: releases from $(jq -r '"\(.type) \(.name)"' <<<"$policy")" \
        POST "$path/deployment-branch-policies" "$policy"
    done < <(jq -c --argjson has "$policies" '.[] | . as $one
      | select(any($has[]; .name == $one.name and (.type // "branch") == $one.type) | not)' <<<"$refs")
    while read -r id; do
      put "environment $name: no releases from other refs" DELETE "$path/deployment-branch-policies/$id"
    done < <(jq -r --argjson refs "$refs" '.[] | . as $one
      | select(any($refs[]; .name == $one.name and .type == ($one.type // "branch")) | not) | .id' <<<"$policies")
    if [[ "$name" == "$production" && "$asked" == "[]" ]]; then
      warn "$name has no approver: set project.owner to @org/team or @user (AGENTS.md, When an answer changes)"
    fi
  done < <(setting '.environments[]')
}

# variable BASE KNOWN NAME VALUE: values are never printed.
variable() {
  local base="$1" known="$2" name="$3" value="$4" body where
  where="${base#"repos/$REPOSITORY/"}"
  where="${where%/variables}"
  if jq -e --arg name "$name" --arg value "$value" 'any(.[]; .name == $name and .value == $value)' <<<"$known" >/dev/null; then
    return 0
  fi
  body="$(jq -nc --arg name "$name" --arg value "$value" '{name: $name, value: $value}')"
  if jq -e --arg name "$name" 'any(.[]; .name == $name)' <<<"$known" >/dev/null; then
    put "variable $name of $where" PATCH "$base/$name" "$body"
  else
    put "variable $name of $where" POST "$base" "$body"
  fi
}

# inside_variables ENVIRONMENT VALUES: those of one environment. The list itself says whether it exists, because to ask for
# the environment takes one more right (Actions).
inside_variables() {
  local base="repos/$REPOSITORY/environments/$1" inside name value
  inside="$(api GET "$base/variables?per_page=30" --paginate --jq '.variables[]')" || {
    ! grep -q "HTTP 404" "$WORK/error" || die 2 "$REPOSITORY has no environment $1: run scripts/repository-settings.sh first"
    die 2 "GitHub refused GET $base/variables: $(tail -n 3 "$WORK/error" | tr '\n' ' ')"
  }
  inside="$(jq -s . <<<"$inside")"
  while IFS=$'\t' read -r name value; do
    [[ -n "$value" ]] || die 2 "output ci_variables.$name is empty"
    variable "$base/variables" "$inside" "$name" "$value"
  done < <(jq -r 'to_entries[] | [.key, .value] | @tsv' <<<"$2")
}

variables() {
  local outputs values outside name value suffix
  outputs="$(cat)"
  # `input` fails where there is none; plain jq would be content with nothing.
  values="$(jq -nce 'input.ci_variables.value | select(type == "object" and all(.[]; type == "string"))' \
    <<<"$outputs" 2>/dev/null)" ||
    die 2 "standard input is not terraform output -json with a map ci_variables of text"
  suffix="${ENVIRONMENT^^}"
  suffix="${suffix//-/_}"
  # The environment itself, and the one from which it is rolled back.
  while read -r name; do
    inside_variables "$name" "$values"
  done < <(jq -r --arg name "$ENVIRONMENT" '.environments[] | select(.name == $name or .of == $name) | .name' "$FILE")
  outside="$(list "repos/$REPOSITORY/actions/variables?per_page=30" '.variables[]')"
  while IFS=$'\t' read -r name value; do
    # Plans on pull requests stand in no environment: theirs carry its name.
    if jq -e --arg name "$name" '.variables.by_suffix | index($name)' "$FILE" >/dev/null; then
      variable "repos/$REPOSITORY/actions/variables" "$outside" "${name}_$suffix" "$value"
    fi
    # Neither do builds: there is one registry, and production's outputs say where.
    if [[ "$ENVIRONMENT" == "$(jq -r .variables.production "$FILE")" ]] &&
      jq -e --arg name "$name" '.variables.repository | index($name)' "$FILE" >/dev/null; then
      variable "repos/$REPOSITORY/actions/variables" "$outside" "$name" "$value"
    fi
  done < <(jq -r 'to_entries[] | [.key, .value] | @tsv' <<<"$values")
}

main() {
  parse "$@"
  need gh jq timeout
  cd "$ROOT"
  jq -e . "$FILE" >/dev/null || die 2 "$FILE cannot be read"
  make_work
  REPOSITORY="${REPOSITORY:-$(jq -r .repository "$FILE")}"
  REPOSITORY="${REPOSITORY:-${GITHUB_REPOSITORY:-}}"
  REPOSITORY="${REPOSITORY:-$(gh repo view --json nameWithOwner --jq .nameWithOwner)}"
  [[ "$REPOSITORY" =~ ^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$ ]] || usage_error "not a repository: $REPOSITORY"
  if [[ "$COMMAND" == variables ]]; then
    jq -e --arg name "$ENVIRONMENT" 'any(.environments[]; .name == $name and (has("of") | not))' "$FILE" >/dev/null ||
      usage_error "no environment is named $ENVIRONMENT"
    variables
  else
    general
    rulesets
    environments
  fi
  case "$MODE" in
    check)
      log "$CHANGES differences in $REPOSITORY"
      ((CHANGES == 0)) || exit 1
      ;;
    *) log "$CHANGES changes in $REPOSITORY" ;;
  esac
}

main "$@"
