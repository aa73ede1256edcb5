"""What we make of kustomizations is what kustomize makes of them, value by value, and each value has its place."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.checks import RULES
from generator.checks.models import kustomize_build
from generator.checks.models.kustomize_selecting import Built
from generator.checks.run import run
from generator.checks.source import Sources, folder
from generator.tree import File, Tree
from tests.support.generated import CASES, tree, write

KUBECTL = shutil.which("kubectl")
TREE = {
    "base/kustomization.yaml": """\
resources: [a.yaml]
labels: [{pairs: {team: x}, includeTemplates: true}]
""",
    "base/a.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - {name: web, image: a, env: [{name: A, value: "1"}, {name: B, value: "2"}], args: [one, two]}
        - {name: proxy, image: b, ports: [{containerPort: 80}, {containerPort: 81}]}
      volumes: [{name: tmp, emptyDir: {}}]
      imagePullSecrets: [{name: first}, {name: second}]
---
apiVersion: example.org/v1
kind: Thing
metadata: {name: web}
spec: {list: [{name: a, value: 1}, {name: b, value: 2}], url: a/b/c, old: x}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
data: {A: from-the-map, a.b/c: x}
---
apiVersion: v1
kind: Service
metadata: {name: gone}
""",
    "component/kustomization.yaml": """\
kind: Component
patches:
  - target: {kind: Deployment}
    patch: '[{"op": "add", "path": "/spec/replicas", "value": 2}]'
""",
    "overlay/kustomization.yaml": """\
resources: [../base]
components: [../component]
patchesStrategicMerge:
  - web.yaml
patches:
  - target: {kind: Thing}
    patch: |-
      kind: Thing
      apiVersion: example.org/v1
      metadata: {name: any}
      spec: {list: [{name: a, other: 3}], old: null}
  - target: {kind: Deployment, labelSelector: "team=x"}
    patch: |-
      - {op: replace, path: /spec/template/spec/containers/1/args/1, value: three}
      - {op: add, path: /spec/template/spec/containers/1/args/0, value: zero}
      - {op: add, path: /spec/template/spec/containers/1/args/-, value: last}
      - {op: remove, path: /spec/template/spec/volumes/0}
      - {op: replace, path: /spec/minReadySeconds, value: 5}
      - {op: copy, from: /spec/replicas, path: /spec/revisionHistoryLimit}
  - target: {kind: Service}
    patch: '{kind: Service, apiVersion: v1, metadata: {name: any}, $patch: delete}'
patchesJson6902:
  - target: {kind: Thing, name: web}
    patch: '[{"op": "move", "from": "/spec/url", "path": "/spec/address"}]'
replicas: [{name: web, count: 7}]
replacements:
  - source: {kind: ConfigMap, name: web, fieldPath: data.A}
    targets:
      - select: {kind: Deployment}
        fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=B].value"]
      - select: {kind: Thing}
        fieldPaths: [spec.address]
        options: {delimiter: /, index: 1}
      - select: {kind: Thing}
        fieldPaths: [spec.new.deep]
        options: {create: true}
""",
    "overlay/web.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: proxy
          ports: [{containerPort: 81, name: admin}]
        - name: web
          env: [{name: A, $patch: delete}, {name: C, value: "3"}]
          image: c
        - {name: third, image: d}
      imagePullSecrets: [{$patch: replace}, {name: second}]
""",
}


def _sources(files: dict[str, str]) -> Sources:
    return Sources(Tree({path: File(text.encode()) for path, text in files.items()}))


def _plain(value: Any) -> Any:
    """A value without what names and namespaces make of it."""
    value["metadata"].pop("namespace", None)
    return value


def _made(root: Path, where: str) -> dict[tuple[str, str], Any]:
    """What kubectl makes, without what generators do."""
    assert KUBECTL
    done = subprocess.run([KUBECTL, "kustomize", str(root / where)], capture_output=True, text=True, check=True)
    documents = [one for one in yaml.safe_load_all(done.stdout) if one]
    return {(one["kind"], one["metadata"]["name"]): _plain(one) for one in documents}


def _compare(files: Tree, root: Path, overlay: str) -> list[Built]:
    sources = Sources(files)
    group = next(one for one in kustomize_build.overlays(sources) if folder(one.path) == overlay)
    assert group.whole
    made = _made(write(files, root), overlay)
    for one in group.objects:
        if one.manifest.kind == "Namespace":  # a kustomization's namespace renames it
            made = {key: value for key, value in made.items() if key[0] != "Namespace"}
            continue
        assert _plain(one.manifest.node.value) == made.pop((one.manifest.kind, one.names[-1]))
        assert not one.unclear
    assert len(made) == len(group.build.generated)
    return list(group.objects)


@pytest.mark.skipif(not KUBECTL, reason="kubectl is not here")
def test_every_way_to_change_an_object_is_that_of_kustomize(tmp_path: Path) -> None:
    assert len(_compare(_sources(TREE).tree, tmp_path, "overlay")) == 3


@pytest.mark.skipif(not KUBECTL, reason="kubectl is not here")
@pytest.mark.parametrize("overlay", ["overlays/prod", "preview"])
def test_our_overlays_are_what_kustomize_makes_of_them(tmp_path: Path, overlay: str) -> None:
    _compare(tree(CASES / "example.yml"), tmp_path, f"infrastructure/kubernetes/{overlay}")


def test_each_value_has_the_place_where_it_was_set() -> None:
    (group,) = kustomize_build.overlays(_sources(TREE))
    web, thing, _ = group.objects
    spec = web.manifest.node.at("spec")
    containers = {one.at("name").text: one for one in spec.at("template", "spec", "containers").items}
    values = {
        web.file_of(node): (node.text, node.line, node.column)
        for node in (containers["web"].at("image"), spec.at("replicas"), containers["proxy"].at("image"))
    }
    assert values == {
        "overlay/web.yaml": ("c", 12, 18),
        "overlay/kustomization.yaml": ("7", 25, 31),
        "base/a.yaml": ("b", 11, 32),
    }
    late = containers["web"].at("args").items[-1]
    assert (web.file_of(late), late.line, late.column) == ("overlay/kustomization.yaml", 16, 73)
    assert thing.file_of(thing.manifest.node.at("spec", "new", "deep")) == "base/a.yaml"


def test_kustomizations_that_use_themselves_or_each_other_have_an_end() -> None:
    resources = "resources: [../b]\n"
    component = "kind: Component\ncomponents: [../c, ../d]\n"
    files = {
        "a/kustomization.yaml": resources,
        "b/kustomization.yaml": resources.replace("b", "a"),
        "c/kustomization.yaml": component,
        "d/kustomization.yaml": component,
        "e/kustomization.yaml": "resources: [../a]\ncomponents: [../c, ../d]\n",
        **{f"f{n}/kustomization.yaml": f"resources: [../f{n + 1}, ../f{n + 1}]\n" for n in range(3000)},
    }
    world = kustomize_build.world(_sources(files))
    assert all(world.scopes[path].open for path in files)


def test_what_lies_beside_files_that_no_kustomization_takes_is_looked_for_once() -> None:
    workload = TREE["base/a.yaml"].replace("spec:\n  selector", "spec:\n  replicas: 2\n  selector", 1)
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n"
    sources = _sources({f"{number}.yaml": f"{workload}---\n{policy}" for number in range(5)})
    run(sources, {rule: RULES[rule] for rule in ("network-policy-missing", "disruption-budget", "pod-token")})
    made = Counter(key[0].__name__ for key in sources.made)
    assert [made[name] for name in ("_narrow", "_budgets", "_without_token", "_scalers")] == [1, 1, 1, 1]
