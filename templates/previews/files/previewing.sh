# Managed by agency-scaffold (previews): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What preview.sh does, whatever runs the services: `previewing ARGUMENTS...`. Sourced after common.sh; it sources the rest,
# in the end preview-platform.sh, whose functions fail with the reason in WHY.

# shellcheck source=cloud.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.sh"
# shellcheck source=release.sh
source "$(dirname "${BASH_SOURCE[0]}")/release.sh"
# shellcheck source=lock.sh
source "$(dirname "${BASH_SOURCE[0]}")/lock.sh"
# shellcheck source=health.sh
source "$(dirname "${BASH_SOURCE[0]}")/health.sh"
# shellcheck source=front-door.sh
source "$(dirname "${BASH_SOURCE[0]}")/front-door.sh"
# shellcheck source=previews.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/previews.env.sh"
# shellcheck source=preview-platform.sh
source "$(dirname "${BASH_SOURCE[0]}")/preview-platform.sh"

readonly PREVIEW_SECONDS="${PREVIEW_SECONDS:-600}"
readonly PREVIEW_WAY_SECONDS="${PREVIEW_WAY_SECONDS:-300}"
readonly PREVIEW_REMOVE_SECONDS="${PREVIEW_REMOVE_SECONDS:-600}"
readonly PREVIEW_GRACE_SECONDS="${PREVIEW_GRACE_SECONDS:-3600}"
# What lock.sh calls what it keeps apart.
export LOCK_OF="run for this preview"
# Whether the database has nothing in it yet; preview_database says so.
export PREVIEW_DATABASE_NEW=no

COMMAND=""
NUMBER=""
VERSION=""
IMAGES=""
OPEN=""
OPEN_GIVEN=no
FORMAT=text

_parse() {
  case "${1:-}" in
    --help | -h | "")
      show_help "$0"
      [[ -n "${1:-}" ]] || usage_error "up, down, list or reap"
      exit 0
      ;;
    up | down | list | reap) COMMAND="$1" ;;
    *) usage_error "up, down, list or reap, not $1" ;;
  esac
  shift
  while (($# > 0)); do
    case "$COMMAND:$1" in
      *:--help | *:-h)
        show_help "$0"
        exit 0
        ;;
      up:--dry-run | down:--dry-run | reap:--dry-run)
        DRY_RUN=yes
        shift
        continue
        ;;
      up:--number | down:--number | up:--version | up:--images | list:--format | reap:--open)
        (($# >= 2)) || usage_error "$1 needs a value"
        ;;
      *) usage_error "$COMMAND takes no $1" ;;
    esac
    case "$1" in
      --number) NUMBER="$2" ;;
      --version) VERSION="$2" ;;
      --images) IMAGES="$2" ;;
      --format) FORMAT="$2" ;;
      --open)
        OPEN="$2"
        OPEN_GIVEN=yes
        ;;
    esac
    shift 2
  done
  _check
}

_check() {
  local number open=()
  case "$COMMAND" in
    up | down) is_number "$NUMBER" || usage_error "--number is that of a pull request, not \"$NUMBER\"" ;;
    list) [[ "$FORMAT" == text || "$FORMAT" == json ]] || usage_error "--format is text or json, not \"$FORMAT\"" ;;
    reap)
      # Not given, it would mean that none is open.
      [[ "$OPEN_GIVEN" == yes ]] || usage_error "--open is needed: the numbers of the open pull requests, or \"\""
      read -r -d '' -a open <<<"$OPEN" || true
      for number in ${open[@]+"${open[@]}"}; do is_number "$number" || usage_error "--open holds no number: \"$number\""; done
      ;;
  esac
  if [[ "$COMMAND" == up ]]; then
    is_version "$VERSION" || usage_error "--version is a label value of at most 63 characters, not \"$VERSION\""
    [[ -n "$IMAGES" ]] || usage_error "--images is needed"
  fi
}

# is_number TEXT: at most 9 digits, so that names have room for it.
is_number() { [[ "$1" =~ ^[1-9][0-9]{0,8}$ ]]; }

# preview_services / preview_running: names, one a line: of all images, and of what runs all the time.
preview_services() { awk '{ print $1 }' <<<"$PREVIEW_SERVICES"; }
preview_running() { awk '$3 == "runs" { print $1 }' <<<"$PREVIEW_SERVICES"; }

# preview_repository SERVICE: the path of its image below the registry's host.
preview_repository() { NAME="$1" awk '$1 == ENVIRON["NAME"] { print $2 }' <<<"$PREVIEW_SERVICES"; }

