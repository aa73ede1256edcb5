"""A generated repository and a cluster that is a double, for the stories of the release scripts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.support import aws_front, generated, saved
from tests.support.kubernetes_double import Cluster, Double
from tests.support.live.alive import Alive
from tests.support.rights import rules
from tests.support.stage import SUPPORT, Scripts
from tests.support.strategies import carrying_out

# What the stories that platforms share assert is told as what tests assert.
pytest.register_assert_rewrite("tests.support.live.stories")

NAMESPACE = "shop"
ACCOUNT = "111122223333"
REGISTRY_ACCOUNT = "444455556666"
SERVICES = ("web", "api", "worker")
COMPONENTS = ("aws", "aws-eks", "k8s", "k8s-jobs", "k8s-workloads", "release", "scripts")
_RELEASED: dict[tuple[str, str, int], saved.Saved] = {}


def digest(number: int) -> str:
    """A digest that is easy to read in a failed test."""
    return f"sha256:{number:012x}{number:052x}"


def images(number: int) -> dict[str, str]:
    """The images of one release, all built from one commit."""
    return {name: digest(number * 100 + index) for index, name in enumerate(SERVICES)}


def write(root: Path, tree: Tree) -> None:
    """The files of a rendered repository."""
    for path, file in tree.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        target.chmod(0o755 if file.executable else 0o644)


@dataclass(frozen=True)
class Stage(Scripts):
    """A generated repository, a cluster and the tools that the scripts find."""

    cluster: Cluster
    aws: Path

    def arguments(self, version: str, number: int, environment: str = "dev", *more: str) -> list[str]:
        """A command line of deploy.sh."""
        named = [word for name, one in images(number).items() for word in ("--image", f"{name}={one}")]
        return ["scripts/deploy.sh", "--environment", environment, "--version", version, *named, *more]

    def deploy(
        self, version: str, number: int, environment: str = "dev", more: Sequence[str] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Releases the images of `number` as `version`."""
        return self.script(*self.arguments(version, number, environment, *more), **variables)

    def replaced(self, tree: Tree, *, platform: bool = True) -> None:
        """The repository after an update of its answers, and `make platform`, which brings the rights into the cluster."""
        for path in (self.root / "scripts", self.root / "infrastructure"):
            shutil.rmtree(path)
        write(self.root, tree)
        if platform:
            self.cluster.rules = rules(self.root)

    def released(self, version: str, number: int) -> None:
        """A good release to start a story from; carried out once for all that begin alike, unless pods are real."""
        how = (saved.before(self.cluster, self.aws, self.root, self.environment), version, number)
        if how in _RELEASED and not self.cluster.watchers:
            saved.restore(_RELEASED[how], self.cluster, self.aws)
        else:
            done = self.deploy(version, number)
            assert done.returncode == 0, done.stderr
            if not isinstance(self.cluster, Alive) and not self.cluster.watchers:
                _RELEASED[how] = saved.saved(self.cluster, self.aws)
        self.cluster.changes.clear()

    def slow_kubectl(self, seconds: float) -> Path:
        """Lets each call of kubectl take so much longer, as a login at a cloud does, while the returned file exists."""
        switch, real = self.aws / "slow", shutil.which("kubectl")
        tool = self.root.parent / "tools" / "kubectl"
        tool.write_text(f'#!/bin/sh\n[ ! -e {switch} ] || sleep {seconds}\nexec {real} "$@"\n')
        tool.chmod(0o755)
        return switch

    def let_lock_expire(self) -> None:
        """As if its time were over."""
        self._lock_says(renewTime="2026-01-01T00:00:00.000000Z")

    def lose_lock(self) -> None:
        """Another release has it."""
        self._lock_says(holderIdentity="somebody else")

    def _lock_says(self, **words: str) -> None:
        with self.cluster.lock:
            lease = self.cluster.get("leases", NAMESPACE, "deploy")
            assert lease is not None
            lease["spec"] |= words

    @property
    def ledger(self) -> list[Any]:
        """The records of releases, oldest first."""
        found = self.cluster.get("configmaps", NAMESPACE, "releases")
        return [json.loads(value) for _, value in sorted((found or {}).get("data", {}).items())]

    @property
    def told(self) -> tuple[str, str]:
        """What the monitoring is told of the newest release: its version and how it stands."""
        found = self.cluster.get("configmaps", NAMESPACE, "releases")
        labels = (found or {"metadata": {}})["metadata"].get("labels", {})
        return labels.get("agency-scaffold/version", ""), labels.get("agency-scaffold/verdict", "")

    def serving(self) -> set[str]:
        """The versions of all ready pods."""
        return {version for name in SERVICES for version, _ in self.cluster.serving(name)}

    def mark(self, environment: str, number: int) -> None:
        """Makes the registry say that an environment ran these images."""
        for name, one in images(number).items():
            folder = self.aws / "tags" / NAMESPACE / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{environment}-{one[7:19]}").write_text(one)

    def calls(self, word: str) -> list[str]:
        """The calls of aws that hold a word."""
        path = self.aws / "calls"
        return [line for line in (path.read_text().splitlines() if path.exists() else []) if word in line]


