"""A generated repository and the first environment's account as a double, for the stories of previews on ECS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from generator.tree import Tree
from tests.real.conftest import ACCOUNT, SERVICES, SUPPORT, images, kill
from tests.support import generated
from tests.support.ecs_previews import PreviewCloud
from tests.support.ecs_server import Server

CASE = generated.TEMPLATES / "ecs/tests/cases/example.yml"
COMPONENTS = ("aws", "ecs", "ecs-previews", "ecs-rolling", "previews", "release", "scripts")
HOSTS = {"web": "pr-{}-web.preview.shop.acme.dev", "api": "pr-{}-api.preview.shop.acme.dev"}
_OPENED: dict[int, dict[str, Any]] = {}
"""What `up` of version 1 made, by number: once per process, since it takes seconds."""


@dataclass(frozen=True)
class Stage:
    """A generated repository, the double and the environment of the scripts."""

    root: Path
    cloud: PreviewCloud
    server: Server
    environment: dict[str, str] = field(default_factory=dict)

    def preview(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs scripts/preview.sh to its end."""
        return subprocess.run(
            ["bash", "scripts/preview.sh", *words],
            check=False,
            cwd=self.root,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )

    @staticmethod
    def arguments(number: int, version: int) -> list[str]:
        """The words of `up`."""
        named = " ".join(f"{name}={one}" for name, one in images(version).items())
        return ["up", "--number", str(number), "--version", f"v{version}", "--images", named]

    def up(self, number: int, version: int, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Opens or updates a preview with the images of a version."""
        return self.preview(*self.arguments(number, version), *more, **variables)

    def opened(self, number: int) -> None:
        """A preview that serves version 1, to start a story from; nothing else is there."""
        if number not in _OPENED:
            done = self.up(number, 1)
            assert done.returncode == 0, done.stderr
            _OPENED[number] = self.cloud.saved()
        self.cloud.restore(_OPENED[number])
        self.cloud.calls.clear()

    @contextmanager
    def running(self, *words: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """The script in the background, with a process group of its own; nothing of it is left afterwards."""
        process = subprocess.Popen(
            ["bash", "scripts/preview.sh", *words],
            cwd=self.root,
            env=self.environment | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill(process)

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes a file of the repository; the text must be there."""
        text = (self.root / path).read_text()
        assert old in text, f"{path} has no {old!r}"
        (self.root / path).write_text(text.replace(old, new))

    def serving(self, number: int) -> dict[str, set[str]]:
        """The versions of the healthy tasks of a preview, by service."""
        return {name: {v for v, _ in self.cloud.serving(f"pr-{number}-{name}")} for name in SERVICES}

    def record(self, number: int) -> Any:
        """What is on record of a preview."""
        return self.cloud.text(f"previews/{number}.json")

    def steps(self, number: int, step: str) -> list[str]:
        """Who started what ran once."""
        return [t["startedBy"] for t in self.cloud.tasks.values() if t["startedBy"].startswith(f"pr-{number}-{step}/")]

    def environments_own(self) -> Any:
        """What belongs to the environment itself, to be compared."""
        saved = self.cloud.saved()
        own = {name: one for name, one in saved["services"].items() if not name.startswith("pr-")}
        keep = ("taskDefinition", "desiredCount", "networkConfiguration", "loadBalancers")
        families = {r["family"] for r in saved["revisions"].values() if "-preview-" not in r["family"]}
        return {n: [s[k] for k in keep] for n, s in own.items()}, families, list(saved["rules"].values())[:1]


@pytest.fixture(scope="session")
def preview_tree() -> Tree:
    """The case, as the components of previews on ECS make it."""
    return generated.made_by(CASE, *COMPONENTS)


@pytest.fixture
def stage(preview_tree: Tree, tmp_path: Path) -> Iterator[Stage]:
    """A stage without previews; every call must be one that AWS and its CLI know."""
    cloud = PreviewCloud(ACCOUNT, ACCOUNT, "shop-dev", "dev")
    for name in SERVICES:
        cloud.add_service(name, public=name != "worker")
    for name in ("api", "worker"):
        cloud.add_secret(f"shop/preview/{name}")
    with staged(preview_tree, tmp_path, cloud) as made:
        yield made


@contextmanager
def staged(tree: Tree, tmp_path: Path, cloud: PreviewCloud) -> Iterator[Stage]:
    """A repository and the account in which its previews run."""
    root, tools = generated.write(tree, tmp_path / "repository"), tmp_path / "tools"
    tools.mkdir()
    (tmp_path / "home").mkdir()
    (tools / "aws").symlink_to(SUPPORT / "aws-call.sh")
    server = Server(cloud)
    with server.running() as address:
        yield Stage(root, cloud, server, _environment(tmp_path, tools, address) | {"CLUSTER_NAME": cloud.stack})
    assert server.invalid == []


def _environment(folder: Path, tools: Path, address: str) -> dict[str, str]:
    # https is not spoken here: curl is told so by its name.
    curl = tools / "curl"
    curl.write_text(
        "#!/usr/bin/env bash\n# Asks the double, which speaks no TLS.\n"
        'words=()\nfor word in "$@"; do words+=("${word/#https:/http:}"); done\n'
        f'exec {_which("curl")} "${{words[@]}}"\n'
    )
    curl.chmod(0o755)
    return {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "CI": "true",
        "AWS_CALL": f"http://{address}/",
        "FRONT_DOOR": address,
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_REGION": "us-east-1",
        "CLUSTER_NAME": "shop-dev",
        "REGISTRY": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com",
        # Looks follow each other at once; how many there are decides, not how long they take.
        "DEPLOY_POLL_SECONDS": "0.05",
        "PREVIEW_WAY_SECONDS": "2",
    }


def _which(tool: str) -> str:
    found = shutil.which(tool)
    assert found is not None
    return re.sub(r"[^\w./-]", "", found)
