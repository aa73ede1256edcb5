#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus): "agency-scaffold update" regenerates it and keeps your edits.
# Checks the configuration of Alertmanager, and that each alert of routes.txt reaches its receiver.
set -euo pipefail

if [[ "${1:-}" == "--help" ]]; then
  printf 'usage: %s\nChecks alertmanager.yml and the routes of routes.txt with amtool. Exit: 0 good, 1 at fault, 2 usage.\n' "$0"
  exit 0
fi
if [[ $# -gt 0 ]]; then
  printf 'unknown argument: %s\n' "$1" >&2
  exit 2
fi

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
config="$here/../alertmanager.yml"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

if ! amtool check-config "$config" >"$work/log" 2>&1; then
  if ! grep -q 'field url_file not found' "$work/log"; then
    cat "$work/log" >&2
    exit 1
  fi
  # url_file came with 0.26; an older amtool judges everything else on a copy.
  printf 'amtool is older than 0.26: the URL files of webhooks are left out of the check\n' >&2
  sed -E 's|^( *(- )?)url_file: .*|\1url: http://127.0.0.1/|' "$config" >"$work/alertmanager.yml"
  config="$work/alertmanager.yml"
  amtool check-config "$config" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    exit 1
  }
fi

failed=0
count=0
while read -r receivers labels; do
  [[ -z "$receivers" || "$receivers" == \#* ]] && continue
  read -ra words <<<"$labels"
  count=$((count + 1))
  if ! got="$(amtool config routes test --config.file="$config" "${words[@]}" 2>"$work/log")" || [[ "$got" != "$receivers" ]]; then
    printf '%s: expected %s, got %s\n' "$labels" "$receivers" "$got" >&2
    failed=1
  fi
done <"$here/routes.txt"
if [[ $count -eq 0 ]]; then
  printf 'routes.txt names no route\n' >&2
  exit 1
fi
exit "$failed"
