#!/usr/bin/env bash
# Managed by agency-scaffold (scripts): "agency-scaffold update" regenerates it and keeps your edits.
#
# Pins every image of Dockerfiles, compose files, manifests and workflows to the digest that its tag has now.
# Images built here (tags "undeployed" and "local"), build stages, names with a variable and "scratch" are left alone.
#
# usage: scripts/pin-images.sh [--check] [--update] [--dry-run]
#   --check     changes nothing; exits 1 when an image has no digest
#   --update    resolves images anew that have a digest already
#   --dry-run   prints what would be written
#
# Needs docker with buildx, or crane. Exit codes: 0 ok, 1 failed or unpinned, 2 usage.

set -Eeuo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh" || exit 2

CHECK=no
UPDATE=no

# list_images FILE: the images that a file pulls, one a line.
list_images() {
  awk '
    # The "# syntax=" line names an image too: the build would pull it.
    NR == 1 && /^# *syntax=/ { sub(/^# *syntax=/, ""); print; next }
    toupper($1) == "FROM" {
      image = ($2 ~ /^--/) ? $3 : $2
      if (!(image in stage)) print image
      for (i = 3; i < NF; i++) if (toupper($i) == "AS") stage[$(i + 1)] = 1
      next
    }
    toupper($1) == "COPY" || toupper($1) == "RUN" {
      line = $0
      while (match(line, /(--from=|,from=)[^ ,]+/)) {
        image = substr(line, RSTART, RLENGTH)
        sub(/^.*from=/, "", image)
        if (!(image in stage) && image !~ /^[0-9]+$/) print image
        line = substr(line, RSTART + RLENGTH)
      }
      next
    }
    # In workflows a job can be called "image", and a step gets its image by the variable IMAGE.
    { word = ($1 == "-") ? 2 : 1 }
    ($word == "image:" || $word == "IMAGE:") && NF > word {
      image = $(word + 1)
      gsub(/["\047]/, "", image)
      print image
    }
  ' "$1" | sort -u
}

# pinnable IMAGE: whether it is pulled from a registry by a fixed name.
pinnable() {
  case "$1" in
    scratch | *'$'* | *:undeployed | *:local) return 1 ;;
    *:*) return 0 ;;
    # A name without a tag, such as what compose builds here, has nothing to resolve.
    *) return 1 ;;
  esac
}

resolve() {
  if command -v docker >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then
    with_deadline 60 docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}'
  else
    with_deadline 60 crane digest "$1"
  fi
}

# replace_image FILE OLD NEW: in place; the names are compared as text, never as a pattern.
replace_image() {
  awk -v old="$2" -v new="$3" '
    {
      out = ""
      rest = $0
      while ((at = index(rest, old)) > 0) {
        before = (at == 1) ? "" : substr(rest, at - 1, 1)
        after = substr(rest, at + length(old), 1)
        whole = before !~ /[A-Za-z0-9._\/-]/ && after !~ /[A-Za-z0-9._@\/-]/
        out = out substr(rest, 1, at - 1) (whole ? new : old)
        rest = substr(rest, at + length(old))
      }
      print out rest
    }
  ' "$1" >"$WORK/new"
  cat "$WORK/new" >"$1"
}

files() {
  local folder
  for folder in .github infrastructure monitoring; do
    [[ -d "$folder" ]] || continue
    find "$folder" -name .terraform -prune -o -type f \( -name '*Dockerfile' -o -name '*.yml' -o -name '*.yaml' \) -print
  done | sort
}

main() {
  local file image tagged digest unpinned=0 written=0
  while (($# > 0)); do
    case "$1" in
      --help | -h)
        show_help "${BASH_SOURCE[0]}"
        exit 0
        ;;
      --check) CHECK=yes ;;
      --update) UPDATE=yes ;;
      --dry-run) DRY_RUN=yes ;;
      *) usage_error "unknown: $1" ;;
    esac
    shift
  done
  need awk timeout
  [[ "$CHECK" == yes ]] || command -v docker >/dev/null 2>&1 || need crane
  make_work
  cd "$ROOT"
  files >"$WORK/files"
  while read -r file; do
    list_images "$file" >"$WORK/images"
    while read -r image; do
      pinnable "$image" || continue
      [[ "$image" != *@sha256:* || "$UPDATE" == yes ]] || continue
      if [[ "$CHECK" == yes ]]; then
        [[ "$image" == *@sha256:* ]] || {
          printf '%s: %s has no digest\n' "$file" "$image"
          unpinned=$((unpinned + 1))
        }
        continue
      fi
      tagged="${image%@*}"
      digest="$(resolve "$tagged" </dev/null)" || die 1 "$file: $tagged cannot be resolved"
      [[ "$digest" =~ ^sha256:[0-9a-f]{64}$ ]] || die 1 "$file: $tagged: not a digest: $digest"
      [[ "$image" != "$tagged@$digest" ]] || continue
      printf '%s: %s -> %s\n' "$file" "$image" "$digest"
      written=$((written + 1))
      [[ "$DRY_RUN" == yes ]] || replace_image "$file" "$image" "$tagged@$digest"
    done <"$WORK/images"
  done <"$WORK/files"
  if [[ "$CHECK" == yes ]]; then
    ((unpinned == 0)) || die 1 "$unpinned without a digest: make infra-pin"
  else
    log "$written changed"
  fi
}

main "$@"