# preview_routes NUMBER: service, scheme and host of each public service, one a line.
preview_routes() { printf '%s\n' "${PREVIEW_ROUTES//\{number\}/$1}"; }

# preview_images: $WORK/images, a line for each service, from --images.
preview_images() {
  local word service words=()
  : >"$WORK/given"
  read -r -a words <<<"$IMAGES"
  for word in ${words[@]+"${words[@]}"}; do
    service="${word%%=*}"
    [[ -n "$(preview_repository "$service")" ]] || usage_error "no service $service in a preview: $(preview_services | tr '\n' ' ')"
    is_digest "${word#*=}" || usage_error "--images $word: the digest is sha256: and 64 hex digits"
    if grep -q "^$service " "$WORK/given"; then usage_error "--images names $service twice"; fi
    echo "$service ${word#*=}" >>"$WORK/given"
  done
  : >"$WORK/images"
  for service in $(preview_services); do
    grep "^$service " "$WORK/given" >>"$WORK/images" || usage_error "--images has no image of $service"
  done
}

# check_limit NUMBER: there may be PREVIEW_LIMIT previews; one that is there already may be updated.
check_limit() {
  local count
  _previews
  ! grep -q "^$1 " "$WORK/previews" || return 0
  count="$(wc -l <"$WORK/previews")"
  ((count >= PREVIEW_LIMIT)) || return 0
  print_previews text <"$WORK/previews" >&2
  die 1 "there are $count previews, and $PREVIEW_LIMIT is the limit: close a pull request, or take the label preview from one"
}

# _previews: $WORK/previews, a line each: number, version, end (seconds since 1970) and state. The code of a pull request can write
# what is told here, and people add it up and read it: only numbers, versions and known words pass. An end that is none is "-".
_previews() {
  preview_numbers >"$WORK/told" || die 1 "which previews there are is not told: $WHY"
  jq -r '
    def fits($pattern): type == "string" and test("^(" + $pattern + ")$");
    (.number | tostring) as $number
    | select($number | fits("[1-9][0-9]{0,8}"))
    | [$number,
       (.version | if fits("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?") then . else "unknown" end),
       (.expires | if type == "number" and . == floor then tostring else . end | if fits("[1-9][0-9]{8,10}") then . else "-" end),
       (.state | if fits("serving|being-removed") then . else "not-serving" end)]
    | join(" ")' "$WORK/told" >"$WORK/previews" || die 1 "which previews there are cannot be read"
}

# _day END: for people.
_day() { if [[ "$1" == - ]]; then echo unknown; else jq -nr --argjson end "$1" '$end | todate'; fi; }

# print_previews text|json: from lines of _previews.
print_previews() {
  local number version expires state url out='[]'
  while read -r number version expires state; do
    url="$(preview_routes "$number" | awk 'NR == 1 { print $2 "://" $3 }')"
    if [[ "$1" == json ]]; then
      out="$(jq -c --argjson number "$number" --arg version "$version" --arg expires "$(_day "$expires")" --arg state "$state" \
        --arg url "$url" '. + [{$number, $version, $expires, $state, $url}]' <<<"$out")"
    else
      printf '%s  %s  until %s  %s  %s\n' "$number" "$version" "$(_day "$expires")" "$state" "$url"
    fi
  done
  [[ "$1" == text ]] || printf '%s\n' "$out"
}

_now() { date +%s; }
_expires() { echo $(($(date +%s) + PREVIEW_TTL_DAYS * 86400)); }

# _steps: everything that changes what is there; the reason in WHY.
_steps() {
  preview_prepare "$NUMBER" || return 1
  if [[ "$RELEASE_DATABASE" == yes ]]; then
    preview_database "$NUMBER" || return 1
  fi
  preview_migrate "$NUMBER" "$VERSION" || return 1
  if [[ "$PREVIEW_DATABASE_NEW" == yes ]]; then
    preview_seed "$NUMBER" "$VERSION" || return 1
  fi
  preview_apply "$NUMBER" || return 1
  log "waiting until $VERSION serves, at most $PREVIEW_SECONDS s"
  preview_wait "$NUMBER" "$VERSION" "$((SECONDS + PREVIEW_SECONDS))" || return 1
  _way_in || return 1
  preview_mark "$NUMBER" "$(_expires)"
}

# _way_in: every public service answers as users reach it: first at the load balancer, whatever names are known here
# (a name that was asked for too early stays unknown for minutes), then by its name.
_way_in() {
  local service scheme host until door
  until=$((SECONDS + PREVIEW_WAY_SECONDS))
  door="${FRONT_DOOR:-$(door_address || true)}"
  while read -r service scheme host; do
    if [[ -n "$door" ]]; then
      FRONT_DOOR="$door" reachable "$service" "$scheme" "$host" "$until" || return 1
    fi
    reachable "$service" "$scheme" "$host" "$until" || return 1
    keep_lock || return 1
  done < <(preview_routes "$NUMBER")
}

