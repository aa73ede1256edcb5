#!/usr/bin/env bash
# Managed by agency-scaffold (scripts): "agency-scaffold update" regenerates it and keeps your edits.
#
# Says what a person must still provide (.agency/scaffold/todo.yml) and fails while something blocking is not settled.
# An item with an acceptance command is open while that fails. One without is open while CHANGEME_<ID> stands in the tree;
# after that nothing proves it, so it is yours to tick off: --done ID says on record that it is settled.
#
# One whose command needs a tool that is not here cannot be judged: it counts as open.
#
# A file of ours for which one of yours was in the way lies below .agency/scaffold/proposed: it is listed, too, while it
# lies there and differs from yours; that blocks nothing by itself.
#
# usage: scripts/check-todo.sh [--list | --blocking] [--verbose] [--format text|json]
#        scripts/check-todo.sh --done ID... [--dry-run]
#   --list          prints every item, done ones too, and always exits 0
#   --verbose       prints the command by which each item is judged
#   --blocking      prints a line for each blocking item that is not settled, and nothing else
#   --format json   one JSON object on standard output
#   --done ID       writes a line with the item, the time and your name into .agency/scaffold/done: commit it, or remove
#                   the line to take it back; refused where the tree or a command says that the item is open
#
# Exit codes: 0 nothing blocking is left, 1 something is, 2 usage or an unreadable list.
# TODO_SECONDS limits each acceptance command (default 60).

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

readonly FILE=.agency/scaffold/todo.yml
readonly SETTLED=.agency/scaffold/done
readonly PROPOSED=.agency/scaffold/proposed
LIST=no
VERBOSE=no
BLOCKING=no
FORMAT=text
TICKED=()

