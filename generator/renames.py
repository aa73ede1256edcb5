"""How template ids of the record are called now: by renamed services and environments, and across our versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import yaml

from generator import places

FILE = "renames.yml"


@cache
def shipped() -> Mapping[str, str]:
    """Template id without its items -> what it became in a later version; chains are followed."""
    return yaml.safe_load((places.templates() / FILE).read_text(encoding="utf-8")) or {}


def renamed(
    old: Iterable[str], new: Iterable[str], names: Mapping[str, str], templates: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Old id -> new id, for those old ids that are not made any more and whose new name is.

    An id is `component:from#item,item`; `names` are the items that were renamed, `templates` defaults to `shipped()`.
    """
    made = set(new)
    moves = shipped() if templates is None else templates
    found: dict[str, str] = {}
    for template in set(old) - made:
        base, hash_, items = template.partition("#")
        while base in moves:
            base = moves[base]
        candidates = (f"{base}{hash_}{items}", base + hash_ + ",".join(names.get(i, i) for i in items.split(",")))
        if candidate := next((one for one in candidates if one in made), ""):
            found[template] = candidate
    return found
