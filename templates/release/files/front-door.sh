# Managed by agency-scaffold (release): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a public service answers as users reach it: its name, the load balancer, the certificate, the listener, the
# route. Sourced after release.sh.

# Why a step failed, for the script that called it.
export WHY
readonly WAY_IN_SECONDS="${WAY_IN_SECONDS:-180}"
# A whole request; a user would not wait longer.
readonly REQUEST_SECONDS=10

# front_door HOST: where to ask instead of where the name leads; nothing for "by its name". A host that ends in .invalid
# stands for "there is no domain", so the load balancer's own address is asked.
front_door() {
  local address
  if [[ -n "${FRONT_DOOR:-}" || "$1" != *.invalid ]]; then
    printf '%s' "${FRONT_DOOR:-}"
    return 0
  fi
  address="$(door_address)" || return 1
  [[ -n "$address" ]] || return 1
  printf '%s' "$address"
}

# door_options DOOR: what lets curl ask there, one word a line; nothing for "by its name".
door_options() {
  local port="${1##*:}"
  [[ -n "$1" ]] || return 0
  [[ "$1" == *:* ]] || port=""
  printf '%s\n' --connect-to "::${1%:*}:$port"
}

# reachable SERVICE SCHEME HOST UNTIL: until it answers 2xx; the leg that failed in WHY.
reachable() {
  local url door
  url="$2://$3$(service_field "$1" 4)"
  while true; do
    if ! door="$(front_door "$3")"; then
      WHY="$DOOR_MISSING"
    elif _ask "$url" "$door"; then
      return 0
    fi
    ((SECONDS < $4)) || return 1
    sleep "$POLL"
  done
}

# _ask URL DOOR: one request.
_ask() {
  local code=0 status to=()
  mapfile -t to < <(door_options "$2")
  status="$(curl -q --silent --show-error --output /dev/null --connect-timeout 5 --max-time "$REQUEST_SECONDS" --globoff \
    ${to[@]+"${to[@]}"} --write-out '%{http_code}' "$1" 2>"$WORK/way-in-error")" || code=$?
  case "$code:$status" in
    0:2??) return 0 ;;
    0:404) WHY="$1 answers 404: the listener has no route for this host ($DOOR_ROUTE), or the service not this path" ;;
    0:503) WHY="$1 answers 503: the load balancer has no healthy target" ;;
    0:*) WHY="$1 answers $status" ;;
    6:*) WHY="$1: the name does not resolve (DNS)" ;;
    7:*) WHY="$1: no connection (load balancer, listener or its security group)" ;;
    28:*) WHY="$1: no answer within $REQUEST_SECONDS s" ;;
    35:* | 51:* | 53:* | 58:* | 59:* | 60:* | 77:* | 83:*) WHY="$1: no valid certificate ($(_words))" ;;
    *) WHY="$1: $(_words)" ;;
  esac
  return 1
}

_words() { tr '\n' ' ' <"$WORK/way-in-error" | sed 's/ *$//'; }
