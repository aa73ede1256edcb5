"""Whole numbers as they stand in files."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"[0-9]{1,12}")


def whole(written: str) -> int | None:
    """A number of a few plain digits; None for anything else, however many digits it has."""
    return int(written) if _WHOLE.fullmatch(written) else None
