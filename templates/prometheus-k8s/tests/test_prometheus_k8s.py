"""The overlays of the monitoring build, and name what is the environment's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import facts
from generator.answers import Answers
from generator.answers.read import convert
from generator.plan import plan
from generator.render import render

CASES = Path(__file__).resolve().parents[3] / "tests" / "cases"
COMPONENTS = ("prometheus", "prometheus-k8s")
WORDS = ("on", "y", "null", "true")
"""Names that a YAML reader takes for something other than text."""

pytestmark = pytest.mark.tool("kubectl")


def given(case: str, **more: Any) -> Answers:
    return convert(yaml.safe_load((CASES / f"{case}.yml").read_text()) | more)


def written(answers: Answers, folder: Path) -> Path:
    for path, file in render(plan(answers, COMPONENTS)).tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    return folder


def built(root: Path, environment: str) -> list[dict[str, Any]]:
    line = ["kubectl", "kustomize", str(root / "monitoring/overlays" / environment)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def rules(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each rule of each NetworkPolicy with each of its peers: name, rule, peer."""
    for policy in objects:
        if policy["kind"] == "NetworkPolicy":
            for direction, peers in (("ingress", "from"), ("egress", "to")):
                for rule in policy["spec"].get(direction, []):
                    assert rule["ports"], "without ports a rule opens all of them"
                    yield from ((f"{policy['metadata']['name']} {direction}", rule, peer) for peer in rule[peers])


@pytest.mark.parametrize("case", ["example", "minimal", "wide"])
def test_policies_name_the_network_of_their_environment(case: str, tmp_path: Path) -> None:
    answers = given(case)
    root = written(answers, tmp_path)
    for environment in answers.environments:
        found = {
            (name, port["port"]): peer["ipBlock"]["cidr"]
            for name, rule, peer in rules(built(root, environment))
            if "ipBlock" in peer
            for port in rule["ports"]
        }
        everywhere = {key for key, cidr in found.items() if cidr == "0.0.0.0/0"}
        assert {port for _, port in everywhere} <= {443, 587}, "APIs and mail have no known address, all else has"
        network = {key for key in found if key not in everywhere}
        assert {found[key] for key in network} == {facts.network_cidr(answers, environment)}
        wanted = {("prometheus ingress", 9090), ("prometheus egress", 9100), ("prometheus egress", 10250)}
        if answers.data.database != "none":
            wanted.add(("database-exporter egress", {"postgres": 5432, "mysql": 3306}[answers.data.database]))
        assert network == wanted


def test_without_metrics_nothing_is_opened_towards_the_services(tmp_path: Path) -> None:
    answers = given("minimal", services=[{"name": "app", "metrics": "none"}])
    objects = built(written(answers, tmp_path), answers.production)
    namespaces = {
        label
        for _, _, peer in rules(objects)
        for label in peer.get("namespaceSelector", {}).get("matchLabels", {}).values()
    }
    assert namespaces == {"kube-system"}


@pytest.mark.parametrize("word", WORDS)
def test_words_of_yaml_stay_names(word: str, tmp_path: Path) -> None:
    root = written(given("minimal", project={"name": word}, environments=[word], services=[{"name": word}]), tmp_path)
    for path in sorted(root.rglob("*.y*ml")):
        for document in yaml.safe_load_all(path.read_text()):
            assert not list(untexts(document)), f"{path.relative_to(root)}: {list(untexts(document))}"
    for one in built(root, word):
        assert not list(untexts(one)), f"{one['kind']}: {list(untexts(one))}"
        assert one["metadata"]["labels"]["app.kubernetes.io/part-of"] == word


def untexts(node: Any, place: str = "") -> Iterator[str]:
    """Where a name, a label, a key or an annotation is something other than text."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{place}.{key}"
            if not isinstance(key, str) or (key in {"name", "value", "key", "group"} and not isinstance(value, str)):
                if not (key == "value" and place.endswith("exp_samples[]")):
                    yield here
            elif key in {"labels", "matchLabels", "pairs", "annotations"} and isinstance(value, dict):
                yield from (f"{here}.{k}" for k, v in value.items() if not isinstance(v, str))
            yield from untexts(value, here)
    elif isinstance(node, list):
        for one in node:
            yield from untexts(one, f"{place}[]")
