"""The programs on this computer: where they are looked for, and what keeps them off the network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NOWHERE: Final = "http://127.0.0.1:9"
"""A port at which nothing listens."""
OFFLINE: Final[Mapping[str, str]] = {
    **{name: _NOWHERE for one in ("http", "https", "all") for name in (f"{one}_proxy", f"{one.upper()}_PROXY")},
    "no_proxy": "",
    "NO_PROXY": "",
    # Modules and policies come by git, too.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_TERMINAL_PROMPT": "0",
    "CHECKPOINT_DISABLE": "1",
    "TFLINT_DISABLE_VERSION_CHECK": "1",
    "TRIVY_SKIP_VERSION_CHECK": "true",
    "TRIVY_DISABLE_TELEMETRY": "true",
}
"""What keeps programs from downloading anything, whatever the files that they read name: the network leads nowhere."""
PLAIN: Final[Mapping[str, str]] = {"NO_COLOR": "1", "CI": "true"}
"""Neither colours nor questions."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program and how to get it."""

    binary: str
    install: str
    """How to get it, in one line."""
    version: tuple[str, ...] = ("--version",)
    """The arguments with which it tells its version."""


def find(binary: str) -> str:
    """The path of a binary: on PATH, else beside this Python; "" where there is none."""
    beside = Path(sys.executable).parent / binary
    return shutil.which(binary) or (str(beside) if beside.is_file() and os.access(beside, os.X_OK) else "")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment in which programs run, with what one command needs besides."""
    return {**os.environ, **PLAIN, **OFFLINE, **more}
