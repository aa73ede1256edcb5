"""How a component's code is loaded."""

from __future__ import annotations

from pathlib import Path

from generator.catalog import Component, Manifest


def component(folder: Path, answer: int) -> Component:
    folder.mkdir()
    (folder / "context.py").write_text("from .beside import ANSWER\n\n\ndef build():\n    return ANSWER\n")
    (folder / "beside.py").write_text(f"ANSWER = {answer}\n")
    return Component(folder, Manifest(id=folder.name, title="", summary=""))


def test_a_context_imports_the_modules_beside_it_and_no_other_components(tmp_path: Path) -> None:
    first, second = component(tmp_path / "with-a-hyphen", 1), component(tmp_path / "with-another-hyphen", 2)
    assert [c.function("build")() for c in (first, second)] == [1, 2]
    assert first.module is first.module
