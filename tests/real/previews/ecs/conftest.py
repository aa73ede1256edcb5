"""A generated repository and the first environment's account as a double, for the stories of previews on ECS."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generator.tree import Tree
from tests.real.conftest import ACCOUNT, SERVICES, images
from tests.support import generated
from tests.support.ecs_previews import PreviewCloud
from tests.support.stage import AccountStage

CASE = generated.TEMPLATES / "ecs/tests/cases/example.yml"
COMPONENTS = ("aws", "ecs", "ecs-jobs", "ecs-previews", "ecs-rolling", "ecs-services", "previews", "release", "scripts")
HOSTS = {"web": "pr-{}-web.preview.shop.acme.dev", "api": "pr-{}-api.preview.shop.acme.dev"}
_OPENED: dict[int, dict[str, Any]] = {}
"""What `up` of version 1 made, by number: once per process, since it takes seconds."""


@dataclass(frozen=True)
class Stage(AccountStage[PreviewCloud]):
    """The environment whose previews these are."""

    def preview(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs scripts/preview.sh to its end."""
        return self.script("scripts/preview.sh", *words, **variables)

    @staticmethod
    def arguments(number: int, version: int) -> list[str]:
        """A command line of `up`."""
        named = " ".join(f"{name}={one}" for name, one in images(version).items())
        return ["scripts/preview.sh", "up", "--number", str(number), "--version", f"v{version}", "--images", named]

    def up(self, number: int, version: int, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Opens or updates a preview with the images of a version."""
        return self.script(*self.arguments(number, version), *more, **variables)

    def opened(self, number: int) -> None:
        """A preview that serves version 1, to start a story from; nothing else is there."""
        if number not in _OPENED:
            done = self.up(number, 1)
            assert done.returncode == 0, done.stderr
            _OPENED[number] = self.cloud.saved()
        self.cloud.restore(_OPENED[number])
        self.cloud.calls.clear()

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
    with Stage.of(tree, tmp_path, cloud, PREVIEW_WAY_SECONDS="2") as made:
        _plain(tmp_path / "tools/curl")
        yield made


def _plain(curl: Path) -> None:
    """Asks the double, which speaks no TLS: curl is told so by its name."""
    curl.write_text(
        "#!/usr/bin/env bash\n# Asks the double, which speaks no TLS.\n"
        'words=()\nfor word in "$@"; do words+=("${word/#https:/http:}"); done\n'
        f'exec {_which("curl")} "${{words[@]}}"\n'
    )
    curl.chmod(0o755)


def _which(tool: str) -> str:
    found = shutil.which(tool)
    assert found is not None
    return re.sub(r"[^\w./-]", "", found)
