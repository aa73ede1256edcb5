# Managed by agency-scaffold (k8s-previews): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Previews on Kubernetes: each is a namespace, PREVIEW_PREFIX and the number. What a release does there, orchestration.sh does
# here, too: its `kube` acts in RELEASE_NAMESPACE, which is that of the preview. Sourced by previewing.sh.
#
# The namespace says what is known: label agency-scaffold/preview (number), annotations agency-scaffold/expires (seconds since
# 1970), /version (asked for), /serves (last found healthy), /filled (uid of the pod whose database was migrated and filled).

# Why a step failed, for previewing.sh.
export WHY
readonly DATABASE_SECONDS="${DATABASE_SECONDS:-240}"
readonly PREVIEW_LABEL=agency-scaffold/preview
# What a preview is made of and its role may list, beside the routes.
readonly PREVIEW_KINDS=configmaps,deployments,externalsecrets,jobs,limitranges,networkpolicies,resourcequotas,serviceaccounts,services
# Lines of a log that are shown of a pod that is not ready.
readonly PREVIEW_LOG_LINES=20

_in() { RELEASE_NAMESPACE="$PREVIEW_PREFIX$1"; }

# preview_open [NAMES...]: the variables, also those that the caller needs, the account's guard, a kubeconfig of our own, and the
# cluster's own word on which environment it is.
preview_open() {
  local said
  need kubectl curl jq awk timeout
  make_work
  cloud_guard "$PREVIEW_ENVIRONMENT" "$(cluster_env)" "$@"
  cloud_cluster_access "$PREVIEW_ENVIRONMENT"
  kube --namespace gateway get gateways.gateway.networking.k8s.io gateway --output json >"$WORK/gateway.json" ||
    die 1 "the Gateway cannot be read: make infra-platform ENV=$PREVIEW_ENVIRONMENT makes it and gives the rights"
  said="$(jq -r '.metadata.labels.environment // ""' "$WORK/gateway.json")"
  [[ "$said" == "$PREVIEW_ENVIRONMENT" ]] || die 1 "wrong cluster: it says that it is \"$said\", and previews run in $PREVIEW_ENVIRONMENT"
  jq -e 'any(.spec.listeners[]; .name == "preview")' "$WORK/gateway.json" >/dev/null ||
    die 1 "the Gateway has no listener for previews: make infra-platform ENV=$PREVIEW_ENVIRONMENT"
}

