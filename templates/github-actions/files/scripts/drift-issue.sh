#!/usr/bin/env bash
# Managed by agency-scaffold (github-actions): "agency-scaffold update" regenerates it and keeps your edits.
#
# Keeps one issue, with the label drift, that says where the infrastructure is not what main says: opens it, renews it, and
# closes it when nothing differs any more.
#
# usage: scripts/drift-issue.sh FOLDER "PLAN PLAN ..." [--dry-run]
#   PLAN       an environment, or an environment and a root other than main: prod, prod.bootstrap
#   FOLDER     has a file PLAN.txt for each that was made: a line for each resource that would change
#   --dry-run  prints the text and changes nothing
#
# Prints what it did: opened, renewed, closed or nothing. Exit codes: 0 ok, 1 GitHub did not do it, 2 usage or a missing tool.
# Environment: GH_TOKEN with issues: write and actions: read; GITHUB_REPOSITORY, GITHUB_SERVER_URL, GITHUB_RUN_ID, GITHUB_SHA.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

readonly LABEL=drift
# An issue holds 65,536 characters, and there are two plans for each environment.
readonly LINES=50
FOLDER=""
PLANS=""

parse() {
  local words=()
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --dry-run) DRY_RUN=yes ;;
      -*) usage_error "unknown: $1" ;;
      *) words+=("$1") ;;
    esac
    shift
  done
  ((${#words[@]} == 2)) || usage_error "a folder and the plans are needed"
  FOLDER="${words[0]}"
  PLANS="${words[1]}"
}

# differs: whether a root of an environment differs, or could not be planned.
differs() {
  local plan
  for plan in $PLANS; do
    [[ -f "$FOLDER/$plan.txt" && ! -s "$FOLDER/$plan.txt" ]] || return 0
  done
  return 1
}

# body: the text of the issue. Addresses only: a value may be a secret.
body() {
  local plan name count waiting
  printf 'The cloud is not what %s says. The whole plans are in the [run](%s), nothing was changed.\n' \
    "${GITHUB_SHA:-main}" "${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/actions/runs/${GITHUB_RUN_ID:-0}"
  waiting="$(gh api "repos/$GITHUB_REPOSITORY/actions/workflows/infrastructure.yml/runs?branch=main&status=waiting&per_page=1" \
    --jq '.workflow_runs[0].html_url // ""')" || waiting=""
  [[ -z "$waiting" ]] || printf '\nA change [waits for its approval](%s): what it would do stands here, too.\n' "$waiting"
  for plan in $PLANS; do
    name="${plan/./, root }"
    if [[ ! -f "$FOLDER/$plan.txt" ]]; then
      printf '\n### %s\n\nIt could not be planned: the log of the run says why.\n' "$name"
      continue
    fi
    count="$(grep -c . "$FOLDER/$plan.txt" || true)"
    ((count > 0)) || continue
    printf '\n### %s\n\n~~~~~\n' "$name"
    head -n "$LINES" "$FOLDER/$plan.txt"
    ((count <= LINES)) || printf '... and %s more\n' "$((count - LINES))"
    printf '~~~~~\n'
  done
  printf '\nIf the code is right, apply it anew: gh workflow run infrastructure.yml --ref main; root bootstrap is applied by an\n'
  printf 'administrator of the account alone. If the cloud is right, write it into the code by a pull request. How: "The\n'
  printf 'infrastructure is not what main says" of docs/runbooks/incident-response.md. This issue closes itself with the next comparison.\n'
}

main() {
  local number news
  parse "$@"
  need gh grep
  need_env GITHUB_REPOSITORY
  make_work
  if differs; then
    body >"$WORK/body.md"
  fi
  if [[ "$DRY_RUN" == yes ]]; then
    cat "$WORK/body.md" 2>/dev/null || echo "nothing differs"
    return
  fi
  number="$(gh api "repos/$GITHUB_REPOSITORY/issues?labels=$LABEL&state=open&creator=github-actions%5Bbot%5D&per_page=1" \
    --jq '.[0].number // ""')" || die 1 "the issues cannot be read"
  if [[ -s "$WORK/body.md" && -n "$number" ]]; then
    news=renewed
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$number" -F body="@$WORK/body.md" >/dev/null || die 1 "issue $number cannot be renewed"
  elif [[ -s "$WORK/body.md" ]]; then
    news=opened
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues" -f title="The infrastructure is not what main says" \
      -f "labels[]=$LABEL" -F body="@$WORK/body.md" >/dev/null || die 1 "the issue cannot be opened"
  elif [[ -n "$number" ]]; then
    news=closed
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$number" -f state=closed -f state_reason=completed >/dev/null ||
      die 1 "issue $number cannot be closed"
  else
    news=nothing
  fi
  echo "$news"
}

main "$@"
