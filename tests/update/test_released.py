"""From every released version an update leads to what this version generates, and keeps what people did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator import blocks, places, record
from tests.update import projects
from tests.update.shop import Shop

RELEASED = Path(__file__).parent / "released"
EDITS: dict[str, dict[str, Any]] = json.loads((RELEASED / "edits.json").read_text())
LOCKS = sorted(RELEASED.glob("*/*.lock"))


def alive(lock: Path, root: Path) -> Shop:
    """The folder as that version wrote it."""
    entries = record.load(lock.read_text()).entries
    for path, entry in entries.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = entry.content
        if entry.kind == "block":
            content = f"# Title\n\n{blocks.wrap(path, content.decode())}".encode()
        target.write_bytes(content)
        target.chmod(0o755 if entry.executable else 0o644)
    (root / places.LOCK).write_bytes(lock.read_bytes())
    return Shop(root)


def edit(shop: Shop) -> None:
    for path, what in EDITS.items():
        target = shop.path(path)
        if what.get("delete"):
            target.unlink()
            continue
        content = what.get("prepend", "").encode() + target.read_bytes() + what.get("append", "").encode()
        target.write_bytes(content.replace(b"\n", b"\r\n") if what.get("crlf") else content)


def test_there_is_a_released_version() -> None:
    assert {lock.stem for lock in LOCKS} == {"kubernetes", "ecs"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: f"{lock.parent.name}-{lock.stem}")
def test_an_update_keeps_the_edits_and_brings_the_rest_up_to_date(lock: Path, tmp_path: Path) -> None:
    shop = alive(lock, tmp_path / "shop")
    edit(shop)
    written = projects.tokens(shop.root)
    assert len(written) == 6
    shop.update()
    assert shop.code == 0, shop.report["totals"]
    assert projects.tokens(shop.root) == written
    assert not shop.path(".yamllint.yml").exists()
    fresh = Shop.generated(tmp_path / "fresh", shop.read(places.ANSWERS_FILE))
    ours, theirs = projects.disk(shop.root), projects.disk(fresh.root)
    blocks_ = {path for path, entry in shop.record().entries.items() if entry.kind == "block"}
    different = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}
    assert different - {places.LOCK} - blocks_ <= EDITS.keys()
    assert b"\n" not in shop.path("scaffold.mk").read_bytes().replace(b"\r\n", b"")
    assert shop.unchanged()
