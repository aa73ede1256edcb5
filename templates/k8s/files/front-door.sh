# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Whether a public service answers as users reach it: its name, the load balancer, the certificate, the listener, the
# route. Sourced after release.sh.

# Why a step failed, for the script that called it.
export WHY
readonly WAY_IN_SECONDS="${WAY_IN_SECONDS:-180}"
# A whole request; a user would not wait longer.
readonly REQUEST_SECONDS=10

# routes ENV: service, scheme and host of each public service, one a line.
routes() { awk -v environment="$1" '$1 == environment { print $2, $3, $4 }' <<<"$RELEASE_ROUTES"; }

# front_door HOST: where to ask instead of where the name leads; nothing for "by its name". A host that ends in .invalid
# stands for "there is no domain", so the Gateway's own address is asked.
front_door() {
  local address
  if [[ -n "${FRONT_DOOR:-}" || "$1" != *.invalid ]]; then
    printf '%s' "${FRONT_DOOR:-}"
    return 0
  fi
  address="$(kube --namespace gateway get gateways.gateway.networking.k8s.io gateway --output 'jsonpath={.status.addresses[0].value}')" || return 1
  [[ -n "$address" ]] || return 1
  printf '%s' "$address"
}

# reachable SERVICE SCHEME HOST UNTIL: until it answers 2xx; the leg that failed in WHY.
reachable() {
  local url door
  url="$2://$3$(service_field "$1" 4)"
  while true; do
    if ! door="$(front_door "$3")"; then
      WHY="the Gateway has no address: there is no load balancer (kubectl --namespace gateway describe gateway gateway)"
    elif _ask "$url" "$door"; then
      return 0
    fi
    ((SECONDS < $4)) || return 1
    sleep "$POLL"
  done
}

# _ask URL DOOR: one request.
_ask() {
  local code=0 status port="${2##*:}" to=()
  if [[ -n "$2" ]]; then
    [[ "$2" == *:* ]] || port=""
    to=(--connect-to "::${2%:*}:$port")
  fi
  status="$(curl -q --silent --show-error --output /dev/null --connect-timeout 5 --max-time "$REQUEST_SECONDS" --globoff \
    ${to[@]+"${to[@]}"} --write-out '%{http_code}' "$1" 2>"$WORK/way-in-error")" || code=$?
  case "$code:$status" in
    0:2??) return 0 ;;
    0:404) WHY="$1 answers 404: the listener has no route for this host (HTTPRoute), or the service not this path" ;;
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
