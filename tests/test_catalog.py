"""How components are found, and how their code is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import places
from generator.catalog import Component, Manifest, components
from generator.errors import BugError


def component(folder: Path, answer: int) -> Component:
    folder.mkdir(parents=True)
    (folder / "context.py").write_text("from .beside import ANSWER\n\n\ndef build():\n    return ANSWER\n")
    (folder / "beside.py").write_text(f"ANSWER = {answer}\n")
    return Component(folder, Manifest(id=folder.name, title="", summary=""))


def test_a_context_imports_the_modules_beside_it_and_no_others(tmp_path: Path) -> None:
    folders = ("with-a-hyphen", "with-another-hyphen", "elsewhere/with-a-hyphen")
    made = [component(tmp_path / folder, number) for number, folder in enumerate(folders)]
    assert [one.function("build")() for one in made] == [0, 1, 2]
    assert made[0].module is made[0].module


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("serves: {deployment.strategy: [recreate]}", "deployment.strategy cannot be recreate"),
        ("serves: {deployment.stategy: [rolling]}", "the contract has no key deployment.stategy"),
        ("when: {orchestration.platform: [ecs, nomad]}", "orchestration.platform cannot be nomad"),
        ('when: {previews.enabled: "true"}', "previews.enabled cannot be true"),
        ('when: {previews.enabled: true, "services[].gpu": any}', ""),
    ],
)
def test_a_manifest_asks_for_and_serves_what_the_contract_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, says: str
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/component.yml").write_text(f"id: one\ntitle: One\nsummary: One\n{line}\n")
    monkeypatch.setattr(places, "templates", lambda: tmp_path)
    if not says:
        assert [one.id for one in components.__wrapped__()] == ["one"]
        return
    with pytest.raises(BugError, match=f"^one/component.yml: {re.escape(says)}$"):
        components.__wrapped__()
