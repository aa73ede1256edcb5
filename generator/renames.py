"""How template ids of the record are called now: by renamed services and environments, and across our versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import product

import yaml

from generator import places

FILE = "renames.yml"


@cache
def shipped() -> Mapping[str, str]:
    """Template id without its items -> what it became in a later version; chains are followed."""
    return yaml.safe_load((places.templates() / FILE).read_text(encoding="utf-8")) or {}


def renamed(
    old: Iterable[str],
    new: Iterable[str],
    names: Sequence[Mapping[str, str]],
    templates: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Old id -> new id, for those old ids that are not made any more and whose new name is, for the first time.

    An id is `component:from#item,item`; `names` are the items of each kind that were renamed. Of which kind an item is
    the id does not say: one name may stand for two, and what is made tells them apart. `templates` defaults to
    `shipped()`.
    """
    before, after = set(old), set(new)
    come = after - before
    moves = shipped() if templates is None else templates
    found: dict[str, str] = {}
    for template in before - after:
        base, hash_, items = template.partition("#")
        while base in moves:
            base = moves[base]
        called = product(*([item, *(kind.get(item, item) for kind in names)] for item in items.split(",")))
        candidates = (base + hash_ + ",".join(words) for words in called)
        if candidate := next((one for one in candidates if one in come), ""):
            found[template] = candidate
    return found
