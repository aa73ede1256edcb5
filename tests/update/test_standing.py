"""What `diff` shows and `resolve` takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.update.shop import Shop
from tests.update.test_scenarios import DEPLOY, HPA


def test_diff_shows_the_edits_alone_of_a_file_whose_line_ends_were_turned(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.append(HPA, "# mine\n")
    shop.path(HPA).write_bytes(shop.path(HPA).read_bytes().replace(b"\n", b"\r\n"))
    assert shop.run("diff", HPA) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown[2:] if line[0] in "+-"] == ["+# mine"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_diff_says_of_what_cannot_be_compared_why(
    shop: Shop, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.append(HPA, "# mine\n")
    scripts = shop.path("scripts")
    scripts.rename(tmp_path / "elsewhere")
    if kind == "file":
        scripts.write_text("mine\n")
    else:
        scripts.symlink_to(tmp_path / "elsewhere")
    why = f"# {DEPLOY}: scripts is {'not a folder' if kind == 'file' else 'a symbolic link'}\n"
    assert shop.run("diff", DEPLOY) == 0
    assert capsys.readouterr().out == why
    for arguments in ((), (HPA, "scripts")):
        shop.run("diff", *arguments)
        shown = capsys.readouterr().out
        assert why in shown
        assert "+# mine\n" in shown


@pytest.mark.parametrize("folder", [".", "scripts", "scripts/"])
def test_resolve_takes_one_file(shop: Shop, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("resolve", folder, "--mine") == 3
    assert f"error: {folder} is a folder: resolve settles one file\n" in capsys.readouterr().err
