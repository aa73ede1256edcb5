"""Quantities and durations as Kubernetes writes them."""

from __future__ import annotations

import re
from typing import Final

_QUANTITY: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(m|[kKMGTPE]i?)?")
_POWERS: Final = "kMGTPE"


def quantity(text: str) -> float | None:
    """`500m`, `0.5` or `512Mi` as a number; None for anything else."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        return None
    unit = match[2] or ""
    if unit == "m":
        return float(match[1]) / 1000
    power = _POWERS.find(unit[0].replace("K", "k")) + 1 if unit else 0
    return float(match[1]) * float((1024 if unit.endswith("i") else 1000) ** power)