# read_items: the fields of each item, one item a line, separated by the unit separator.
# Understands what agency-scaffold writes: a sequence "items" of maps of one-line scalars, plain, "..." or '...', and their
# "count": a list that was cut off is still a list, and what it lost would read as done.
read_items() {
  awk '
    function fail(why) { print FILENAME ":" NR ": " why > "/dev/stderr"; bad = 1; exit 2 }
    function scalar(text,   out, i, c) {
      if (text ~ /^[|>]/) fail("a value must stand on one line")
      if (text ~ /^\047/) {
        if (text !~ /\047$/ || length(text) < 2) fail("a quote is open")
        text = substr(text, 2, length(text) - 2)
        gsub(/\047\047/, "\047", text)
        return text
      }
      if (text !~ /^"/) { sub(/[ \t]+#.*$/, "", text); return text }
      if (text !~ /"$/ || length(text) < 2) fail("a quote is open")
      out = ""
      for (i = 2; i < length(text); i++) {
        c = substr(text, i, 1)
        if (c == "\\") {
          c = substr(text, ++i, 1)
          if (c == "n" || c == "t") c = " "
          else if (c == "u") fail("write the character itself, not its number")
        }
        out = out c
      }
      return out
    }
    function emit(   s) {
      if (!open) return
      s = "\037"
      if (value["id"] == "" || value["severity"] == "") fail("an item needs id and severity")
      print value["id"] s value["severity"] s value["file"] s value["question"] s value["how"] s value["acceptance"]
      open = 0
      found++
      split("", value)
    }
    /^[ \t]*(#|$)/ || /^---$/ { next }
    /^count: *[0-9]+[ \t]*$/ { count = $2; next }
    /^items:[ \t]*\[\][ \t]*$/ { next }
    /^items:[ \t]*$/ { inside = 1; next }
    /^[^ \t-]/ { inside = 0 }
    !inside { next }
    {
      line = $0
      if (line ~ /^ *- /) { emit(); open = 1; sub(/- /, "  ", line) }
      sub(/^ +/, "", line)
      sub(/[ \t]+$/, "", line)
      if (line !~ /^[a-z]+:( |$)/) fail("not understood: " line)
      name = substr(line, 1, index(line, ":") - 1)
      text = substr(line, index(line, ":") + 1)
      sub(/^ +/, "", text)
      value[name] = scalar(text)
    }
    END {
      if (bad) exit 2
      emit()
      if (count == "") fail("no count says how many items there are")
      if (count != found + 0) fail("count is " count ", and there are " found + 0 " items: restore the list from git, or correct count")
    }
  ' "$FILE"
}

# strict_grep: shell in which a grep that cannot read its file ends the command, and tools that are missing are noted.
strict_grep() {
  cat <<'END_OF_GREP'
command_not_found_handle() { printf '%s\n' "$1" >>"$TODO_MISSING"; return 127; }
grep() { command grep "$@" || { local code=$? && ((code < 2)) && return "$code" || exit 2; }; }
export -f grep
END_OF_GREP
}

# holds COMMAND: in a shell of its own, after strict_grep: "! grep -q WORD FILE" must not hold because FILE is gone.
holds() {
  TODO_MISSING="$WORK/missing" with_deadline "${TODO_SECONDS:-60}" bash -c "$(strict_grep)"$'\n'"$1"
}

# state_of ID ACCEPTANCE: open, yours (nothing proves it) or done. Tools that were missing for it stand in $WORK/missing.
state_of() {
  : >"$WORK/missing"
  if [[ -n "$2" ]]; then
    if (holds "$2") >/dev/null 2>"$WORK/said" </dev/null; then
      echo "done"
    else
      # What scripts of ours say of a tool that they need.
      awk 'sub(/^.*[^a-z ] *not installed: /, "") && /^[a-z0-9 -]+$/' "$WORK/said" >>"$WORK/missing"
      echo open
    fi
  elif stands "$1"; then
    echo open
  elif settled "$1"; then
    echo "done"
  else
    echo yours
  fi
}

# stands ID: whether its placeholder does. The list itself, the record and prose name it without being one.
stands() {
  grep -rIwq --exclude-dir=.git --exclude-dir=.agency --exclude-dir=.terraform --exclude-dir=node_modules \
    --exclude='*.md' --exclude=agency-scaffold.yml -e "CHANGEME_$1" .
}

# settled ID: whether a person said so.
settled() { [[ -f "$SETTLED" ]] && awk -v id="$1" '$1 == id { found = 1 } END { exit !found }' "$SETTLED"; }

# settle ID: says so.
settle() {
  local id acceptance state="" by now
  while IFS=$'\037' read -r id _ _ _ _ acceptance; do
    [[ "$id" != "$1" ]] || state="$(state_of "$id" "$acceptance")"
  done <"$WORK/items"
  case "$state" in
    "") usage_error "no item $1" ;;
    open) die 1 "$1 is open: its placeholder stands, or its command fails (scripts/check-todo.sh says which)" ;;
    done)
      log "$1 is done already"
      return 0
      ;;
  esac
  by="$(git config user.name 2>/dev/null || id -un)"
  now="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  if [[ "$DRY_RUN" == yes ]]; then
    log "dry run: $SETTLED would say: $1 $now $by"
  else
    printf '%s %s %s\n' "$1" "$now" "$by" >>"$SETTLED"
    log "$1 is settled: commit $SETTLED"
  fi
}

