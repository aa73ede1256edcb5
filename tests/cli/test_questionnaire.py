"""The questionnaire on a real pseudo-terminal, 80 columns wide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator.answers.keys import by_name, keys
from generator.questionnaire import ASKED, merged, service_words
from tests.cli.terminal import Terminal

ENTER, DOWN, CTRL_C = "\r", "\x1b[B", "\x03"
UNASKED = {"deployment.canary_steps", "deployment.canary_minutes", "backup.retention_days"}
"""Made pointless by the default answers."""
USUAL = [key for key in ASKED if key not in UNASKED]


def help_of(key: str) -> str:
    text = "name:kind:language:port" if key == "services" else by_name()[key].help
    return re.escape(text[:60])


def ready(terminal: Terminal, key: str) -> None:
    """Waits until a question is drawn and takes keys."""
    terminal.wait(help_of(key))


def through(
    terminal: Terminal, *, until: str = "", answers: dict[str, str] | None = None, also: tuple[str, ...] = ()
) -> None:
    """Takes every default but for `answers` (keys to send), up to the question `until`."""
    for key in ASKED:
        if key in UNASKED and key not in also:
            continue
        ready(terminal, key)
        if key == until:
            return
        terminal.send((answers or {}).get(key, "") + ENTER)
    terminal.wait("What next")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/main.py").write_text("pass\n")
    return tmp_path


def state(root: Path) -> dict[str, bytes | None]:
    return {p.relative_to(root).as_posix(): p.read_bytes() if p.is_file() else None for p in root.rglob("*")}


def test_defaults_then_write(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place)
    through(terminal)
    assert "dev -> staging -> prod" in terminal.text
    terminal.send(ENTER)
    assert terminal.end() == 0, terminal.text
    made = yaml.safe_load((place / "shop/agency-scaffold.yml").read_text())
    assert made["project"]["name"] == "shop"
    assert (place / "shop/main.py").read_text() == "pass\n"


def test_quit_at_the_summary_writes_nothing(place: Path) -> None:
    before = state(place)
    terminal = Terminal(["new", "shop"], place)
    through(terminal)
    terminal.send(DOWN + DOWN + ENTER)
    assert terminal.end() == 130
    assert state(place) == before
    assert "nothing was written" in terminal.text


@pytest.mark.parametrize("key", [*USUAL[::4], "What next"])
def test_ctrl_c_writes_nothing(place: Path, key: str) -> None:
    before = state(place)
    terminal = Terminal(["new", "shop"], place)
    through(terminal, until=key)
    terminal.send(CTRL_C)
    assert terminal.end() == 130
    assert state(place) == before


@pytest.mark.slow
@pytest.mark.parametrize("key", USUAL)
def test_ctrl_c_at_any_question_writes_nothing(place: Path, key: str) -> None:
    test_ctrl_c_writes_nothing(place, key)


def test_ci_is_never_asked_although_it_has_a_terminal(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place, CI="true")
    assert terminal.end() == 3
    assert "project.name: is missing and has no default" in terminal.text
    assert "--set project.name=VALUE" in terminal.text


def test_an_invalid_answer_is_refused_at_its_question(place: Path) -> None:
    terminal = Terminal(["new", "shop"], place)
    ready(terminal, "project.name")
    terminal.send("-BAD" + ENTER)
    terminal.wait("at most 63 characters")
    assert "One line on what the project is" not in terminal.text
    terminal.send(CTRL_C)
    assert terminal.end() == 130


def test_choices_that_are_not_served_are_shown_as_such(place: Path) -> None:
    terminal = Terminal(["new", "shop"], place)
    through(terminal, until="cloud.provider")
    terminal.wait("gcp")
    assert re.search(r"- gcp \(not served yet\)", terminal.text)
    terminal.send(CTRL_C)
    terminal.end()


def test_a_question_appears_when_an_answer_gives_it_a_point(place: Path) -> None:
    terminal = Terminal(["new", "shop"], place)
    through(terminal, answers={"data.database": DOWN}, also=("backup.retention_days",))
    assert "database postgres" in terminal.text
    terminal.send(CTRL_C)
    terminal.end()


def test_change_asks_again_with_the_answers_as_defaults(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place)
    through(terminal, answers={"project.description": "Sells things"})
    terminal.send(DOWN + ENTER)
    terminal.wait(r"(?s)What next.*DNS label")
    terminal.screen.reset()
    terminal.send(ENTER)
    terminal.wait("Sells things")
    terminal.send(CTRL_C)
    assert terminal.end() == 130


def test_settings_of_the_users_own_copier_change_nothing(place: Path) -> None:
    settings = place / "config/copier/settings.yml"
    settings.parent.mkdir(parents=True)
    settings.write_text("defaults: {project_name: evil, cloud_region: eu-west-1}\n")
    terminal = Terminal(
        ["new", "shop", "--no-check"], place, XDG_CONFIG_HOME=str(place / "config"), COPIER_SETTINGS_PATH=str(settings)
    )
    through(terminal)
    assert "evil" not in terminal.text
    assert "us-east-1" in terminal.text
    terminal.send(CTRL_C)
    terminal.end()


def test_every_help_text_fits_on_a_line() -> None:
    assert [k.name for k in keys() if len(k.help) >= 70] == []


def test_services_keep_their_details() -> None:
    before = {"services": [{"name": "web", "kind": "web", "port": 3000, "env": {"A": "1"}}, {"name": "old"}]}
    line = service_words(before["services"])
    assert line == "web:web::3000, old"
    after = merged(before, {"services": "web:web:node:3000, new:worker"})
    assert after["services"] == [
        {"name": "web", "kind": "web", "port": 3000, "env": {"A": "1"}, "language": "node"},
        {"name": "new", "kind": "worker"},
    ]
