# Managed by agency-scaffold (k8s): "agency-scaffold update" regenerates it and keeps your edits.
# shellcheck shell=bash
#
# Kubernetes for the release scripts: the cluster, rendering, applying, migrating. Sourced by release.sh.

# shellcheck source=orchestration.env.sh
source "$(dirname "${BASH_SOURCE[0]}")/orchestration.env.sh"
# shellcheck source=cluster.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

# What the scripts call what runs a service, and what describes it.
export PLATFORM_UNITS=pods
export PLATFORM_TEXTS=manifests
# What the front door says when there is none, and when it has no route.
export DOOR_MISSING="the Gateway has no address: there is no load balancer (kubectl --namespace gateway describe gateway gateway)"
export DOOR_ROUTE=HTTPRoute
# How long each step may take. A migration's Job ends itself after 600 s; a minute more, and the cluster does not answer.
readonly SECRETS_SECONDS="${SECRETS_SECONDS:-120}"
readonly MIGRATE_SECONDS="${MIGRATE_SECONDS:-660}"
readonly FIELD_MANAGER=agency-scaffold
readonly VERSION_LABEL=app.kubernetes.io/version
# Why the last step failed; exported only because other files read it.
export WHY
JOB_STATE=""
JOB_WORD=migration

# kube ARGUMENTS...: kubectl in the application's namespace, each request and the whole call with a limit.
kube() {
  with_deadline "${KUBE_SECONDS:-120}" kubectl --request-timeout=20s --namespace "$RELEASE_NAMESPACE" "$@" </dev/null
}

# render_env: the variables that rendering needs beside those of the registry. judge_env: those of the judge; none here.
judge_env() { :; }

render_env() { [[ "$RELEASE_DATABASE" == no ]] || echo DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_SECRET; }

# platform_open ENV [NAMES...]: the variables, also those that the caller needs, the account's guard, a kubeconfig of our own,
# and the cluster's own word on which environment it is.
platform_open() {
  local said
  need kubectl curl jq awk diff timeout base64 gzip
  make_work
  cloud_guard "$1" "$(cluster_env)" "${@:2}"
  cloud_cluster_access "$1"
  kube get configmaps --output name >/dev/null ||
    die 1 "namespace $RELEASE_NAMESPACE cannot be read: make infra-platform ENV=$1 makes it and gives the rights"
  said="$(kube get configmap platform --ignore-not-found --output 'jsonpath={.data.ENVIRONMENT}')"
  [[ -z "$said" || "$said" == "$1" ]] || die 1 "wrong cluster: it says that it is $said, not $1"
}

# platform_render ENV VERSION: reads $WORK/images (service, digest) and writes what will be applied:
# $WORK/new/{settings,migrate,traffic,workloads}.yaml. A service without an image is left out: a release of before there was
# one did not have it.
platform_render() {
  local service
  [[ -s "$WORK/images" ]] || {
    WHY="no image of any service is known"
    return 1
  }
  {
    printf 'patches:\n'
    for service in $(all_services | grep -vxF -f <(cut -d " " -f 1 "$WORK/images") || true); do
      printf '  - target: {labelSelector: "app.kubernetes.io/name in (%s, %s-migrate)"}\n' "$service" "$service"
      printf "    patch: '{apiVersion: v1, kind: any, metadata: {name: any}, \$patch: delete}'\n"
    done
    _version_patch Deployment /spec/template/metadata "$2"
    # A Rollout is measured by the version that it carries itself.
    _version_patch Rollout /spec/template/metadata "$2"
    _version_patch "Rollout, labelSelector: app.kubernetes.io/version" /metadata "$2"
    _version_patch Job /spec/template/metadata "$2"
    _version_patch CronJob /spec/jobTemplate/spec/template/metadata "$2"
    if [[ "$RELEASE_DATABASE" == yes ]]; then
      printf '  - target: {kind: ConfigMap, name: platform}\n    patch: |-\n'
      _replace /data/DATABASE_HOST "$DATABASE_HOST"
      _replace /data/DATABASE_PORT "$DATABASE_PORT"
      _replace /data/DATABASE_NAME "$DATABASE_NAME"
      printf '  - target: {kind: ExternalSecret, name: database}\n    patch: |-\n'
      _replace /spec/data/0/remoteRef/key "$DATABASE_SECRET"
      _replace /spec/data/1/remoteRef/key "$DATABASE_SECRET"
    fi
  } >"$WORK/changes"
  render "overlays/$1" _repository
}

_repository() { service_field "$1" 6; }

