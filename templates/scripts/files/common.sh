# Managed by agency-scaffold (scripts): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Sourced first by every script: strict mode, log lines, deadlines, clean-up.
#
# Exit codes of all scripts: 0 ok, 1 failed, 2 usage or a missing tool, 3 rolled back, 4 rollback failed, 5 stopped
# half-way or not recorded, 6 bad with nothing to go back to.
# Environment: LOG_FORMAT=json writes log lines as JSON; CI=true never prompts.

if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "bash 4.4 or newer is needed, this is ${BASH_VERSION} (macOS: brew install bash)" >&2
  exit 2
fi
set -Eeuo pipefail
shopt -s inherit_errexit

# Exported for the commands that scripts start.
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
export ROOT
SCRIPT="$(basename "$0")"
DRY_RUN="${DRY_RUN:-no}"
WORK=""
CLEANUPS=()
# What to do if it ends now, set by a script that has begun to change something: an error that nobody expected is then not "failed" but 5.
HALF_WAY=""
_unexpected=no

# json_string TEXT: the text as a JSON string, without a tool.
json_string() {
  local text="$1" code char
  text="${text//\\/\\\\}"
  text="${text//\"/\\\"}"
  text="${text//$'\n'/\\n}"
  text="${text//$'\r'/\\r}"
  text="${text//$'\t'/\\t}"
  if [[ "$text" == *[$'\001'-$'\037']* ]]; then
    for code in {1..31}; do
      printf -v char '%b' "\\x$(printf '%02x' "$code")"
      text="${text//"$char"/\\u00$(printf '%02x' "$code")}"
    done
  fi
  printf '"%s"' "$text"
}

_log() {
  local level="$1" now
  shift
  if [[ "${LOG_FORMAT:-text}" == json ]]; then
    now="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf '{"time":"%s","level":"%s","script":%s,"message":%s}\n' \
      "$now" "$level" "$(json_string "$SCRIPT")" "$(json_string "$*")" >&2
  else
    now="$(date -u +%H:%M:%S)"
    if [[ "$level" == info ]]; then
      printf '%s %s\n' "$now" "$*" >&2
    else
      printf '%s %s: %s\n' "$now" "$level" "$*" >&2
    fi
  fi
}

# log MESSAGE... / warn MESSAGE...: one line on standard error; standard output is for results.
log() { _log info "$@"; }
warn() { _log warning "$@"; }

# die CODE MESSAGE...: one line, then exit.
die() {
  local code="$1"
  shift
  _log error "$@"
  trap - ERR
  exit "$code"
}

# usage_error MESSAGE...: a wrong command line.
usage_error() { die 2 "$* (see $SCRIPT --help)"; }

# value_into NAME OPTION VALUE...: takes the value of an option, from the command line that begins with it, into a variable.
value_into() {
  [[ -n "${3:-}" ]] || usage_error "$2 needs a value"
  printf -v "$1" '%s' "$3"
}

# show_help FILE: prints the comment block that opens a script, after the line that names the owner.
show_help() {
  awk 'NR > 3 && !/^#/ { exit } NR > 3 { sub(/^# ?/, ""); print }' "$1"
}

# GNU timeout is gtimeout where Homebrew installed it, and macOS has none of its own.
if ! command -v timeout >/dev/null 2>&1 && command -v gtimeout >/dev/null 2>&1; then
  timeout() { gtimeout "$@"; }
fi

