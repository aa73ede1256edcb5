#!/usr/bin/env bash
# Managed by agency-scaffold (prometheus-ecs): "agency-scaffold update" regenerates it and keeps your edits.
#
# Runs in the container of the task `monitoring` that starts first: lays out the configuration and the secrets for the others,
# and ends.
#
# usage: configure.sh FOLDER [VOLUMES]    FOLDER holds a copy of monitoring/, VOLUMES (/volumes) what the containers share
#
# Environment: ALERTMANAGER_SECRET, ALERTMANAGER_KEYS (its keys, by spaces), DATABASE_SECRET where there is a database.
# Exit codes: 0 ok, 1 a file or a secret cannot be read: ECS starts the task again, 2 usage.

set -Eeuo pipefail

# nobody: the user of every container that reads what is written here.
OWNER="${OWNER:-65534:65534}"

main() {
  [[ $# -ge 1 && "$1" != --help ]] || {
    sed -n 's/^# \{0,1\}//p' "${BASH_SOURCE[0]}" | sed -n '3,9p'
    exit 2
  }
  local from="$1" to="${2:-/volumes}" key values volume
  umask 027

  cp -R "$from/prometheus/." "$to/prometheus-config/"
  cp "$from/alertmanager/alertmanager.yml" "$to/alertmanager-config/"
  cp "$from/ecs/cloudwatch.yml" "$to/exporters/"
  cp "$from/ecs/silences.sh" "$to/silences/"
  if [[ -e "$from/blackbox/blackbox.yml" ]]; then
    cp "$from/blackbox/blackbox.yml" "$to/exporters/"
  fi

  # A channel that has no key yet does not hold up the others: Alertmanager reads the file when it sends.
  values="$(secret "$ALERTMANAGER_SECRET")"
  mkdir -p "$to/alertmanager-config/secrets"
  for key in $ALERTMANAGER_KEYS; do
    field "$values" "$key" >"$to/alertmanager-config/secrets/$key"
    [[ -s "$to/alertmanager-config/secrets/$key" ]] || {
      rm "$to/alertmanager-config/secrets/$key"
      printf 'no value yet: %s\n' "$key" >&2
    }
  done

  if [[ -n "${DATABASE_SECRET:-}" ]]; then
    values="$(secret "$DATABASE_SECRET")"
    field "$values" username >"$to/database/username"
    field "$values" password >"$to/database/password"
    # Without a user the exporter would not start; so it starts, cannot log in, and DatabaseDown says so.
    printf '[client]\nuser=%s\npassword=%s\n' "$(field "$values" username | grep . || echo nobody)" "$(field "$values" password)" >"$to/database/my.cnf"
    [[ -s "$to/database/username" ]] || printf 'nobody may log in to the database yet\n' >&2
  fi

  for volume in "$to"/*; do
    chown -R "$OWNER" "$volume"
  done
}

# secret ARN: its JSON on one line; nothing when nobody has written a value yet.
secret() {
  local answer
  if answer="$(aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text 2>&1)"; then
    tr -d '\r\n' <<<"$answer"
  elif [[ "$answer" != *ResourceNotFoundException* ]]; then
    printf '%s\n' "$answer" >&2
    return 1
  fi
}

# field JSON KEY: the text of a key, without a line end; the image has no tool for JSON.
field() {
  local pattern="\"$2\"[[:space:]]*:[[:space:]]*\"(([^\"\\\\]|\\\\.)*)\"" value
  [[ "$1" =~ $pattern ]] || return 0
  value="${BASH_REMATCH[1]}"
  value="${value//\\\"/\"}"
  value="${value//\\\//\/}"
  printf '%s' "${value//\\\\/\\}"
}

main "$@"
