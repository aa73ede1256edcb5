# Managed by agency-scaffold (aws): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# What scripts ask of AWS: the account guard and the image registry.
# Sourced after common.sh. Another cloud has a file of the same name with the same functions.
#
# Environment: AWS_ACCOUNT_ID, REGISTRY (host), REGISTRY_ACCOUNT_ID.

# shellcheck source=cloud.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/cloud.env.sh"

# A call that hangs must not outlive a release; the CLI's own defaults are 60 seconds and many tries.
readonly AWS_SECONDS=60

_aws() { with_deadline "$AWS_SECONDS" aws --no-cli-pager "$@" </dev/null; }

# registry_env: the variables that the functions of the registry need.
registry_env() { echo REGISTRY REGISTRY_ACCOUNT_ID; }

# cloud_guard ENV [NAMES...]: stops unless the credentials belong to the account of the environment. Variables that its caller
# needs, too, are named with it, so that all that are missing are told at once.
cloud_guard() {
  local account
  need aws timeout
  need_env AWS_ACCOUNT_ID "${@:2}"
  [[ "$AWS_ACCOUNT_ID" =~ ^[0-9]{12}$ ]] || die 2 "AWS_ACCOUNT_ID is not an account id: $AWS_ACCOUNT_ID"
  account="$(_aws sts get-caller-identity --query Account --output text)" ||
    die 1 "AWS accepts no credentials: sign in, or check the role that CI assumes"
  [[ "$account" == "$AWS_ACCOUNT_ID" ]] ||
    die 1 "wrong account: the credentials belong to $account, environment $1 is $AWS_ACCOUNT_ID"
}

# registry_host: the host that images are pulled from.
registry_host() {
  need_env REGISTRY
  printf '%s\n' "$REGISTRY"
}

# registry_login: signs docker in at the registry, for twelve hours.
registry_login() {
  local host
  need aws docker timeout
  need_env "$(registry_env)"
  host="$(registry_host)"
  _ecr get-login-password | with_deadline "$AWS_SECONDS" docker login --username AWS --password-stdin "$host"
}

# registry_digest SERVICE COMMIT: prints the digest of the image that was built from a commit.
registry_digest() {
  local digest
  digest="$(_tagged "$1" "$2")" || return
  [[ -n "$digest" ]] || {
    warn "$REGISTRY_PREFIX/$1 has no image of commit $2"
    return 1
  }
  printf '%s\n' "$digest"
}

# registry_was_released ENV SERVICE DIGEST: 0 = that environment ran this image and it was judged good,
# 1 = it was not, 2 = the registry did not answer.
registry_was_released() {
  local tag digest
  tag="$(_mark "$1" "$3")" || return 2
  digest="$(_tagged "$2" "$tag")" || return 2
  [[ "$digest" == "$3" ]]
}

# registry_mark ENV SERVICE DIGEST: records, as a tag, that the environment ran this image and it was judged good.
# Tags are immutable, so a mark cannot be moved; one that is there already is fine.
registry_mark() {
  local tag digest type
  tag="$(_mark "$1" "$3")" || return
  digest="$(_tagged "$2" "$tag")" || return
  if [[ -n "$digest" ]]; then
    [[ "$digest" == "$3" ]] || die 1 "tag $tag of $REGISTRY_PREFIX/$2 is taken by $digest"
    return 0
  fi
  need jq
  make_work
  # The manifest is put back byte for byte: its hash is the digest.
  _ecr batch-get-image --repository-name "$REGISTRY_PREFIX/$2" --image-ids "imageDigest=$3" \
    --accepted-media-types application/vnd.oci.image.index.v1+json application/vnd.oci.image.manifest.v1+json \
    application/vnd.docker.distribution.manifest.list.v2+json application/vnd.docker.distribution.manifest.v2+json \
    --output json >"$WORK/image.json" || return
  jq -e '.images | length == 1' "$WORK/image.json" >/dev/null || {
    warn "$REGISTRY_PREFIX/$2 has no image $3"
    return 1
  }
  jq -j '.images[0].imageManifest' "$WORK/image.json" >"$WORK/manifest"
  type="$(jq -r '.images[0].imageManifestMediaType' "$WORK/image.json")"
  _ecr put-image --repository-name "$REGISTRY_PREFIX/$2" --image-tag "$tag" --image-digest "$3" \
    --image-manifest "file://$WORK/manifest" --image-manifest-media-type "$type" >/dev/null
}

# The registry is in production's account and region, whatever environment is being released; its host names both.
_ecr() {
  local region
  region="${REGISTRY#*.dkr.ecr.}"
  region="${region%%.*}"
  [[ "$REGISTRY" == "$REGISTRY_ACCOUNT_ID".dkr.ecr.* && -n "$region" ]] ||
    die 2 "REGISTRY ($REGISTRY) is not the registry of account $REGISTRY_ACCOUNT_ID"
  if [[ "$1" == get-login-password ]]; then
    _aws ecr get-login-password --region "$region"
  else
    _aws ecr "$1" --region "$region" --registry-id "$REGISTRY_ACCOUNT_ID" "${@:2}"
  fi
}

_mark() {
  [[ "$2" =~ ^sha256:[0-9a-f]{64}$ ]] || die 2 "not a digest: $2"
  printf '%s-%s\n' "$1" "${2:7:12}"
}

# _tagged SERVICE TAG: prints the digest that a tag stands for, nothing when there is no such tag; fails when the
# registry does not answer, so that "not there" and "not known" stay apart.
_tagged() {
  local answer code=0
  # Here, since what is said below is taken for words of the registry.
  need_env "$(registry_env)"
  make_work
  answer="$(_ecr describe-images --repository-name "$REGISTRY_PREFIX/$1" --image-ids "imageTag=$2" \
    --query 'imageDetails[0].imageDigest' --output text 2>"$WORK/registry-error")" || code=$?
  if ((code == 0)); then
    [[ "$answer" == None ]] || printf '%s\n' "$answer"
  elif grep -q RepositoryNotFoundException "$WORK/registry-error"; then
    warn "the registry has no repository $REGISTRY_PREFIX/$1: apply the infrastructure of production, then run this again (docs/runbooks/deployment.md)"
    return 2
  elif ! grep -q ImageNotFoundException "$WORK/registry-error"; then
    warn "the registry did not answer: $(tail -n 3 "$WORK/registry-error" | tr '\n' ' ')"
    return 2
  fi
}
