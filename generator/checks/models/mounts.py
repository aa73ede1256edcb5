"""What programs in containers read, as their arguments and configurations name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.formats.yaml import Node

ARGUMENT: Final = re.compile(r"--?[\w.-]*(?:config|file)[\w.-]*=(/[\w./-]+)")
"""An argument that names a file to read."""
SHELLS: Final = ("sh", "bash", "ash")
"""Programs whose arguments are commands of others."""


def named(root: Node) -> Iterator[str]:
    """The files that a configuration names as `..._file` and in `rule_files`, in order and each once."""
    values = ((key, node.at(key)) for node in root.walk() for key in node.map)
    nodes = (
        one for key, value in values if key.endswith("_file") or key == "rule_files" for one in (value.items or [value])
    )
    yield from dict.fromkeys(one.text for one in nodes if one.text.startswith("/"))


def is_below(path: str, mounts: Iterable[str]) -> bool:
    """Whether a path is one of the mounts, or lies in one."""
    return any(path == mount or path.startswith(f"{mount.rstrip('/')}/") for mount in mounts)
