#!/usr/bin/env bash
# Stands in for `aws` in tests: carries its command line to the double at $AWS_CALL and brings back what it says. An error
# comes in a header, and ends with 254, as an error answer of AWS does.
set -o pipefail
printf '%s\0' "$PWD" "$@" |
  curl -q --silent --noproxy '*' --max-time 60 --fail --data-binary @- --write-out '%{stderr}%header{x-error}' "$AWS_CALL" || exit 254