parse() {
  local id
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --list) LIST=yes ;;
      --blocking) BLOCKING=yes ;;
      --verbose) VERBOSE=yes ;;
      --dry-run) DRY_RUN=yes ;;
      --format) value_into FORMAT "$@" && shift ;;
      --done) value_into id "$@" && TICKED+=("$id") && shift ;;
      *)
        # More items after --done.
        ((${#TICKED[@]} > 0)) && [[ "$1" != -* ]] || usage_error "unknown: $1"
        TICKED+=("$1")
        ;;
    esac
    shift
  done
  [[ "$FORMAT" == text || "$FORMAT" == json ]] || usage_error "--format is text or json, not $FORMAT"
  [[ "$LIST" == no || "$BLOCKING" == no ]] || usage_error "--list and --blocking exclude each other"
}

# proposals: the paths whose proposal lies there and differs from what is in its place.
proposals() {
  local ours path
  [[ -d "$PROPOSED" ]] || return 0
  while IFS= read -r -d '' ours; do
    path="${ours#"$PROPOSED"/}"
    cmp -s "$path" "$ours" 2>/dev/null || printf '%s\n' "$path"
  done < <(find "$PROPOSED" -type f -print0 | sort -z)
}

show_proposal() {
  printf 'open   proposal     %s (yours stays, ours is %s)\n' "$1" "$PROPOSED/$1"
  printf '       how: diff -u %q %q; take what you want of ours into yours, then: agency-scaffold resolve %q --done\n' \
    "$1" "$PROPOSED/$1" "$1"
}

# show STATE ID SEVERITY FILE QUESTION HOW ACCEPTANCE MISSING
show() {
  printf '%-5s  %-11s  %s (%s)\n' "$1" "$3" "$2" "$4"
  [[ "$1" != "done" || "$VERBOSE" == yes ]] || return 0
  printf '       %s\n       how: %s\n' "$5" "$6"
  if [[ "$1" == yours ]]; then
    printf '       yours to tick off, nothing proves it: scripts/check-todo.sh --done %s\n' "$2"
  fi
  [[ -z "$8" ]] || printf '       cannot be judged: not installed here: %s\n' "$8"
  if [[ -n "$7" && "$VERBOSE" == yes ]]; then
    printf '       done when this exits 0: %s\n' "$7"
  fi
}

main() {
  local id severity file question how acceptance state missing blocking=0 waiting=0 json="" proposed=""
  declare -A count=([open]=0 [yours]=0 [done]=0)
  parse "$@"
  need awk cmp grep timeout
  cd "$ROOT"
  [[ -f "$FILE" ]] || die 2 "$FILE is missing: restore it from git"
  make_work
  # A list that is not there must never read as one on which all is done.
  grep -qE '^items:( \[\])?[[:space:]]*$' "$FILE" || die 2 "$FILE holds no list of items: restore it from git"
  read_items >"$WORK/items" || die 2 "$FILE cannot be read"
  : >"$WORK/blocking"
  : >"$WORK/rest"
  if ((${#TICKED[@]} > 0)); then
    for id in "${TICKED[@]}"; do settle "$id"; done
    exit 0
  fi

  proposals >"$WORK/proposals"
  while IFS= read -r file; do
    waiting=$((waiting + 1))
    proposed+="${proposed:+,}$(json_string "$file")"
    [[ "$FORMAT" == json || "$BLOCKING" == yes ]] || show_proposal "$file"
  done <"$WORK/proposals"
  # What blocks comes first; the rest is kept until it is told.
  while IFS=$'\037' read -r id severity file question how acceptance; do
    state="$(state_of "$id" "$acceptance")"
    missing="$(awk '{ for (i = 1; i <= NF; i++) if (!known[$i]++) printf "%s%s", (n++ ? " " : ""), $i }' "$WORK/missing")"
    count[$state]=$((count[$state] + 1))
    json+="${json:+,}$(printf '{"id":%s,"severity":%s,"state":"%s","file":%s,"question":%s,"how":%s}' \
      "$(json_string "$id")" "$(json_string "$severity")" "$state" "$(json_string "$file")" \
      "$(json_string "$question")" "$(json_string "$how")")"
    if [[ "$severity" == blocking && "$state" != "done" ]]; then
      blocking=$((blocking + 1))
      printf '  %s: %s\n' "$id" "$question" >>"$WORK/blocking"
      [[ "$FORMAT" == json || "$BLOCKING" == yes ]] ||
        show "$state" "$id" "$severity" "$file" "$question" "$how" "$acceptance" "$missing"
    elif [[ "$FORMAT" == text && "$BLOCKING" == no ]] && [[ "$state" != "done" || "$LIST" == yes ]]; then
      show "$state" "$id" "$severity" "$file" "$question" "$how" "$acceptance" "$missing" >>"$WORK/rest"
    fi
  done <"$WORK/items"

  if [[ "$FORMAT" == json ]]; then
    printf '{"open":%s,"yours":%s,"blocking":%s,"done":%s,"items":[%s],"proposals":[%s]}\n' \
      "${count[open]}" "${count[yours]}" "$blocking" "${count[done]}" "$json" "$proposed"
  elif [[ "$BLOCKING" == yes ]]; then
    ((blocking == 0)) || printf '%s blocking items are not settled (scripts/check-todo.sh says how):\n' "$blocking"
    cat "$WORK/blocking"
  else
    cat "$WORK/rest"
    ((waiting == 0)) || printf '%s proposals wait\n' "$waiting"
    printf '%s open, %s yours to tick off (%s of these blocking), %s done\n' \
      "${count[open]}" "${count[yours]}" "$blocking" "${count[done]}"
  fi
  [[ "$LIST" == yes ]] || ((blocking == 0)) || exit 1
}

main "$@"