_up() {
  local service scheme host
  preview_open REGISTRY
  preview_images
  check_limit "$NUMBER"
  preview_render "$NUMBER" "$VERSION" || die 1 "$WHY"
  if [[ "$DRY_RUN" == yes ]]; then
    preview_print
    log "dry run: nothing was changed"
    return 0
  fi
  export HALF_WAY="run the same command again" # read by common.sh
  preview_place "$NUMBER" || die 1 "preview $NUMBER has no place: $WHY"
  preview_lock "$NUMBER" || die 1 "$WHY"
  # From now on: also one that is killed, or that never becomes healthy, has an end.
  preview_mark "$NUMBER" "$(_expires)" || die 1 "preview $NUMBER cannot be marked with its end: $WHY"
  if ! _steps; then
    warn "$WHY"
    preview_logs "$NUMBER" >&2 || true
    die 1 "preview $NUMBER is not healthy: $WHY. It is left for looking at, and removed $PREVIEW_TTL_DAYS days from now;" \
      "at once: scripts/preview.sh down --number $NUMBER"
  fi
  preview_unlock "$NUMBER"
  while read -r service scheme host; do
    printf 'URL %s %s\n' "$service" "$scheme://$host"
  done < <(preview_routes "$NUMBER")
  log "preview $NUMBER serves $VERSION"
}

# remove NUMBER: everything of it, and proof that it is gone; fails with what is left.
remove() {
  local left until
  left="$(preview_left "$1")" || {
    warn "what preview $1 has is not told: $WHY"
    return 1
  }
  if [[ -z "$left" ]]; then
    log "there is no preview $1"
    return 0
  fi
  if [[ "$DRY_RUN" == yes ]]; then
    while read -r left; do printf 'would remove %s\n' "$left"; done <<<"$left"
    return 0
  fi
  preview_lock "$1" || {
    warn "$WHY"
    return 1
  }
  until=$((SECONDS + PREVIEW_REMOVE_SECONDS))
  while true; do
    # Again and again: what still came into being while the rest was removed goes, too.
    preview_remove "$1" || warn "$WHY"
    if left="$(preview_left "$1")" && [[ -z "$left" ]]; then
      preview_unlock "$1"
      log "preview $1 is gone"
      return 0
    fi
    ((SECONDS < until)) || break
    sleep "$POLL"
  done
  preview_unlock "$1"
  warn "preview $1 is not gone after $PREVIEW_REMOVE_SECONDS s, this is left: $(tr '\n' ' ' <<<"${left:-not known ($WHY)}")"
  return 1
}

_list() {
  preview_open
  _previews
  sort -n "$WORK/previews" | print_previews "$FORMAT"
}

# _reason NUMBER EXPIRES: why it is removed; nothing when it stays. One without an end stays as long as its pull request is open.
_reason() {
  if [[ "$2" != - ]] && (($2 <= $(_now))); then
    printf 'it has expired'
  elif [[ " $OPEN " != *" $1 "* ]] &&
    { [[ "$2" == - ]] || (($2 - PREVIEW_TTL_DAYS * 86400 + PREVIEW_GRACE_SECONDS <= $(_now))); }; then
    printf 'no open pull request with the label has this number'
  fi
}

_reap() {
  local number expires reason failed=""
  # Numbers may stand in lines.
  OPEN="$(tr '\n' ' ' <<<"$OPEN")"
  preview_open
  _previews
  while read -r number _ expires _; do
    reason="$(_reason "$number" "$expires")"
    if [[ -z "$reason" ]]; then
      [[ "$expires" != - ]] || failed+=" $number (open, and its end cannot be read: the next push gives it one)"
      continue
    fi
    log "preview $number: $reason"
    # In a shell of its own: one that is locked or cannot be removed does not keep the others.
    if ! (remove "$number" </dev/null); then
      failed+=" $number"
    elif [[ "$DRY_RUN" != yes ]]; then
      printf 'GONE %s\n' "$number"
    fi
  done <"$WORK/previews"
  [[ -z "$failed" ]] || die 1 "not removed:$failed"
}

previewing() {
  _parse "$@"
  case "$COMMAND" in
    up) _up ;;
    down)
      preview_open
      remove "$NUMBER" || exit 1
      ;;
    list) _list ;;
    reap) _reap ;;
  esac
}