# need TOOL...: stops when a tool is missing, and says how to get each.
need() {
  local tool missing=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  ((${#missing[@]} > 0)) || return 0
  for tool in "${missing[@]}"; do
    _log error "$tool is not installed: $(_how_to_get "$tool")"
  done
  die 2 "not installed: ${missing[*]}"
}

# tool_hint TOOL HOW: how to get a tool that only some repositories need.
tool_hint() { TOOL_HINTS["$1"]="$2"; }

declare -A TOOL_HINTS=()

_how_to_get() {
  case "$1" in
    timeout | sha256sum | base64 | date) echo "apt-get install coreutils, or brew install coreutils" ;;
    awk) echo "apt-get install gawk, or brew install gawk" ;;
    cmp | diff) echo "apt-get install diffutils, or brew install diffutils" ;;
    aws) echo "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or brew install awscli" ;;
    crane) echo "https://github.com/google/go-containerregistry/releases, or brew install crane" ;;
    docker) echo "https://docs.docker.com/get-started/get-docker/" ;;
    gh) echo "https://github.com/cli/cli#installation, or brew install gh" ;;
    terraform) echo "https://developer.hashicorp.com/terraform/install" ;;
    *) echo "${TOOL_HINTS[$1]:-apt-get install $1, or brew install $1}" ;;
  esac
}

# need_env NAMES...: stops when a variable is empty, and names all that are. In NAMES there may be several, or none.
need_env() {
  local name names missing=()
  read -r -d '' -a names <<<"$*" || true
  for name in "${names[@]}"; do
    [[ -n "${!name:-}" ]] || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || die 2 "not set: ${missing[*]} (docs/runbooks/deployment.md says where the values come from)"
}

# run COMMAND...: runs it, or only says so with --dry-run.
run() {
  if [[ "$DRY_RUN" == yes ]]; then
    log "dry run: ${*@Q}"
  else
    "$@"
  fi
}

# retry SECONDS COMMAND...: until it succeeds or the time is over; waits 1, 2, 4 ... at most 10 seconds between tries.
retry() {
  local until=$((SECONDS + $1)) pause=1 code
  shift
  while true; do
    code=0
    "$@" || code=$?
    ((code != 0)) || return 0
    ((SECONDS + pause < until)) || return "$code"
    sleep "$pause"
    pause=$((pause * 2 > 10 ? 10 : pause * 2))
  done
}

# with_deadline SECONDS COMMAND...: ends the program (not a shell function) after that time; 124 = it was ended.
with_deadline() {
  local seconds="$1"
  shift
  timeout --kill-after=5 "$seconds" "$@"
}

# confirm WORD QUESTION: goes on only when the word is typed; never asks in CI.
confirm() {
  local typed=""
  if [[ "${CI:-}" == true || ! -t 0 ]]; then
    die 2 "$2: needs a person at a terminal"
  fi
  read -r -p "$2 Type \"$1\" to go on: " typed
  [[ "$typed" == "$1" ]] || die 1 "not confirmed"
}

# on_exit COMMAND...: runs it when the script ends, however it ends; the newest first.
on_exit() { CLEANUPS+=("${*@Q}"); }

# make_work: a private folder in $WORK that is removed at the end.
make_work() {
  [[ -z "$WORK" ]] || return 0
  WORK="$(mktemp -d "${TMPDIR:-/tmp}/release.XXXXXXXX")"
  on_exit rm -rf "$WORK"
}

_finish() {
  local code=$? index
  trap - EXIT ERR INT TERM
  set +e
  for ((index = ${#CLEANUPS[@]} - 1; index >= 0; index--)); do
    eval "${CLEANUPS[index]}"
  done
  if [[ -n "$HALF_WAY" && "$_unexpected" == yes ]]; then
    _log error "stopped half-way: $HALF_WAY"
    code=5
  fi
  exit "$code"
}

# _ended CODE: somebody ended it, with a signal.
_ended() {
  [[ -z "$HALF_WAY" ]] || _log error "ended half-way: $HALF_WAY"
  exit "$1"
}

_failed() {
  _unexpected=yes
  _log error "stopped at ${BASH_SOURCE[1]##*/}:$1 (exit $2): $3"
}

trap '_failed "$LINENO" "$?" "$BASH_COMMAND"' ERR
trap _finish EXIT
trap '_ended 130' INT
trap '_ended 143' TERM
