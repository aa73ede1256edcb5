"""`update`, `status` and `diff` as a person at a terminal sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import places
from tests.cli.terminal import Terminal
from tests.cli.test_questionnaire import ENTER, through
from tests.update.shop import ANSWERS, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.generated(tmp_path / "shop", ANSWERS)


def test_the_questionnaire_with_the_present_answers_changes_nothing(shop: Shop) -> None:
    before = shop.read(places.ANSWERS_FILE)
    terminal = Terminal(["update", "--ask", "--no-check"], shop.root)
    through(terminal, also=("backup.retention_days", "previews.enabled"))
    terminal.send(ENTER)
    assert terminal.end() == 0
    assert "Nothing to do" in terminal.text
    assert shop.read(places.ANSWERS_FILE) == before


def test_an_answer_that_is_changed_in_the_questionnaire_changes_one_line_of_the_file(shop: Shop) -> None:
    before = shop.read(places.ANSWERS_FILE).splitlines()
    terminal = Terminal(["update", "--ask", "--no-check"], shop.root)
    through(terminal, answers={"project.description": ", open"}, also=("backup.retention_days", "previews.enabled"))
    terminal.send(ENTER)
    assert terminal.end() == 0
    after = shop.read(places.ANSWERS_FILE).splitlines()
    assert [line for line in after if line not in before] == [
        '  description: "Online shop, open"                  # One line on what the project is'
    ]
    assert "Updated" in terminal.text


def test_a_diff_has_colours_at_a_terminal_alone(shop: Shop) -> None:
    shop.append("scripts/deploy.sh", "# \x1b[31mmine\n")
    for environment, colour in (({"NO_COLOR": ""}, "green"), ({"NO_COLOR": "1"}, "default")):
        terminal = Terminal(["diff"], shop.root, **environment)
        assert terminal.end() == 0
        row = next(n for n, line in enumerate(terminal.screen.display) if line.startswith("+# "))
        assert terminal.screen.buffer[row][0].fg == colour
        assert "\\x1b[31mmine" in terminal.text, "what is in a file does not steer the terminal"


def test_without_a_terminal_nothing_is_asked(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.run("update", "--ask") == 2
    assert "--ask needs a terminal" in capsys.readouterr().err