# render FOLDER REPOSITORY: makes $WORK/new from that folder of the manifests and the migrations, with the images of $WORK/images
# and with what $WORK/changes says beside them in a kustomization. REPOSITORY SERVICE prints an image's path in the registry.
render() {
  local tree="$WORK/tree" service digest left
  rm -rf "$tree"
  cp -R "$ROOT/infrastructure/kubernetes" "$tree"
  mkdir "$tree/release"
  {
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
    printf 'resources:\n  - ../%s\n' "$1"
    [[ ! -d "$tree/migrate" ]] || printf '  - ../migrate\n'
    printf 'images:\n'
    while read -r service digest; do
      # Quoted: "y", "on" and "null" are names of services, and something else in YAML.
      printf '  - {name: "%s", newName: "%s/%s", digest: "%s"}\n' "$service" "$REGISTRY" "$("$2" "$service")" "$digest"
    done <"$WORK/images"
    cat "$WORK/changes"
  } >"$tree/release/kustomization.yaml"
  with_deadline 60 kubectl kustomize "$tree/release" >"$WORK/rendered.yaml" || {
    WHY="the manifests cannot be rendered"
    return 1
  }
  left="$(grep -n undeployed "$WORK/rendered.yaml" || true)"
  if [[ -n "$left" ]]; then
    WHY="nothing was given for these lines of the manifests: $left"
    return 1
  fi
  split_manifests "$WORK/rendered.yaml" "$WORK/new"
}

_version_patch() {
  printf '  - target: {kind: %s}\n    patch: |-\n' "$1"
  _replace "$2/labels/app.kubernetes.io~1version" "$3"
}

_replace() { printf '      - {op: replace, path: %s, value: %s}\n' "$1" "$(json_string "$2")"; }

# split_manifests FILE FOLDER: workloads.yaml (what starts, scales or protects pods), traffic.yaml (what leads to them),
# settings.yaml (everything else), and a file for each word of the label agency-scaffold/phase, such as migrate.yaml (Jobs that run before a release).
split_manifests() {
  rm -rf "$2"
  mkdir -p "$2"
  : >"$2/settings.yaml"
  : >"$2/migrate.yaml"
  : >"$2/traffic.yaml"
  : >"$2/workloads.yaml"
  awk -v folder="$2" '
    function flush(   part) {
      if (text ~ /[^ \n]/) {
        part = "settings"
        if (phase != "") part = phase
        else if (kind ~ /^(Deployment|Rollout|HorizontalPodAutoscaler|PodDisruptionBudget|CronJob)$/) part = "workloads"
        else if (kind ~ /^(Service|HTTPRoute|TargetGroupConfiguration)$/) part = "traffic"
        printf "---\n%s", text > (folder "/" part ".yaml")
      }
      text = ""; kind = ""; phase = ""
    }
    /^---$/ { flush(); next }
    /^kind: / { kind = $2 }
    /^    agency-scaffold\/phase: [a-z]+$/ { phase = $2 }
    { text = text $0 "\n" }
    END { flush() }
  ' "$1"
}

