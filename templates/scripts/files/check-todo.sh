#!/usr/bin/env bash
# Managed by agency-scaffold (scripts): "agency-scaffold update" regenerates it and keeps your edits.
#
# Says what a person must still provide (.agency/scaffold/todo.yml) and fails while something blocking is open.
# An item is open while its acceptance command fails; without one, while CHANGEME_<ID> stands in the tree.
#
# usage: scripts/check-todo.sh [--list] [--format text|json]
#   --list          prints every item, done ones too, and always exits 0
#   --format json   one JSON object on standard output
#
# Exit codes: 0 nothing blocking is open, 1 something is, 2 usage or an unreadable list.
# TODO_SECONDS limits each acceptance command (default 60).

# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

readonly FILE=.agency/scaffold/todo.yml
LIST=no
FORMAT=text

# read_items: the fields of each item, one item a line, separated by the unit separator.
# Understands what agency-scaffold writes: a sequence "items" of maps of one-line scalars, plain, "..." or '...'.
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
      split("", value)
    }
    /^[ \t]*(#|$)/ || /^---$/ { next }
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
    END { if (!bad) emit() }
  ' "$FILE"
}

# is_open ID ACCEPTANCE
is_open() {
  if [[ -n "$2" ]]; then
    if with_deadline "${TODO_SECONDS:-60}" bash -c "$2" >/dev/null 2>&1 </dev/null; then return 1; fi
    return 0
  fi
  # The list itself, the record and prose name the placeholder without being one.
  grep -rIwq --exclude-dir=.git --exclude-dir=.agency --exclude-dir=.terraform --exclude-dir=node_modules \
    --exclude='*.md' --exclude=agency-scaffold.yml -e "CHANGEME_$1" .
}

main() {
  local id severity file question how acceptance state blocking=0 opened=0 closed=0 json=""
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --list) LIST=yes ;;
      --format)
        (($# >= 2)) || usage_error "$1 needs a value"
        FORMAT="$2"
        shift
        ;;
      *) usage_error "unknown: $1" ;;
    esac
    shift
  done
  [[ "$FORMAT" == text || "$FORMAT" == json ]] || usage_error "--format is text or json, not $FORMAT"
  need awk grep timeout
  cd "$ROOT"
  [[ -f "$FILE" ]] || die 2 "$FILE is missing: agency-scaffold update makes it"
  make_work
  read_items >"$WORK/items" || die 2 "$FILE cannot be read"

  while IFS=$'\037' read -r id severity file question how acceptance; do
    state="done"
    if is_open "$id" "$acceptance"; then
      state=open
      opened=$((opened + 1))
      [[ "$severity" != blocking ]] || blocking=$((blocking + 1))
    else
      closed=$((closed + 1))
    fi
    json+="${json:+,}$(printf '{"id":%s,"severity":%s,"state":"%s","file":%s,"question":%s,"how":%s}' \
      "$(json_string "$id")" "$(json_string "$severity")" "$state" "$(json_string "$file")" \
      "$(json_string "$question")" "$(json_string "$how")")"
    [[ "$FORMAT" == text ]] || continue
    [[ "$state" == open || "$LIST" == yes ]] || continue
    printf '%-4s  %-11s  %s (%s)\n' "$state" "$severity" "$id" "$file"
    printf '      %s\n      how: %s\n' "$question" "$how"
    [[ -z "$acceptance" ]] || printf '      done when this exits 0: %s\n' "$acceptance"
  done <"$WORK/items"

  if [[ "$FORMAT" == json ]]; then
    printf '{"open":%s,"blocking":%s,"done":%s,"items":[%s]}\n' "$opened" "$blocking" "$closed" "$json"
  else
    printf '%s open (%s blocking), %s done\n' "$opened" "$blocking" "$closed"
  fi
  [[ "$LIST" == yes ]] || ((blocking == 0)) || exit 1
}

main "$@"
