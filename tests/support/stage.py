"""Where the stories of the scripts take place: a generated repository, and what its scripts are told of the world."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

from generator.parts import Runbook
from generator.tree import Tree
from tests.support import generated
from tests.support.ecs_double import Cloud
from tests.support.ecs_server import Server

SUPPORT = generated.TESTS / "support"
LONGEST: Final = 900
"""Seconds after which a script is ended: more than what any story allows it, so that the story says so itself."""
_Account = TypeVar("_Account", bound=Cloud)


@dataclass(frozen=True)
class Scripts:
    """A generated repository and the environment of its scripts."""

    root: Path
    environment: dict[str, str]

    def script(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a script of the repository to its end."""
        return subprocess.run(
            ["bash", *command],
            check=False,
            cwd=self.root,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            stdin=subprocess.DEVNULL,
        )

    @contextmanager
    def running(self, *command: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """A script in the background, with a process group of its own; nothing of it is left afterwards."""
        process = subprocess.Popen(
            ["bash", *command],
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

    def listed(self, case: Path, before: str = "", **variables: str) -> list[list[str]]:
        """What the runbook's command prints of the releases there were, word by word: when, which, how it stands, by whom and why."""
        sections = generated.planned(case).parts.of(Runbook)
        (section,) = (one for one in sections if one.title == "Which releases there were")
        done = self.script("-c", before + section.steps[0][1], **variables)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes a file of the repository; the text must be there."""
        text = (self.root / path).read_text()
        assert old in text, f"{path} has no {old!r}"
        (self.root / path).write_text(text.replace(old, new))


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 for a script and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class AccountStage(Scripts, Generic[_Account]):
    """A generated repository, and an account of AWS that is a double."""

    cloud: _Account
    server: Server

    @classmethod
    @contextmanager
    def of(cls, tree: Tree, folder: Path, cloud: _Account, **variables: str) -> Iterator[Self]:
        """The repository, with an `aws` that asks the double; every call must be one that AWS and its CLI know."""
        root, tools = generated.write(tree, folder / "repository"), folder / "tools"
        tools.mkdir()
        (folder / "home").mkdir()
        (tools / "aws").symlink_to(SUPPORT / "aws-call.sh")
        server = Server(cloud)
        with server.running() as address:
            yield cls(root, _known(cloud, folder, tools) | _ways(address) | variables, cloud, server)
        assert server.invalid == []


def _known(cloud: Cloud, folder: Path, tools: Path) -> dict[str, str]:
    """What CI knows of an account."""
    return {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder),
        "CI": "true",
        "AWS_ACCOUNT_ID": cloud.account,
        "AWS_REGION": cloud.region,
        "CLUSTER_NAME": cloud.stack,
        "REGISTRY": f"{cloud.registry}.dkr.ecr.{cloud.region}.amazonaws.com",
        # Looks follow each other at once; how many there are decides, not how long they take.
        "DEPLOY_POLL_SECONDS": "0.05",
    }


def _ways(address: str) -> dict[str, str]:
    """Everything that the scripts ask is the double."""
    return {"AWS_CALL": f"http://{address}/", "AWS_ENDPOINT_URL_AMP": f"http://{address}", "FRONT_DOOR": address}