# objects_of FILE...: kind and name of each object, one a line. Kustomize puts a name in quotes where YAML would take it
# for something else.
objects_of() {
  awk '
    /^---$/ { inside = 0; kind = ""; next }
    /^kind: / { kind = $2 }
    /^[^ ]/ { inside = ($1 == "metadata:") }
    kind != "" && inside && /^  name: / { gsub(/"/, "", $2); print kind, $2 }
  ' "$@"
}

# platform_services FOLDER: the services that its manifests have, and that are known here, one a line.
platform_services() {
  local kind
  for kind in "$RELEASE_WORKLOAD" CronJob; do names_of "$kind" "$1/workloads.yaml"; done >"$WORK/in-manifests"
  all_services | grep -xF -f "$WORK/in-manifests" || true
}

# names_of KIND FILE: the names of the objects of a kind in a file of manifests.
names_of() { objects_of "$2" | awk -v kind="$1" '$1 == kind { print $2 }'; }

# The kinds that a release makes and its role may list; the second are not on every cluster.
readonly OWN_KINDS=configmaps,cronjobs,deployments,externalsecrets,horizontalpodautoscalers,jobs,limitranges,networkpolicies,poddisruptionbudgets,resourcequotas,serviceaccounts,services
readonly OWN_ROUTES=httproutes,targetgroupconfigurations

# left_behind FOLDER KINDS: what was made before and the manifests no longer have, kind and name, one a line. Runs of a
# CronJob belong to it.
left_behind() {
  kube get "$2" --selector app.kubernetes.io/managed-by=agency-scaffold --output json >"$WORK/own.json" || return 1
  kube get "$OWN_ROUTES" --selector app.kubernetes.io/managed-by=agency-scaffold --output json >"$WORK/own-routes.json" 2>/dev/null ||
    echo '{}' >"$WORK/own-routes.json"
  [[ -z "$RELEASE_MORE_KINDS" ]] ||
    kube get "$RELEASE_MORE_KINDS" --selector app.kubernetes.io/managed-by=agency-scaffold --output json >>"$WORK/own-routes.json" || return 1
  objects_of "$1"/*.yaml >"$WORK/wanted"
  # What a side has is named as the object that it is made from, and the side.
  jq -r '.items[]? | select(.metadata.ownerReferences == null)
    | (.metadata.labels["agency-scaffold/side"] // "") as $side
    | "\(.kind) \(.metadata.name | rtrimstr("-\($side)"))"' "$WORK/own.json" "$WORK/own-routes.json" |
    awk 'NR == FNR { wanted[$0] = 1; next } !($0 in wanted)' "$WORK/wanted" -
}

# platform_left_behind FOLDER: warns of it. Nothing is deleted by itself: going back may need it.
platform_left_behind() {
  local left
  left="$(left_behind "$1" "$OWN_KINDS")" || {
    warn "what earlier releases left behind cannot be listed"
    return 0
  }
  # Manifests of a record hold no migrations.
  [[ -s "$1/migrate.yaml" ]] || left="$(grep -v '^Job ' <<<"$left" || true)"
  [[ -z "$left" ]] || warn "not in the manifests any more, but still in the cluster: $(awk '{ printf "%s%s/%s", (NR > 1 ? ", " : ""), $1, $2 }' <<<"$left")" \
    "(kubectl --namespace $RELEASE_NAMESPACE delete KIND/NAME, when no release that you may go back to needs it)"
}

# apply FILE: server-side, so that what others own (the autoscaler: replicas) stays theirs.
apply() {
  [[ -s "$1" ]] || return 0
  kube apply --server-side --field-manager="$FIELD_MANAGER" --force-conflicts --filename "$1" >&2 || {
    WHY="the cluster did not take $(basename "$1")"
    return 1
  }
}

# platform_print FOLDER: what would be applied.
platform_print() { cat "$1/settings.yaml" "$1/migrate.yaml" "$1/traffic.yaml" "$1/workloads.yaml"; }

# platform_diff FOLDER: what applying would change, on standard output.
platform_diff() {
  local files file code
  files="$(strategy_files "$1")" || return 1
  for file in $files; do
    [[ -s "$file" ]] || continue
    code=0
    kube diff --server-side --field-manager="$FIELD_MANAGER" --force-conflicts --filename "$file" || code=$?
    ((code <= 1)) || return "$code"
  done
}

# platform_pack FOLDER / platform_unpack FILE FOLDER: the manifests that ran, as one text, and back.
platform_pack() { cat "$1/settings.yaml" "$1/traffic.yaml" "$1/workloads.yaml" | gzip -9n | base64 | tr -d '\n'; }

# What ran by another kind of workload cannot run as it did.
platform_unpack() {
  local service
  base64 -d <"$1" | gzip -dc >"$WORK/kept.yaml" || return 1
  split_manifests "$WORK/kept.yaml" "$2"
  objects_of "$2/workloads.yaml" >"$WORK/kept.objects"
  for service in $(long_running); do
    ! grep -qxE "(Deployment|Rollout) $service" "$WORK/kept.objects" || grep -qxF "$RELEASE_WORKLOAD $service" "$WORK/kept.objects" || return 1
  done
}

# platform_same FOLDER FOLDER: whether both ask for the same.
platform_same() {
  local part
  for part in settings traffic workloads; do cmp -s "$1/$part.yaml" "$2/$part.yaml" || return 1; done
}

# platform_prepare FOLDER: what pods need before they start.
platform_prepare() {
  apply "$1/settings.yaml" || return 1
  wait_secrets "$1/settings.yaml" "$((SECONDS + SECRETS_SECONDS))"
}

# wait_secrets FILE UNTIL: until every ExternalSecret of the file has made its Secret; pods do not start without.
wait_secrets() {
  local names waiting
  names="$(names_of ExternalSecret "$1")"
  [[ -n "$names" ]] || return 0
  while true; do
    kube get externalsecrets --output json >"$WORK/secrets.json" || {
      WHY="the ExternalSecrets cannot be read"
      return 1
    }
    waiting="$(jq -r --arg names "$names" '
      ($names | split("\n")) as $wanted
      | [.items[] | select(any(.status.conditions[]?; .type == "Ready" and .status == "True")) | .metadata.name] as $ready
      | ($wanted - $ready) | join(" ")' "$WORK/secrets.json")" || return 1
    [[ -n "$waiting" ]] || return 0
    if ((SECONDS >= $2)); then
      WHY="these secrets are not there: $waiting (kubectl describe externalsecret)"
      return 1
    fi
    keep_lock || return 1
    sleep "$POLL"
  done
}

# job_state NAME: none, running, complete or failed, and the version and image that it belongs to.
job_state() {
  kube get job "$1" --ignore-not-found --output json >"$WORK/job.json" || return 1
  [[ -s "$WORK/job.json" ]] || {
    echo none
    return 0
  }
  jq -r --arg key "$VERSION_LABEL" '
    (.status.conditions // [] | map(select(.status == "True") | .type)) as $true
    | (if ($true | index("Complete")) then "complete" elif ($true | index("Failed")) then "failed" else "running" end)
      + " " + (.spec.template.metadata.labels[$key] // "") + " " + .spec.template.spec.containers[0].image' "$WORK/job.json"
}

# platform_migrate FOLDER VERSION: runs the migration Jobs, each within MIGRATE_SECONDS. One that a killed release left behind is not run twice: of the same
# version it is waited for, or counts if it is complete; of another version it must end before ours starts.
platform_migrate() { run_jobs "$1/migrate.yaml" "$2" migration; }

# run_jobs FILE VERSION WORD: the same for the Jobs of any file; WORD is what messages call them.
run_jobs() {
  local name wanted
  [[ -s "$1" ]] || return 0
  JOB_WORD="$3"
  for name in $(names_of Job "$1"); do
    _one_document Job "$name" "$1" >"$WORK/job.yaml"
    wanted="complete $2 $(awk '$1 == "image:" || $2 == "image:" { print $NF; exit }' "$WORK/job.yaml")"
    _settle "$name" || return 1
    [[ "$JOB_STATE" != "$wanted" ]] || {
      log "$JOB_WORD $name of $2 is done already"
      continue
    }
    log "$JOB_WORD $name"
    kube delete job "$name" --ignore-not-found --cascade=foreground >&2 || {
      WHY="the old Job $name cannot be deleted"
      return 1
    }
    apply "$WORK/job.yaml" || return 1
    _settle "$name" || return 1
    [[ "$JOB_STATE" == "$wanted" ]] || {
      WHY="$JOB_WORD $name failed: $(kube logs "job/$name" --tail=5 2>/dev/null | tr '\n' ' ' || true)"
      return 1
    }
  done
}

# _settle NAME: waits while the Job runs; its state is in JOB_STATE. One that does not end, or of which nothing is known,
# ends the script: nothing goes on and nothing goes back beside a migration that may run.
_settle() {
  local state="" until=$((SECONDS + MIGRATE_SECONDS))
  while true; do
    if state="$(job_state "$1")" && [[ "$state" != running* ]]; then
      JOB_STATE="$state"
      return 0
    fi
    ((SECONDS < until)) ||
      die 5 "$JOB_WORD $1 did not end within $MIGRATE_SECONDS s (${state:-its state cannot be read}). No pod was replaced, and nothing" \
        "was undone: when it has ended (kubectl --namespace $RELEASE_NAMESPACE get job $1), release again"
    keep_lock
    sleep "$POLL"
  done
}

_one_document() {
  awk -v kind="$1" -v name="$2" '
    function flush() { if (k == kind && n == name) printf "---\n%s", text; text = ""; k = ""; n = ""; inside = 0 }
    /^---$/ { flush(); next }
    /^kind: / { k = $2 }
    /^[^ ]/ { inside = ($1 == "metadata:") }
    inside && /^  name: / { n = $2; gsub(/"/, "", n) }
    { text = text $0 "\n" }
    END { flush() }
  ' "$3"
}

# snapshot: what runs now and what leads there, in $WORK/{deployments,pods,services,jobs}.json; Rollouts are among the first.
snapshot() {
  if kube get "$RELEASE_WORKLOADS" --output json >"$WORK/deployments.json" && kube get pods --output json >"$WORK/pods.json" &&
    kube get services --output json >"$WORK/services.json" && snapshot_jobs; then
    return 0
  fi
  WHY="the cluster cannot be read"
  return 1
}

# door_address: where the load balancer is, for hosts that no name leads to.
door_address() {
  kube --namespace gateway get gateways.gateway.networking.k8s.io gateway --output 'jsonpath={.status.addresses[0].value}'
}

# signs SERVICE VERSION: what else speaks against a version; nothing here.
signs() { :; }

# shellcheck source=jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"
# shellcheck source=pods.sh
source "$(dirname "${BASH_SOURCE[0]}")/pods.sh"
# shellcheck source=store.sh
source "$(dirname "${BASH_SOURCE[0]}")/store.sh"
# shellcheck source=proxy.sh
source "$(dirname "${BASH_SOURCE[0]}")/proxy.sh"
