#!/usr/bin/env bash
# Stands in for `aws` in tests: records each call in $AWS_DOUBLE/calls and keeps a registry as files
# $AWS_DOUBLE/tags/<repository>/<tag>, each holding a digest; a file <repository>.missing means that nobody made it yet.
# $AWS_DOUBLE/account is whose credentials these are; where a file registry-down lies, the registry alone does not answer.
# The command lines themselves are checked by what stands in front of it (aws_front.py).
set -euo pipefail
printf '%s\n' "$*" >>"$AWS_DOUBLE/calls"
[[ ! -e "$AWS_DOUBLE/down" ]] || {
  echo "Could not connect to the endpoint URL" >&2
  exit 255
}

# option NAME ARGUMENTS...: the word after an option.
option() {
  local name="$1"
  shift
  while (($# > 1)); do
    [[ "$1" != "$name" ]] || {
      printf '%s' "$2"
      return 0
    }
    shift
  done
}

[[ "$1" != --no-cli-pager ]] || shift
command="$1 $2"
repository="$(option --repository-name "$@")"
folder="$AWS_DOUBLE/tags/$repository"
case "$command" in
  "sts get-caller-identity") cat "$AWS_DOUBLE/account" ;;
  "eks update-kubeconfig") cp "$AWS_DOUBLE/kubeconfig" "$(option --kubeconfig "$@")" ;;
  "ecr describe-images")
    tag="$(option --image-ids "$@")"
    if [[ -e "$AWS_DOUBLE/registry-down" ]]; then
      echo "An error occurred (ServerException) when calling the DescribeImages operation" >&2
      exit 254
    elif [[ -e "$folder.missing" ]]; then
      echo "An error occurred (RepositoryNotFoundException) when calling the DescribeImages operation" >&2
      exit 254
    elif [[ -e "$folder/${tag#imageTag=}" ]]; then
      cat "$folder/${tag#imageTag=}"
    else
      echo "An error occurred (ImageNotFoundException) when calling the DescribeImages operation" >&2
      exit 254
    fi
    ;;
  "ecr batch-get-image")
    printf '{"images": [{"imageManifest": "{\\n  \\"schemaVersion\\": 2\\n}", "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}], "failures": []}\n'
    ;;
  "ecr put-image")
    tag="$(option --image-tag "$@")"
    manifest="$(option --image-manifest "$@")"
    [[ "$(cat "${manifest#file://}")" == $'{\n  "schemaVersion": 2\n}' ]] || {
      echo "the manifest is not the one that was read" >&2
      exit 1
    }
    [[ ! -e "$folder/$tag" ]] || {
      echo "An error occurred (ImageTagAlreadyExistsException)" >&2
      exit 254
    }
    mkdir -p "$folder"
    option --image-digest "$@" >"$folder/$tag"
    ;;
  *)
    echo "not expected: $*" >&2
    exit 64
    ;;
esac