def until(condition: Callable[[], object]) -> None:
    """Waits for something that must come, however slow the computer is."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come")


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The example, rendered with what a release needs."""
    return rendered(generated.CASES / "example.yml")


def rendered(case: Path, strategy: str = "rolling", more: Sequence[str] = (), **deployment: object) -> Tree:
    """What a release needs of a repository with these answers, by this strategy."""
    return _tree(case, "native", more, {"strategy": strategy} | deployment)


def controlled(case: Path, strategy: str = "rolling", more: Sequence[str] = (), **deployment: object) -> Tree:
    """The same where the controller of Argo Rollouts replaces versions."""
    return _tree(case, "argo-rollouts", more, {"strategy": strategy} | deployment)


def _tree(case: Path, delivery: str, more: Sequence[str], deployment: dict[str, object]) -> Tree:
    raw = generated.raw(case)
    raw["deployment"] = raw.get("deployment", {}) | deployment
    raw["orchestration"] = raw.get("orchestration", {}) | {"delivery": delivery}
    return render(plan(convert(raw), (*COMPONENTS, *carrying_out(), *more))).tree


@pytest.fixture
def stage(tree: Tree, tmp_path: Path) -> Iterator[Stage]:
    """A stage with an empty cluster."""
    with staged(tree, tmp_path, NAMESPACE) as made:
        yield made


@contextmanager
def staged(tree: Tree, tmp_path: Path, namespace: str, cluster: Cluster | None = None) -> Iterator[Stage]:
    """A repository, and an empty cluster that has its namespace."""
    root, tools, aws = tmp_path / "repository", tmp_path / "tools", tmp_path / "aws"
    write(root, tree)
    for folder in (tools, aws, tmp_path / "home"):
        folder.mkdir()
    front = aws_front.install(tools, (SUPPORT / "aws-stand-in.sh").read_text())
    (aws / "account").write_text(ACCOUNT)
    with Double(namespace, cluster) as double:
        double.cluster.rules = rules(root)
        (aws / "kubeconfig").write_text(double.kubeconfig)
        yield Stage(root, _environment(tmp_path, tools, aws), double.cluster, aws)
    assert front.invalid() == []


def _environment(folder: Path, tools: Path, aws: Path) -> dict[str, str]:
    return {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "CI": "true",
        "AWS_DOUBLE": str(aws),
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_REGION": "us-east-1",
        "CLUSTER_NAME": "shop-dev",
        "REGISTRY": f"{REGISTRY_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com",
        "REGISTRY_ACCOUNT_ID": REGISTRY_ACCOUNT,
        "DATABASE_HOST": "database.internal",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "shop",
        "DATABASE_SECRET": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:database",
        # Looks follow each other at once; how many there are decides, not how long they take.
        "DEPLOY_POLL_SECONDS": "0.05",
        "JUDGE_SECONDS": "1",
        "JUDGE_SEND_RATE": "20",
        "JUDGE_MIN_ANSWERS": "5",
        "JUDGE_QUERY_SECONDS": "1",
    }