# preview_numbers: number, version, expires and state of each as JSON, a line each.
preview_numbers() {
  kube get namespaces --selector "$PREVIEW_LABEL" --output json >"$WORK/namespaces.json" || {
    WHY="the namespaces cannot be listed"
    return 1
  }
  jq -c --arg key "$PREVIEW_LABEL" '
    .items[] | .metadata as $meta | ($meta.annotations // {}) as $notes
    | {number: $meta.labels[$key], version: $notes["agency-scaffold/version"], expires: $notes["agency-scaffold/expires"],
       state: (if $meta.deletionTimestamp then "being-removed"
               elif $notes["agency-scaffold/serves"] == ($notes["agency-scaffold/version"] // "-") then "serving"
               else "not-serving" end)}' "$WORK/namespaces.json"
}

# preview_render NUMBER VERSION: what would run, in $WORK/new, by phase: place.yaml (the namespace), settings.yaml,
# database.yaml, migrate.yaml, seed.yaml, traffic.yaml, workloads.yaml.
preview_render() {
  local service host
  {
    printf 'namespace: "%s"\npatches:\n' "$PREVIEW_PREFIX$1"
    for service in $(preview_running); do _version_patch_of "$service" "$2"; done
    _version_patch Job /spec/template/metadata "$2"
    printf '  - target: {kind: Namespace}\n    patch: |-\n'
    _replace /metadata/labels/agency-scaffold~1preview "$1"
    printf '      - {op: add, path: /metadata/annotations, value: {"agency-scaffold/version": %s, "agency-scaffold/expires": "%s"}}\n' \
      "$(json_string "$2")" "$(_expires)"
    while read -r service _ host; do
      printf '  - target: {kind: HTTPRoute, name: "%s"}\n    patch: |-\n' "$service"
      printf '      - {op: replace, path: /spec/hostnames, value: ["%s"]}\n' "$host"
    done < <(preview_routes "$1")
  } >"$WORK/changes"
  render preview preview_repository
}

# _version_patch_of SERVICE VERSION: the database's Deployment has no version.
_version_patch_of() {
  printf '  - target: {kind: Deployment, name: "%s"}\n    patch: |-\n' "$1"
  _replace /spec/template/metadata/labels/app.kubernetes.io~1version "$2"
}

preview_print() { cat "$WORK/rendered.yaml"; }

# preview_place NUMBER: the namespace, and our rights in it; one that is just being removed is waited for.
preview_place() {
  local until=$((SECONDS + PREVIEW_REMOVE_SECONDS))
  _in "$1"
  while _is_going "$1"; do
    ((SECONDS < until)) || {
      WHY="namespace $RELEASE_NAMESPACE is still being removed after $PREVIEW_REMOVE_SECONDS s"
      return 1
    }
    sleep "$POLL"
  done
  apply "$WORK/new/place.yaml" || return 1
  _take_rights
}

# _is_going NUMBER: whether the namespace is there and on its way out.
_is_going() {
  [[ -n "$(kube get namespace "$PREVIEW_PREFIX$1" --ignore-not-found --output 'jsonpath={.metadata.deletionTimestamp}')" ]]
}

# _take_rights: the group that we are in, in this namespace; it takes the API server a moment to know.
_take_rights() {
  jq -n '
    {apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding",
     metadata: {name: "previewers", labels: {"app.kubernetes.io/managed-by": "agency-scaffold"}},
     roleRef: {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "preview-namespace"},
     subjects: [{apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "previewers"}]}' >"$WORK/rights.json"
  if ! kube create --filename "$WORK/rights.json" >/dev/null 2>"$WORK/rights-error" &&
    ! grep -q AlreadyExists "$WORK/rights-error"; then
    WHY="the rights in $RELEASE_NAMESPACE cannot be taken: $(tr '\n' ' ' <"$WORK/rights-error")"
    return 1
  fi
  retry 30 kube get leases --output name >/dev/null || {
    WHY="there are no rights in $RELEASE_NAMESPACE, 30 s after they were taken"
    return 1
  }
}

# preview_lock NUMBER / preview_unlock NUMBER: the Lease of a release, in the preview's namespace. In one that is on its way
# out nothing can be made, and nothing is left to keep apart.
preview_lock() {
  _in "$1"
  ! _is_going "$1" || return 0
  _take_rights || return 1
  take_lock
}

preview_unlock() { give_lock; }

# preview_mark NUMBER SECONDS: its end.
preview_mark() {
  _in "$1"
  _note expires "$2"
}

_note() {
  kube annotate namespace "$RELEASE_NAMESPACE" --overwrite "agency-scaffold/$1=$2" >&2 || {
    WHY="namespace $RELEASE_NAMESPACE cannot be annotated"
    return 1
  }
}

# preview_prepare NUMBER: settings, policies, and secrets that have values, of which the database's password is one; what an
# earlier push has too much goes.
preview_prepare() {
  _in "$1"
  apply "$WORK/new/settings.yaml" || return 1
  _prune || return 1
  wait_secrets "$WORK/new/settings.yaml" "$((SECONDS + SECRETS_SECONDS))" || {
    WHY="$WHY. Each needs a value in the secret store that is meant for previews (docs/runbooks/deployment.md)"
    return 1
  }
}

# _prune: takes away what an earlier push made and this one no longer has; nobody goes back in a preview. Before anything starts:
# the quota has no room for services that are gone.
_prune() {
  local left kind name gone=()
  left="$(left_behind "$WORK/new" "$PREVIEW_KINDS")" || {
    WHY="what earlier pushes left behind cannot be listed"
    return 1
  }
  [[ -n "$left" ]] || return 0
  while read -r kind name; do gone+=("$kind/$name"); done <<<"$left"
  log "not in the manifests any more, and deleted: ${gone[*]}"
  # Not waited for: a route has a finalizer of the load balancer's controller.
  kube delete "${gone[@]}" --ignore-not-found --wait=false >&2 || {
    WHY="what earlier pushes left behind cannot be deleted: ${gone[*]}"
    return 1
  }
}

# preview_database NUMBER: until it takes connections. One that was not filled to the end is thrown away first.
preview_database() {
  local pod filled until=$((SECONDS + DATABASE_SECONDS))
  _in "$1"
  if ! filled="$(_filled)" || ! pod="$(_database_pod any)"; then
    WHY="the database's pod cannot be read"
    return 1
  fi
  if [[ -n "$pod" && "$pod" != "$filled" ]]; then
    log "the database was not filled to the end: it is thrown away"
    kube delete pods --selector app.kubernetes.io/name=database --wait=true >&2 || {
      WHY="the database's pod cannot be deleted"
      return 1
    }
  fi
  apply "$WORK/new/database.yaml" || return 1
  until pod="$(_database_pod ready)" && [[ -n "$pod" ]]; do
    if ((SECONDS >= until)); then
      WHY="the database takes no connections after $DATABASE_SECONDS s"
      return 1
    fi
    keep_lock || return 1
    sleep "$POLL"
  done
  [[ "$pod" != "$filled" ]] || return 0
  export PREVIEW_DATABASE_NEW=yes # read by previewing.sh
  # What they did was done to another database.
  kube delete jobs --selector 'app.kubernetes.io/component in (migration, seed)' --cascade=foreground >&2 || {
    WHY="the tasks of the database before cannot be deleted"
    return 1
  }
}

_filled() { kube get namespace "$RELEASE_NAMESPACE" --output json | jq -r '.metadata.annotations["agency-scaffold/filled"] // ""'; }

# _database_pod any|ready: the uid of the pod that has the database; nothing when there is none.
_database_pod() {
  kube get pods --selector app.kubernetes.io/name=database --output json | jq -r --arg which "$1" '
    [.items[] | select(.metadata.deletionTimestamp == null and (.status.phase | IN("Succeeded", "Failed") | not))
     | select($which == "any" or any(.status.conditions[]?; .type == "Ready" and .status == "True")) | .metadata.uid][0] // ""'
}

# preview_migrate NUMBER VERSION: as before a release.
preview_migrate() {
  _in "$1"
  platform_migrate "$WORK/new" "$2"
}

# preview_seed NUMBER VERSION: fills the new database, and notes that it is filled.
preview_seed() {
  local pod
  _in "$1"
  run_jobs "$WORK/new/seed.yaml" "$2" "sample data" || return 1
  if ! pod="$(_database_pod ready)" || [[ -z "$pod" ]]; then
    WHY="the database went away while it was filled"
    return 1
  fi
  _note filled "$pod"
}

# preview_apply NUMBER: the services.
preview_apply() {
  _in "$1"
  apply "$WORK/new/traffic.yaml" || return 1
  apply "$WORK/new/workloads.yaml"
}

# preview_wait NUMBER VERSION UNTIL: until nothing but this version serves.
preview_wait() {
  _in "$1"
  healthy "$2" "$3" "$(preview_running)" || return 1
  _note serves "$2"
}

# preview_logs NUMBER: why pods are not ready, as the cluster sees it and as they say themselves.
preview_logs() {
  local pod
  _in "$1"
  kube get pods --output json >"$WORK/pods.json" || return 0
  for pod in $(jq -r '.items[] | select(all(.status.conditions[]?; .type != "Ready" or .status != "True"))
    | select(.status.phase != "Succeeded") | .metadata.name' "$WORK/pods.json"); do
    jq -r --arg pod "$pod" '.items[] | select(.metadata.name == $pod) | .status.containerStatuses[]?
      | "\($pod): \(.state.waiting.reason // .state.terminated.reason // "not ready") \(.state.waiting.message // "")"' "$WORK/pods.json"
    kube logs "$pod" --tail="$PREVIEW_LOG_LINES" 2>/dev/null | sed "s/^/$pod: /" || true
  done
}

# preview_remove NUMBER: its namespace, and all that is in it. Only one that has the label is ours to delete.
preview_remove() {
  kube delete namespaces --selector "$PREVIEW_LABEL=$1" --ignore-not-found --wait=false >&2 || {
    WHY="namespace $PREVIEW_PREFIX$1 cannot be deleted"
    return 1
  }
  # The lock goes with it.
  export LOCK_HOLDER=""
}

# preview_left NUMBER: what is still there, and what the cluster says holds it up.
preview_left() {
  kube get namespaces --selector "$PREVIEW_LABEL=$1" --output json >"$WORK/left.json" || {
    WHY="the namespaces cannot be listed"
    return 1
  }
  jq -r '.items[] | "namespace/\(.metadata.name)"
    + ([.status.conditions[]? | select(.status == "True") | .message] | if length > 0 then " (\(join("; ")))" else "" end)' "$WORK/left.json"
}
