"""A double of the Kubernetes API: enough of it for kubectl and the release scripts, on loopback, standard library only.

It stores objects with optimistic locking, applies and patches them, and plays the controllers: Deployments make
ReplicaSets and Pods, Jobs end, CronJobs run as often as a test says, ExternalSecrets become ready (and get a password from
a generator, once), an autoscaler keeps the minimum of replicas. Nothing
happens by the clock but the rate of requests: the controllers take one step whenever somebody lists Deployments, so that a test never depends
on how fast the computer is. Through the service proxy it also answers as Prometheus, with numbers made from the
requests that pods really got.

What a version does wrong is said by the digest of its image: see `Faults`.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
import secrets
import string
import threading
import time
import urllib.parse
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import yaml

from tests.support.rights import Rule, refused

Object = dict[str, Any]
Key = tuple[str, str, str]
"""Resource, namespace, name."""

KINDS: dict[str, tuple[str, str]] = {
    # resource: (group and version, kind)
    "configmaps": ("v1", "ConfigMap"),
    "limitranges": ("v1", "LimitRange"),
    "namespaces": ("v1", "Namespace"),
    "pods": ("v1", "Pod"),
    "resourcequotas": ("v1", "ResourceQuota"),
    "secrets": ("v1", "Secret"),
    "serviceaccounts": ("v1", "ServiceAccount"),
    "services": ("v1", "Service"),
    "deployments": ("apps/v1", "Deployment"),
    "replicasets": ("apps/v1", "ReplicaSet"),
    "horizontalpodautoscalers": ("autoscaling/v2", "HorizontalPodAutoscaler"),
    "cronjobs": ("batch/v1", "CronJob"),
    "jobs": ("batch/v1", "Job"),
    "leases": ("coordination.k8s.io/v1", "Lease"),
    "networkpolicies": ("networking.k8s.io/v1", "NetworkPolicy"),
    "poddisruptionbudgets": ("policy/v1", "PodDisruptionBudget"),
    "externalsecrets": ("external-secrets.io/v1", "ExternalSecret"),
    "passwords": ("generators.external-secrets.io/v1alpha1", "Password"),
    "rolebindings": ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    "gateways": ("gateway.networking.k8s.io/v1", "Gateway"),
    "httproutes": ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    "targetgroupconfigurations": ("gateway.k8s.aws/v1", "TargetGroupConfiguration"),
}
VERSION = "app.kubernetes.io/version"
NAME = "app.kubernetes.io/name"
REVISION = "deployment.kubernetes.io/revision"
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


@dataclass
class Faults:
    """What goes wrong, by the digest of the image or by name."""

    never_ready: set[str] = field(default_factory=set)
    """Digests whose pods hang in ImagePullBackOff."""
    slow: dict[str, int] = field(default_factory=dict)
    """Digest -> steps until a pod is ready (usually 1)."""
    refusing: set[str] = field(default_factory=set)
    """Digests whose ready pods answer 500 on the health path."""
    restarting: set[str] = field(default_factory=set)
    """Digests whose containers restart at every look."""
    errors: dict[str, float | str] = field(default_factory=dict)
    """Digest -> error ratio that Prometheus tells (usually 0)."""
    p95: dict[str, float | str] = field(default_factory=dict)
    """Digest -> p95 in seconds (usually 0.05)."""
    unmeasured: set[str] = field(default_factory=set)
    """Services without any series."""
    users: dict[str, float] = field(default_factory=dict)
    """Service -> requests a second that users send; without them only what the judge itself sends counts."""
    scraped_late: bool = True
    """The first question about a version comes before its first scrape."""
    deaf: bool = False
    """Requests through the API server reach pods but are counted nowhere."""
    prometheus_down: bool = False
    bad_migrations: set[str] = field(default_factory=set)
    """Digests whose migration Job fails."""
    endless_migrations: set[str] = field(default_factory=set)
    runs: dict[str, str] = field(default_factory=dict)
    """Digest -> how a run of its CronJob ends that the schedule starts now: Complete or Failed."""
    missing_secrets: set[str] = field(default_factory=set)
    """ExternalSecrets that never become ready."""
    stuck: set[str] = field(default_factory=set)
    """Namespaces that are never gone once they are deleted: something in them is not given up."""


class ConflictError(Exception):
    """409"""


class InvalidError(Exception):
    """422"""


class Cluster:
    """The objects and the controllers."""

    scaled: ClassVar[dict[str, str]] = {"Deployment": "deployments"}
    """What has a size that others set: kind -> resource."""

    def __init__(self, namespace: str) -> None:
        self.kinds = dict(KINDS)
        """What this cluster knows: resource -> (group and version, kind)."""
        self.objects: dict[Key, Object] = {}
        self.faults = Faults()
        self.lock = threading.RLock()
        self.changes: list[str] = []
        """Every change that a client asked for, `METHOD path`; dry runs are none."""
        self.watchers: list[Any] = []
        """Functions (cluster, method, path) that are called before a request is answered."""
        self.statuses: set[str] = set()
        """Resources whose status is changed by itself alone."""
        self.home = namespace
        self.rules: Sequence[Rule] = ()
        """What those who ask may do in the namespace of the application; without any, everything."""
        self._counter = 100
        self._turn = 0
        self.window = 2.0
        """Seconds that a rate looks back; a minute in truth, which most stories do not have."""
        self._asked: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._looked: Counter[tuple[str, str]] = Counter()
        self.create("namespaces", "", {"metadata": {"name": namespace}})
        self.create("namespaces", "", {"metadata": {"name": "monitoring"}})

    # Storage

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        return self.objects.get((resource, namespace, name))

    def all(self, resource: str, namespace: str = "") -> list[Object]:
        return [o for (r, n, _), o in sorted(self.objects.items()) if r == resource and namespace in ("", n)]

    def create(self, resource: str, namespace: str, new: Object, *, dry: bool = False) -> Object:
        name = new["metadata"]["name"]
        if (resource, namespace, name) in self.objects:
            raise ConflictError(f'{resource} "{name}" already exists')
        made = copy.deepcopy(new)
        self.check(resource, made)
        group, kind = self.kinds[resource]
        made["apiVersion"], made["kind"] = group, kind
        self._counter += 1
        made["metadata"] |= {
            "uid": f"00000000-0000-4000-8000-{self._counter:012d}",
            "generation": 1,
            "creationTimestamp": "2026-01-01T00:00:00Z",
        }
        if namespace:
            made["metadata"]["namespace"] = namespace
        return made if dry else self._store(resource, namespace, made)

    def update(self, resource: str, namespace: str, new: Object, *, dry: bool = False) -> Object:
        old = self.objects[(resource, namespace, new["metadata"]["name"])]
        version = new["metadata"].get("resourceVersion")
        if version and version != old["metadata"]["resourceVersion"]:
            raise ConflictError("the object has been modified; please apply your changes to the latest version")
        made = copy.deepcopy(new)
        for name in ("uid", "creationTimestamp", "generation", "resourceVersion"):
            made["metadata"][name] = old["metadata"][name]
        if made == old:
            return old
        self.check(resource, made)
        if made.get("spec") != old.get("spec"):
            made["metadata"]["generation"] += 1
        return made if dry else self._store(resource, namespace, made)

    def apply(self, resource: str, namespace: str, new: Object, *, dry: bool = False) -> Object:
        """Server-side apply, shortened: what the manifest does not say stays only where others own it."""
        old = self.get(resource, namespace, new["metadata"]["name"])
        made = copy.deepcopy(new)
        made["metadata"].pop("managedFields", None)
        if resource in self.scaled.values():
            made["spec"].setdefault("replicas", old["spec"]["replicas"] if old else 1)
        if resource == "cronjobs" and old and "suspend" in old["spec"]:
            made["spec"].setdefault("suspend", old["spec"]["suspend"])
        if old is None:
            return self.create(resource, namespace, made, dry=dry)
        if resource == "jobs" and made["spec"] != old["spec"]:
            raise InvalidError("spec.template: field is immutable")
        if "status" in old:
            made["status"] = old["status"]
        annotations = old["metadata"].get("annotations", {}) | made["metadata"].get("annotations", {})
        if annotations:
            made["metadata"]["annotations"] = annotations
        return self.update(resource, namespace, made, dry=dry)

    def check(self, resource: str, new: Object) -> None:
        """What the server refuses whatever is stored already: nothing that these stories need."""

    def delete(self, resource: str, namespace: str, name: str, *, orphan: bool = False) -> Object:
        """With all that it owns, or without."""
        if resource == "namespaces":
            self._empty(name)
            if name in self.faults.stuck:
                held = self.objects[(resource, "", name)]
                held["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
                held["status"] = {
                    "conditions": [
                        {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "a finalizer remains"}
                    ]
                }
                return held
        gone = self.objects.pop((resource, namespace, name))
        for (r, n, child), one in list(self.objects.items()):
            owners = [o["uid"] for o in one["metadata"].get("ownerReferences", [])]
            if gone["metadata"]["uid"] in owners and orphan:
                del one["metadata"]["ownerReferences"]
            elif gone["metadata"]["uid"] in owners:
                self.delete(r, n, child)
        return gone

    def _empty(self, namespace: str) -> None:
        for key in [key for key in self.objects if key[1] == namespace]:
            if key in self.objects:
                self.delete(*key)

    def _store(self, resource: str, namespace: str, made: Object) -> Object:
        self._counter += 1
        made["metadata"]["resourceVersion"] = str(self._counter)
        self.objects[(resource, namespace, made["metadata"]["name"])] = made
        if resource in ("externalsecrets", "passwords"):
            for one in self.all("externalsecrets", namespace):
                self._sync_secret(one)
        return made

    def _sync_secret(self, wanted: Object) -> None:
        """As the operator would; what a store holds is not known here, so only what a generator makes becomes a Secret."""
        name, namespace = wanted["metadata"]["name"], wanted["metadata"]["namespace"]
        generators = [entry["sourceRef"]["generatorRef"] for entry in wanted["spec"].get("dataFrom", ())]
        found = [self.get("passwords", namespace, one["name"]) for one in generators if one["kind"] == "Password"]
        ready = name not in self.faults.missing_secrets and len(found) == len(generators) and all(found)
        wanted["status"] = {"conditions": [{"type": "Ready", "status": str(ready)}]}
        target = wanted["spec"].get("target", {})
        if not ready or not found or self.get("secrets", namespace, target["name"]):
            return
        assert wanted["spec"]["refreshPolicy"] == "CreatedOnce", "any other policy makes the password anew"
        made = {key: text for one in found if one for key, text in _generated(one).items()}
        texts = {key: _filled(text, made) for key, text in target["template"]["data"].items()}
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        meta = {"name": target["name"], "ownerReferences": [_owner(wanted)]}
        self.create("secrets", namespace, {"metadata": meta, "type": "Opaque", "data": data})

    # Controllers

    def step(self) -> None:
        """One step of every controller."""
        for autoscaler in self.all("horizontalpodautoscalers"):
            namespace = autoscaler["metadata"]["namespace"]
            wanted = autoscaler["spec"]["scaleTargetRef"]
            target = self.get(self.scaled[wanted["kind"]], namespace, wanted["name"])
            if target and target["spec"].get("replicas", 1) < autoscaler["spec"]["minReplicas"]:
                target["spec"]["replicas"] = autoscaler["spec"]["minReplicas"]
                target["metadata"]["generation"] += 1
        for deployment in self.all("deployments"):
            self._step_deployment(deployment)

    def _step_deployment(self, deployment: Object) -> None:
        namespace, wanted = deployment["metadata"]["namespace"], deployment["spec"]["replicas"]
        current = self._replica_set(deployment)
        self._adopt(deployment)
        sets = [r for r in self.all("replicasets", namespace) if self._owned(r, deployment)]
        mine = self._pods_of(current)
        for pod in mine:
            self._step_pod(pod)
        old = [p for r in sets if r is not current for p in self._pods_of(r)]
        fresh = [p for p in mine if is_ready(p)]
        # Unready old pods go at once, ready ones as new ones are ready: never fewer than wanted, one more at most.
        for pod in [p for p in old if not is_ready(p)] + [p for p in old if is_ready(p)][
            : max(0, len(fresh) + len(old) - wanted)
        ]:
            if (("pods", namespace, pod["metadata"]["name"])) in self.objects:
                self.delete("pods", namespace, pod["metadata"]["name"])
        old = [p for r in sets if r is not current for p in self._pods_of(r)]
        if len(mine) < wanted and (len(mine) == len(fresh) or not old):
            for _ in range(wanted - len(mine) if not old else 1):
                self._new_pod(current)
        for surplus in mine[wanted:]:
            self.delete("pods", namespace, surplus["metadata"]["name"])
        mine = self._pods_of(current)
        for one in sets:
            one["spec"]["replicas"] = len(self._pods_of(one))
        ready = [p for p in mine + old if is_ready(p)]
        deployment["status"] = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": len(mine) + len(old),
            "updatedReplicas": len(mine),
            "readyReplicas": len(ready),
            "availableReplicas": len(ready),
            "conditions": [{"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}],
        }

    def _adopt(self, owner: Object) -> None:
        """ReplicaSets of nobody whose pods it selects become its own."""
        wanted = owner["spec"]["selector"]["matchLabels"].items()
        for one in self.all("replicasets", owner["metadata"]["namespace"]):
            if wanted <= one["metadata"]["labels"].items() and not one["metadata"].get("ownerReferences"):
                one["metadata"]["ownerReferences"] = [_owner(owner)]

    def _replica_set(self, deployment: Object) -> Object:
        namespace, template = deployment["metadata"]["namespace"], deployment["spec"]["template"]
        stamp = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
        name = f"{deployment['metadata']['name']}-{stamp}"
        sets = [r for r in self.all("replicasets", namespace) if self._owned(r, deployment)]
        newest = max((int(r["metadata"]["annotations"].get(REVISION, 0)) for r in sets), default=0)
        found = self.get("replicasets", namespace, name)
        if found is None:
            labelled = copy.deepcopy(template)
            labelled["metadata"]["labels"]["pod-template-hash"] = stamp
            found = self.create(
                "replicasets",
                namespace,
                {
                    "metadata": {
                        "name": name,
                        "labels": labelled["metadata"]["labels"],
                        "annotations": {REVISION: str(newest + 1)},
                        "ownerReferences": [_owner(deployment)],
                    },
                    "spec": {
                        "replicas": 0,
                        "selector": {"matchLabels": {"pod-template-hash": stamp}},
                        "template": labelled,
                    },
                },
            )
        elif int(found["metadata"]["annotations"][REVISION]) < newest:
            found["metadata"]["annotations"][REVISION] = str(newest + 1)
        deployment["metadata"].setdefault("annotations", {})[REVISION] = found["metadata"]["annotations"][REVISION]
        return found

    def _owned(self, one: Object, owner: Object) -> bool:
        return any(o["uid"] == owner["metadata"]["uid"] for o in one["metadata"].get("ownerReferences", []))

    def _pods_of(self, replica_set: Object) -> list[Object]:
        return [p for p in self.all("pods", replica_set["metadata"]["namespace"]) if self._owned(p, replica_set)]

    def _new_pod(self, replica_set: Object) -> None:
        self._counter += 1
        template = copy.deepcopy(replica_set["spec"]["template"])
        made = self.create(
            "pods",
            replica_set["metadata"]["namespace"],
            {
                "metadata": {
                    "name": f"{replica_set['metadata']['name']}-{self._counter}",
                    "labels": template["metadata"]["labels"],
                    "ownerReferences": [_owner(replica_set)],
                },
                "spec": template["spec"],
            },
        )
        made["status"] = {
            "phase": "Pending",
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [
                {"name": c["name"], "ready": False, "restartCount": 0, "state": {}} for c in made["spec"]["containers"]
            ],
        }
        made["steps"] = 0

    def _step_pod(self, pod: Object) -> None:
        digest = digest_of(pod)
        pod["steps"] += 1
        container = pod["status"]["containerStatuses"][0]
        if digest in self.faults.never_ready:
            container["state"] = {"waiting": {"reason": "ImagePullBackOff"}}
        elif pod["steps"] >= self.faults.slow.get(digest, 1):
            pod["status"] |= {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
            container |= {"ready": True, "state": {"running": {}}}
        if digest in self.faults.restarting and is_ready(pod):
            container["restartCount"] += 1

    def step_job(self, job: Object) -> None:
        """A Job ends when somebody looks at it for the second time."""
        job["looks"] = job.get("looks", 0) + 1
        digest = digest_of(job["spec"]["template"])
        if job["looks"] < 2 or digest in self.faults.endless_migrations:
            return
        kind = "Failed" if digest in self.faults.bad_migrations else "Complete"
        job["status"] = {"conditions": [{"type": kind, "status": "True"}]}

    def step_cronjob(self, cronjob: Object) -> None:
        """Starts and ends one run for each version that is to run."""
        template = cronjob["spec"]["jobTemplate"]
        digest, meta = digest_of(template["spec"]["template"]), cronjob["metadata"]
        how = self.faults.runs.get(digest)
        name = f"{meta['name']}-{digest[-8:]}"
        if how is None or cronjob["spec"].get("suspend") or self.get("jobs", meta["namespace"], name):
            return
        labels = template["metadata"]["labels"]
        run = {
            "metadata": {"name": name, "labels": labels, "ownerReferences": [_owner(cronjob)]},
            "spec": template["spec"],
        }
        made = self.create("jobs", meta["namespace"], run)
        made["status"] = {"conditions": [{"type": how, "status": "True"}]}
        if how == "Complete":
            cronjob["status"] = {"lastSuccessfulTime": "2026-01-01T03:00:00Z"}

    # What tests ask

    def next_run(self, job: str) -> set[tuple[str, str]]:
        """Version and digest of the next run of a job."""
        templates = [
            c["spec"]["jobTemplate"]["spec"]["template"] for c in self.all("cronjobs") if c["metadata"]["name"] == job
        ]
        return {(t["metadata"]["labels"][VERSION], digest_of(t)) for t in templates}

    def serving(self, service: str) -> set[tuple[str, str]]:
        """Version and digest of every ready pod of a service."""
        pods = [p for p in self.all("pods") if p["metadata"]["labels"].get(NAME) == service and is_ready(p)]
        return {(p["metadata"]["labels"][VERSION], digest_of(p)) for p in pods}

    def behind(self, service: str, namespace: str = "") -> list[Object]:
        """The ready pods that a Service selects."""
        found = [s for s in self.all("services", namespace) if s["metadata"]["name"] == service]
        return [p for s in found for p in self.all("pods", s["metadata"]["namespace"]) if leads(s, p) and is_ready(p)]

    def led(self, service: str) -> dict[str, set[str]]:
        """The versions to which callers inside the cluster come, and users: by the Service, and by routes to a weight."""
        inside = {p["metadata"]["labels"][VERSION] for p in self.behind(service)}
        return {"inside": inside, "users": set(self.weights(service))}

    def weights(self, service: str) -> dict[str, int]:
        """Percent of the users by version, as the first rule of a service's route has it; "" for a Service without pods."""
        found: Counter[str] = Counter()
        for route in self.all("httproutes"):
            for one in route["spec"]["rules"][0]["backendRefs"] if route["metadata"]["name"] == service else ():
                versions = {p["metadata"]["labels"][VERSION] for p in self.behind(one["name"])} or {""}
                assert len(versions) == 1, f"{one['name']} leads to {versions}"
                found[versions.pop()] += one.get("weight", 1)
        return {version: weight * 100 // found.total() for version, weight in found.items() if weight}

    # Requests through the API server

    def service_answers(self, namespace: str, name: str, port: str, path: str) -> int:
        with self.lock:
            service, pods = self.get("services", namespace, name), self.behind(name, namespace)
            if not service or not pods or port not in {str(one["port"]) for one in service["spec"]["ports"]}:
                return 503
            self._turn += 1
            pod = pods[self._turn % len(pods)]
            own = str(pod["spec"]["containers"][0]["ports"][0]["containerPort"])
        return self.pod_answers(namespace, pod["metadata"]["name"], own, path)

    def pod_answers(self, namespace: str, name: str, port: str, path: str) -> int:
        with self.lock:
            return self._pod_answers(namespace, name, port, path)

    def _pod_answers(self, namespace: str, name: str, port: str, path: str) -> int:
        pod = self.get("pods", namespace, name)
        if pod is None or not is_ready(pod):
            return 503
        container = pod["spec"]["containers"][0]
        if (
            port != str(container["ports"][0]["containerPort"])
            or path != container["readinessProbe"]["httpGet"]["path"]
        ):
            return 404
        labels = pod["metadata"]["labels"]
        if not self.faults.deaf:
            self._asked[(labels[NAME], labels[VERSION])].append(time.monotonic())
        return 500 if digest_of(pod) in self.faults.refusing else 200

    def query(self, text: str) -> Object:
        """Prometheus: the rules that the judge reads, for one service and version."""
        found = re.fullmatch(r'service_version:(\w+):(\w+)\{service="([^"]+)",version="([^"]+)"\}', text)
        if found is None:
            return {"status": "error", "errorType": "bad_data", "error": f"not a query of the judge: {text}"}
        rule, service, version = found[1], found[3], found[4]
        with self.lock:
            value = self._measured(rule, service, version)
        labels = {"service": service, "version": version}
        result = [] if value is None else [{"metric": labels, "value": [1767225600, str(value)]}]
        return {"status": "success", "data": {"resultType": "vector", "result": result}}

    def _measured(self, rule: str, service: str, version: str) -> float | str | None:
        one = (service, version)
        digest = next((d for v, d in self.serving(service) if v == version), "")
        if rule == "http_requests":
            self._looked[one] += 1
        if service in self.faults.unmeasured or (self.faults.scraped_late and self._looked[one] < 2):
            return None
        if rule == "http_requests":
            since = time.monotonic() - self.window
            return self.faults.users.get(service, 0) + sum(when > since for when in self._asked[one]) / self.window
        return (self.faults.errors if rule == "http_errors" else self.faults.p95).get(
            digest, 0 if rule == "http_errors" else 0.05
        )


def _generated(password: Object) -> dict[str, str]:
    """What the generator makes: symbols are not played."""
    spec = password["spec"]
    assert spec["symbols"] == 0
    letters = string.ascii_lowercase + ("" if spec["noUpper"] else string.ascii_uppercase) + string.digits
    return {"password": "".join(secrets.choice(letters) for _ in range(spec["length"]))}


def _filled(text: str, values: dict[str, str]) -> str:
    """A template of the operator: `{{ .key }}` alone, and a key that is not there is an error."""
    return re.sub(r"\{\{ \.(\w+) \}\}", lambda found: values[found[1]], text)


def leads(service: Object, pod: Object) -> bool:
    """Whether a Service selects a pod."""
    return service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def is_ready(pod: Object) -> bool:
    """Whether a pod is ready."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"]["conditions"])


def digest_of(pod: Object) -> str:
    """The digest of the image that a pod runs."""
    return str(pod["spec"]["containers"][0]["image"].rpartition("@")[2])


def _owner(one: Object) -> Object:
    meta = one["metadata"]
    return {
        "apiVersion": one["apiVersion"],
        "kind": one["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
    }


def merge(old: Any, patch: Any) -> Any:
    """JSON merge patch."""
    if not isinstance(patch, dict):
        return patch
    made = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merge(made.get(name), value)
    return made


def json_patch(old: Object, operations: list[Object]) -> Object:
    """JSON patch: test, add, replace, remove, on maps."""
    made = copy.deepcopy(old)
    for one in operations:
        *parents, last = [p.replace("~1", "/").replace("~0", "~") for p in one["path"].split("/")[1:]]
        place = made
        for name in parents:
            place = place[name]
        if one["op"] == "test":
            if place.get(last) != one["value"]:
                raise InvalidError(f"the server rejected our request: testing value {one['path']} failed")
        elif one["op"] == "remove":
            del place[last]
        else:
            place[last] = one["value"]
    return made


class Handler(BaseHTTPRequestHandler):
    """The API's paths."""

    cluster: ClassVar[Cluster]
    protocol_version = "HTTP/1.1"
    # One packet an answer: otherwise each waits 40 ms for the client's delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.cluster.lock:
            for watcher in list(self.cluster.watchers):
                watcher(self.cluster, method, url.path)
            denied = refused(self.cluster.rules, self.cluster.home, method, url.path) if self.cluster.rules else ""
            passed = None if denied else self._passed_on(url.path)
            try:
                if denied:
                    code, answer = _status(403, "Forbidden", denied)
                else:
                    code, answer = (0, {}) if passed else self._route(method, url.path, query, body)
            except ConflictError as error:
                code, answer = _status(409, "AlreadyExists" if "exists" in str(error) else "Conflict", str(error))
            except InvalidError as error:
                code, answer = _status(422, "Invalid", str(error))
            except KeyError as error:
                code, answer = _status(404, "NotFound", f"{error} not found")
            text = json.dumps(answer).encode()
        if passed:
            # A slow answer keeps nobody else waiting.
            code, answer = passed(query)
            text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _route(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Object]:
        found = re.fullmatch(r"/apis/[^/]+/v\d\w*/namespaces/([^/]+)/([a-z]+)/([^/]+)/(scale|status)", path)
        if found and found[2] in self.cluster.scaled.values():
            answer = self._scale if found[4] == "scale" else self._set_status
            return 200, answer(method, (found[2], found[1], found[3]), body)
        found = re.fullmatch(r"/(?:api|apis/[^/]+)/v\d\w*(?:/namespaces/([^/]+))?/([a-z]+)(?:/([^/]+))?", path)
        if found and found[2] in self.cluster.kinds:
            return self._resource(method, found[2], found[1] or "", found[3] or "", query, body)
        return _discovery(path, self.cluster.kinds)

    def _passed_on(self, path: str) -> Callable[[dict[str, str]], tuple[int, Object]] | None:
        """What asks a pod itself or through a Service, or Prometheus; None where no such thing is meant."""
        if path == "/api/v1/namespaces/monitoring/services/http:prometheus:9090/proxy/api/v1/query":
            return self._prometheus
        found = re.fullmatch(r"/api/v1/namespaces/([^/]+)/(?:pods/|services/http:)([^/:]+):(\d+)/proxy(/.*)", path)
        if found is None or found[1] == "monitoring":
            return None
        ask = self.cluster.pod_answers if "/pods/" in path else self.cluster.service_answers
        namespace, name, port, below = found.groups()

        def asked(_: dict[str, str]) -> tuple[int, Object]:
            code = ask(namespace, name, port, below)
            return code, {"status": "pod says so"} if code < 300 else _status(code, "InternalError", "pod says so")[1]

        return asked

    def _prometheus(self, query: dict[str, str]) -> tuple[int, Object]:
        if self.cluster.faults.prometheus_down:
            return _status(503, "ServiceUnavailable", "no endpoints available")
        return 200, self.cluster.query(query["query"])

    def _scale(self, method: str, key: Key, body: bytes) -> Object:
        resource, namespace, name = key
        one = self.cluster.objects[key]
        if method != "GET":
            self.cluster.changes.append(f"{method} {resource}/{name}/scale")
            spec = one["spec"] | {"replicas": json.loads(body)["spec"]["replicas"]}
            one = self.cluster.update(resource, namespace, one | {"spec": spec})
        meta = {key: one["metadata"][key] for key in ("name", "namespace", "resourceVersion")}
        spec = {"replicas": one["spec"].get("replicas", 0)}
        return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": dict(spec)}

    def _set_status(self, method: str, key: Key, body: bytes) -> Object:
        """Of what somebody changes there, the status alone counts."""
        resource, namespace, name = key
        one = self.cluster.objects[key]
        if method != "GET":
            self.cluster.changes.append(f"{method} {resource}/{name}/status")
            status = merge(one, json.loads(body)).get("status", {})
            one = self.cluster.update(resource, namespace, one | {"status": status})
        return _shown(one)

    def _resource(
        self, method: str, resource: str, namespace: str, name: str, query: dict[str, str], body: bytes
    ) -> tuple[int, Object]:
        cluster = self.cluster
        dry = query.get("dryRun") == "All" or b'"dryRun":["All"]' in body
        if method != "GET" and not dry:
            cluster.changes.append(f"{method} {resource}/{name or json.loads(body)['metadata']['name']}")
        if method == "GET":
            return self._read(resource, namespace, name, query)
        if method == "POST":
            return 201, _shown(cluster.create(resource, namespace, json.loads(body), dry=dry))
        if method == "PUT":
            return 200, _shown(cluster.update(resource, namespace, json.loads(body), dry=dry))
        if method == "DELETE":
            orphan = b'"propagationPolicy":"Orphan"' in body
            old = cluster.objects[(resource, namespace, name)]
            return 200, _shown(old if dry else cluster.delete(resource, namespace, name, orphan=orphan))
        kind = self.headers["Content-Type"]
        if kind.startswith("application/apply-patch"):
            return 200, _shown(cluster.apply(resource, namespace, yaml.safe_load(body), dry=dry))
        old = cluster.objects[(resource, namespace, name)]
        patch = json.loads(body)
        made = json_patch(old, patch) if kind == "application/json-patch+json" else merge(old, patch)
        if resource in cluster.statuses and "status" in old:
            made = made | {"status": old["status"]}
        return 200, _shown(cluster.update(resource, namespace, made, dry=dry))

    def _read(self, resource: str, namespace: str, name: str, query: dict[str, str]) -> tuple[int, Object]:
        cluster = self.cluster
        if not name and (resource in cluster.scaled.values() or (resource == "pods" and "labelSelector" in query)):
            cluster.step()
        if resource == "cronjobs" and not name:
            for cronjob in cluster.all("cronjobs"):
                cluster.step_cronjob(cronjob)
        if name:
            one = cluster.objects[(resource, namespace, name)]
            if resource == "jobs":
                cluster.step_job(one)
            return 200, _shown(one)
        if query.get("watch"):
            return 200, {}
        items = [o for o in cluster.all(resource, namespace) if _selected(o, query)]
        group, kind = cluster.kinds[resource]
        return 200, {
            "apiVersion": group,
            "kind": f"{kind}List",
            "metadata": {"resourceVersion": "1"},
            "items": [_shown(o) for o in items],
        }


def _shown(one: Object) -> Object:
    return {k: v for k, v in one.items() if k not in ("steps", "looks")}


def _selected(one: Object, query: dict[str, str]) -> bool:
    labels = one["metadata"].get("labels", {})
    wanted = re.findall(r"([\w./-]+)(?: in \(([^)]*)\)|={1,2}([^,]*))?", query.get("labelSelector", ""))
    fields = [p.split("=", 1) for p in query.get("fieldSelector", "").split(",") if p]
    return all(_labelled(labels, *one) for one in wanted) and all(
        one["metadata"].get(k.removeprefix("metadata.")) == v for k, v in fields
    )


def _labelled(labels: dict[str, str], key: str, some: str, one: str) -> bool:
    """A label is one of some, exactly one, or there at all."""
    if some:
        return labels.get(key) in [word.strip() for word in some.split(",")]
    return labels.get(key) == one if one else key in labels


def _status(code: int, reason: str, message: str) -> tuple[int, Object]:
    return code, {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "reason": reason,
        "message": message,
        "code": code,
    }


def _groups(kinds: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {g.split("/")[0]: g for g, _ in kinds.values() if "/" in g}


def _discovery(path: str, kinds: Mapping[str, tuple[str, str]]) -> tuple[int, Object]:
    if path == "/version":
        return 200, {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
    if path == "/api":
        return 200, {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        versions = [
            {"name": g, "versions": [_version(v)], "preferredVersion": _version(v)} for g, v in _groups(kinds).items()
        ]
        return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": versions}
    if path == "/openapi/v3":
        groups = sorted({g for g, _ in kinds.values()})
        paths = {_path(g).lstrip("/"): {"serverRelativeURL": f"/openapi/v3{_path(g)}"} for g in groups}
        return 200, {"paths": paths}
    return _discover_group(path, kinds)


def _discover_group(path: str, kinds: Mapping[str, tuple[str, str]]) -> tuple[int, Object]:
    group = path.removeprefix("/openapi/v3").removeprefix("/apis/").removeprefix("/api/")
    resources = {r: k for r, (g, k) in kinds.items() if g == group}
    if not resources:
        return _status(404, "NotFound", "the server could not find the requested resource")
    if path.startswith("/openapi/v3"):
        return 200, {
            "openapi": "3.0.0",
            "info": {"title": "double", "version": "1"},
            "paths": _openapi(group, resources),
        }
    listed = [
        {"name": r, "singularName": k.lower(), "namespaced": r != "namespaces", "kind": k, "verbs": VERBS}
        for r, k in resources.items()
    ]
    return 200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group, "resources": listed}


def _openapi(group: str, resources: dict[str, str]) -> Object:
    name, _, version = group.rpartition("/")
    parameters = [{"name": n, "in": "query", "schema": {"type": "string"}} for n in ("dryRun", "fieldValidation")]
    return {
        f"{_path(group)}/namespaces/{{namespace}}/{resource}/{{name}}": {
            "patch": {
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-group-version-kind": {"group": name, "version": version, "kind": kind},
            }
        }
        for resource, kind in resources.items()
    }


def _path(group: str) -> str:
    return f"/apis/{group}" if "/" in group else f"/api/{group}"


def _version(group: str) -> Object:
    return {"groupVersion": group, "version": group.split("/")[1]}


class Double:
    """A running double: `with Double("shop") as double:`."""

    def __init__(self, namespace: str, cluster: Cluster | None = None) -> None:
        self.cluster = cluster or Cluster(namespace)
        handler = type("Bound", (Handler,), {"cluster": self.cluster})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig that names it."""
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "double",
                "clusters": [{"name": "double", "cluster": {"server": self.url}}],
                "users": [{"name": "double", "user": {}}],
                "contexts": [{"name": "double", "context": {"cluster": "double", "user": "double"}}],
            }
        )

    def __enter__(self) -> Double:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
