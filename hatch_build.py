"""Puts `templates/` into the wheel as `generator/templates/`, without the components' tests."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TemplatesHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout reads ../templates directly
            return
        root = Path(self.root)
        for path in sorted((root / "templates").rglob("*")):
            inside = path.relative_to(root / "templates").parts
            if path.is_file() and "tests" not in inside[1:2] and "__pycache__" not in inside:
                build_data["force_include"][str(path)] = "/".join(("generator", "templates", *inside))
