"""Where things lie: our own data, the user's cache, and the files we keep in a generated repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

ANSWERS_FILE: Final = "agency-scaffold.yml"
IGNORE: Final = ".agency-scaffold-ignore.yml"
"""What a person wrote of findings that are meant, where no comment can say so."""
STATE: Final = ".agency/scaffold"
LOCK: Final = f"{STATE}/lock"
PROPOSED: Final = f"{STATE}/proposed"
ORPHANED: Final = f"{STATE}/orphaned"
REPLACED: Final = f"{STATE}/replaced"
SCHEMA: Final = f"{STATE}/answers.schema.json"
TRANSACTION: Final = f"{STATE}/txn"
TODO: Final = f"{STATE}/todo.yml"

_PACKAGE: Final = Path(__file__).resolve().parent


def templates() -> Path:
    """The component folders: inside the package once installed, beside it in a checkout."""
    installed = _PACKAGE / "templates"
    return installed if installed.is_dir() else _PACKAGE.parent / "templates"


def cache() -> Path:
    """Our folder in the user's cache directory; it may not exist."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "agency-scaffold"
