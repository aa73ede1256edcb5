"""Reads the recorded schemas of `generator/data/`, each once and only when something needs it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent.parent / "data"


@cache
def load(name: str) -> Any:
    """The JSON file `name` of the data folder."""
    return json.loads((FOLDER / name).read_bytes())


def exists(name: str) -> bool:
    """Whether the data folder has such a file."""
    return (FOLDER / name).is_file()
