"""How a component's code is loaded."""

from __future__ import annotations

from pathlib import Path

from generator.catalog import Component, Manifest


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
