"""The questionnaire on a real pseudo-terminal, 80 columns wide."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers import Answers
from generator.answers.keys import by_name, keys
from generator.answers.read import convert
from generator.answers.usual import REGIONS
from generator.questionnaire import _answered, _slug, opening, summary
from generator.questions import (
    ASKED,
    RULES,
    Callbacks,
    _rule,
    merged,
    offered,
    question,
    refusal,
    service_words,
    without,
)
from generator.served import settle
from tests.cli.terminal import COLUMNS, Terminal

ROOT = Path(__file__).resolve().parents[2]
ENTER, DOWN, SPACE, BACKSPACE, CTRL_C, CTRL_D = "\r", "\x1b[B", " ", "\x7f", "\x03", "\x04"
UNASKED = {"deployment.canary_steps", "deployment.canary_minutes", "backup.retention_days", "previews.enabled"}
"""Made pointless by the default answers."""
USUAL = [key for key in ASKED if key not in UNASKED]
COPIER = yaml.safe_load((ROOT / "templates/questionnaire/copier.yml").read_text())
SHOP = {"project": {"name": "shop"}}


def help_of(key: str) -> str:
    return re.escape(ASKED[key].splitlines()[0])


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


def test_the_end_of_the_input_writes_nothing(place: Path) -> None:
    before = state(place)
    terminal = Terminal(["new", "shop"], place)
    through(terminal, until="project.description")  # whose line is empty: elsewhere the key deletes a letter
    terminal.send(CTRL_D)
    assert terminal.end() == 130, terminal.text
    assert "nothing was written" in terminal.text
    assert not re.search("Interactive session|--data", terminal.text)
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


WRONG = [
    "cloud.provider=gcp",
    "cloud.provider=asw",
    "cloud.region=frankfurt",
    "project.name=My_Shop",
    "project.name=",
    "slo.availability=50",
    "monitoring.channels=teams",
    "previews.enabled=true",
    "orchestration.platform=vm",
    "data.cdn=true",
    "services=web:web:pyton",
    "environments=Dev",
]


@pytest.mark.parametrize("setting", WRONG)
def test_a_wrong_setting_is_refused_before_the_first_question(place: Path, setting: str) -> None:
    name = [] if setting.startswith("project.name") else ["--set", "project.name=shop"]
    words = ["new", "shop", *name, "--set", setting]
    asked = Terminal(words, place)
    assert asked.end() == 3, asked.text
    unasked = Terminal(words, place, CI="true")
    assert unasked.end() == 3
    assert asked.text == unasked.text
    assert f"{setting.partition('=')[0].partition('.')[0]}" in asked.text
    assert not re.search("Traceback|bug of agency-scaffold|questions", asked.text)


def test_only_what_is_wrong_is_named_where_the_name_will_be_asked(tmp_path: Path) -> None:
    for folder in ("shop", "2024"):
        terminal = Terminal(["new", folder, "--set", "environments=Dev"], tmp_path)
        assert terminal.end() == 3
        assert "refused: 1 problem (--set)\n" in terminal.text
        assert "environments[0]" in terminal.text


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("shop", "shop"), ("My Shop", "my-shop"), ("my--shop_", "my-shop"), ("2024-shop", "shop"), ("2024", ""),
        ("Größe", "gr-e"), ("x" * 62 + "-y", "x" * 62),
    ],
)  # fmt: skip
def test_the_name_that_is_offered_is_valid(folder: str, name: str) -> None:
    assert _slug(Path("/work") / folder) == name
    assert not name or not refusal("project.name", {}, {"project.name": name})


def prefix(key: str) -> str:
    """What Copier puts before a message; the tests with a terminal see both."""
    return f"Validation error for question '{question(key)}': "


@pytest.mark.parametrize("key", [key for key in ASKED if "validator" in COPIER[question(key)]])
def test_every_message_fits_on_the_screen(key: str) -> None:
    assert COPIER[question(key)]["validator"] == f"{{{{ refusal('{key}') }}}}"
    region = max((r for regions in REGIONS.values() for r in regions), key=len)
    parts = [k for k in {**by_name(), **RULES} if k == key or k.startswith(f"{key}[]")]
    messages = [_rule(part).format(nearest=region) for part in parts]
    if key == "services":
        messages += [refusal(key, SHOP, {key: text}) for text in ("web:x", "web:web:x")]
    assert messages
    assert {m: len(prefix(key) + m) for m in messages if len(prefix(key) + m) > COLUMNS} == {}
    assert key in RULES or not _rule(key).endswith("does not go with this")


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("project.name", "-BAD", "a-z, 0-9, -; a-z first; at most 63"),
        ("project.name", "", "a-z, 0-9, -; a-z first; at most 63"),
        ("project.description", "x" * 201, "at most 200, no secrets"),
        ("project.description", "see postgres://shop:hunter2hunter2@db", "at most 200, no secrets"),
        ("project.repository", "acme", "org/name, or empty"),
        ("project.domain", "shop", "as shop.example.org, or empty"),
        ("services", "web:web:pyton", "language: perhaps python"),
        ("services", "web:web:c#", "language: perhaps dotnet"),
        ("services", "web:web:static", "language: one of those above"),
        ("services", "web:wbe", "kind: perhaps web"),
        ("services", "web, tick:model:go", "kind: one of those above"),
        ("services", "web, tick:job:go", "as tick:job:go:0 3 * * *"),
        ("services", "web, tick:job:go:0 24 * * *", "as tick:job:go:0 0 * * *"),
        ("services", "web, tick:job:go:daily", "as tick:job:go:0 3 * * *"),
        ("services", "tick:job:go:0 3 * * *", "kind: one must not be a job"),
        ("services", "web:web:go:80", "port: 1024 to 65535"),
        ("services", "web:web:go:http", "1 to 30 of name:kind:language:port"),
        ("services", "web:web:go:8080:x", "1 to 30 of name:kind:language:port"),
        ("services", " ", "1 to 30 of name:kind:language:port"),
        ("services", "web, api, web", "name: unique, a-z, 0-9, -, at most 30"),
        ("services", ":web:go", "name: unique, a-z, 0-9, -, at most 30"),
        ("cloud.region", "eu-centrl-1", "such as eu-central-1"),
        ("deployment.canary_steps", "50, 10", "such as 10,50,100"),
        ("deployment.canary_steps", "10%, 50%, 100%", "such as 10,50,100"),
        ("deployment.canary_steps", "10 25 100", "such as 10,25,100"),
        ("deployment.canary_steps", "[10, 25, 100]", "such as 10,25,100"),
        ("deployment.canary_steps", ", ".join(map(str, range(40, 0, -1))), "rising, the last 100"),
        ("deployment.canary_steps", "half", "rising, the last 100"),
        ("deployment.canary_steps", "0, 100", "each 1 to 100"),
        ("deployment.canary_minutes", "0", "whole, 1 to 1440"),
        ("environments", "dev, dev", "1 to 8 names, each once"),
        ("environments", "", "1 to 8 names, each once"),
        ("environments", "Dev", "each a-z, 0-9, -; at most 20"),
        ("backup.retention_days", "1.5", "whole, 1 to 35"),
        ("slo.availability", "100", "90 to below 100"),
        ("slo.availability", "much", "90 to below 100"),
        ("monitoring.channels", [], "at least one"),
        ("cost.monthly_budget_usd", "1e3", "whole, 1 to 10000000"),
    ],
)
def test_what_a_wrong_answer_is_told(key: str, text: str, message: str) -> None:
    assert refusal(key, SHOP, {key: text}) == message


ECS = {"orchestration.platform": "ecs", "deployment.strategy": "canary"}
ARGO = {
    "orchestration.platform": "kubernetes",
    "orchestration.delivery": "argo-rollouts",
    "deployment.strategy": "canary",
}


@pytest.mark.parametrize(
    ("before", "key", "text", "message"),
    [
        (ECS, "deployment.canary_steps", "30, 60, 100", "such as 30,60,90,100"),
        (ECS, "deployment.canary_steps", "10, 25, 50, 100", "such as 10,100"),
        (ECS, "deployment.canary_steps", "30, 60, 90, 100", ""),
        (ECS, "deployment.canary_steps", "10%, 50%, 100%", "such as 10,100"),
        (ECS | {"deployment.canary_steps": "25,50,75,100"}, "deployment.canary_minutes", "31", "such as 30"),
        (ECS | {"deployment.canary_steps": "25,50,75,100"}, "deployment.canary_minutes", "1000", "such as 285"),
        (ECS | {"deployment.canary_steps": "25,50,75,100"}, "deployment.canary_minutes", "285", ""),
        (ARGO, "deployment.canary_steps", "30, 60, 100", ""),
        (ARGO | {"deployment.canary_steps": "5,10,20,100"}, "deployment.canary_minutes", "1", "such as 3"),
        (ARGO | {"deployment.canary_steps": "5,10,20,100"}, "deployment.canary_minutes", "291", "such as 290"),
        ({"deployment.strategy": "canary"}, "deployment.canary_minutes", "300", "such as 275"),
        ({"deployment.strategy": "rolling"}, "deployment.canary_minutes", "300", ""),
    ],
)
def test_what_nobody_can_carry_out_is_refused_at_its_question(
    before: dict[str, str], key: str, text: str, message: str
) -> None:
    assert refusal(key, SHOP, before | {key: text}) == message
    if message:
        near = message.removeprefix("such as ")
        assert refusal(key, SHOP, before | {key: near}) == ""
        settled, fallbacks = settle(merged(SHOP, before | {key: near}))
        assert near == ",".join(str(n) for n in by_part(settled, key))
        assert not [f for f in fallbacks if f.key == key]


def by_part(answers: Answers, key: str) -> list[int]:
    value = getattr(answers.deployment, key.partition(".")[2])
    return list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(
    ("given", "before", "key", "shown"),
    [
        ({}, {"deployment.strategy": "canary"}, "deployment.canary_steps", "10, 25, 50, 100"),
        ({}, ECS, "deployment.canary_steps", "10, 100"),
        ({"canary_steps": [30, 60, 100]}, ECS, "deployment.canary_steps", "30, 60, 90, 100"),
        ({"canary_steps": [30, 60, 100]}, ARGO, "deployment.canary_steps", "30, 60, 100"),
        ({}, ECS | {"deployment.canary_steps": "20,40,60,80,100"}, "deployment.canary_minutes", "32"),
        ({"canary_minutes": 45}, ECS | {"deployment.canary_steps": "10,100"}, "deployment.canary_minutes", "45"),
        ({"canary_minutes": 1}, ARGO | {"deployment.canary_steps": "5,50,100"}, "deployment.canary_minutes", "2"),
        ({"bake_minutes": 60, "canary_minutes": 290}, ARGO, "deployment.canary_minutes", "240"),
    ],
)
def test_what_stands_in_a_question_can_be_had(
    given: dict[str, Any], before: dict[str, str], key: str, shown: str
) -> None:
    raw = {**SHOP, "deployment": given}
    assert offered(key, raw, before) == shown
    assert refusal(key, raw, before | {key: shown}) == ""


def test_a_choice_without_a_point_any_more_goes() -> None:
    raw = {**SHOP, "orchestration": {"delivery": "argo-rollouts"}}
    assert settle(merged(raw, {"orchestration.platform": "kubernetes"}))[0].orchestration.delivery == "argo-rollouts"
    assert settle(merged(raw, {"orchestration.platform": "ecs"}))[0].orchestration.delivery == "native"
    assert raw["orchestration"] == {"delivery": "argo-rollouts"}
    # What was given and not asked for is refused, as ever.
    assert merged({**raw, "orchestration": {"platform": "ecs", "delivery": "argo-rollouts"}}, {"project.name": "x"})[
        "orchestration"
    ] == {"platform": "ecs", "delivery": "argo-rollouts"}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("project.name", " shop2-a "), ("project.owner", "@acme/shop"), ("services", "web:web:node:3000, jobs:worker"),
        ("services", "a:job:go:0 8,18 * * mon,thu, web,b:job::*/5 * * * *"),
        ("environments", "dev,prod"), ("slo.availability", "99.95"), ("cloud.region", "eu-west-1"),
        ("project.description", ""), ("cost.monthly_budget_usd", "1"), ("monitoring.channels", ["email"]),
    ],
)  # fmt: skip
def test_what_is_right_is_taken(key: str, text: str) -> None:
    assert refusal(key, SHOP, {key: text}) == ""
    settle(merged(SHOP, {key: text}))


@pytest.mark.parametrize(
    ("key", "keys_sent", "message"),
    [
        ("project.name", "-BAD", "a-z, 0-9, -; a-z first; at most 63"),
        ("services", ", jobs:worker:pyton", "language: perhaps python"),
        ("cloud.region", "x", "such as us-east-1"),
        ("monitoring.channels", SPACE + (DOWN + SPACE) * 2, "at least one"),
        ("cost.monthly_budget_usd", BACKSPACE * 3, "whole, 1 to 10000000"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_question_in_full(place: Path, key: str, keys_sent: str, message: str) -> None:
    terminal = Terminal(["new", "shop"], place)
    through(terminal, until=key)
    terminal.send(keys_sent + ENTER)
    terminal.wait(re.escape(prefix(key) + message) + "$")
    following = next((k for k in USUAL[USUAL.index(key) + 1 :]), None)
    assert not re.search(help_of(following) if following else "Summary", terminal.text)
    terminal.send(CTRL_C)
    assert terminal.end() == 130


def test_every_question_fits_and_is_one() -> None:
    for key, text in ASKED.items():
        made = COPIER[question(key)]
        first, *more = made["help"].splitlines()
        assert text.splitlines()[0] == first
        assert "?" in first
        for line in (f"{made['qmark']} {first}", *more):
            assert len(line) <= COLUMNS, line
    assert COPIER["services"]["help"].splitlines()[1:] == [
        "   a job has a cron line for a port: tick:job:go:0 3 * * *",
        "   kinds: web, worker, job",
        "   languages: python, node, go, java, dotnet, ruby, rust, other",
    ]


def test_the_opening_says_how_to_answer(place: Path) -> None:
    terminal = Terminal(["new", "shop"], place)
    ready(terminal, "project.name")
    said = terminal.text[: terminal.text.index("[Project]")]
    assert f"About {len(USUAL)} questions" in said
    for words in (
        "Enter takes what is shown",
        "Ctrl-C ends and writes nothing",
        "can change every answer",
        "the folder's",
    ):
        assert words in said
    terminal.send(CTRL_C)
    terminal.end()
    assert f"About {len(USUAL) + 1} questions" in opening(settle({**SHOP, "data": {"database": "mysql"}})[0])


def test_what_was_given_is_offered_or_kept_where_its_question_has_no_point(place: Path) -> None:
    given = (
        "backup.retention_days=14",
        "slo.availability=99.5",
        "environments=dev,live",
        "services=web,jobs:worker:go",
    )
    terminal = Terminal(["new", "shop", "--no-check", *(word for one in given for word in ("--set", one))], place)
    through(terminal)
    assert re.search(r"(?m)^ +web, jobs:worker:go$", terminal.text)
    terminal.send(ENTER)
    assert terminal.end() == 0, terminal.text
    made = yaml.safe_load((place / "shop/agency-scaffold.yml").read_text())
    assert made["backup"]["retention_days"] == 14
    assert made["slo"]["availability"] == 99.5
    assert made["environments"] == ["dev", "live"]


def test_a_name_that_was_given_is_not_said_to_be_the_folders(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--set", "project.name=other"], place)
    ready(terminal, "project.name")
    assert "folder" not in terminal.text
    terminal.send(CTRL_C)
    terminal.end()


def test_choices_that_are_not_served_are_shown_as_such(place: Path) -> None:
    """The cursor stands on one that is served, the others say that they are not, and no key reaches them."""
    terminal = Terminal(["new", "shop"], place)
    for key in USUAL:
        ready(terminal, key)
        made = COPIER[question(key)]
        if made.get("choices") and not made.get("multiselect"):
            for label, choice in made["choices"]:
                shown = (
                    f"- {label} \\(not served yet\\)"
                    if choice.get("validator") == "not served yet"
                    else f"[» ] {label}$"
                )
                terminal.wait(rf"(?m)^ +{shown}")
            cursor = re.search(r"(?m)^ *» (\S+)$", terminal.text)
            assert cursor, terminal.text
            served = [label for label, choice in made["choices"] if choice.get("validator") != "not served yet"]
            assert served.count(cursor[1]) == 1
        terminal.send(ENTER)
    terminal.wait("What next")
    terminal.send(CTRL_C)
    terminal.end()


def test_a_platform_that_does_not_serve_the_services_cannot_be_chosen() -> None:
    job = {"services": "web, tick:job:go:0 3 * * *"}
    assert without("ecs", SHOP, job) == without("kubernetes", SHOP, job) == ""
    assert without("ecs", SHOP, {"services": "web, guess:model"}) == "no model yet"


def test_a_question_appears_when_an_answer_gives_it_a_point(place: Path) -> None:
    terminal = Terminal(["new", "shop"], place)
    through(terminal, answers={"data.database": DOWN}, also=("backup.retention_days",))
    assert re.search("database +postgres, backups kept 30 days", terminal.text)
    terminal.send(CTRL_C)
    terminal.end()


TITLES = list(dict.fromkeys(COPIER[question(key)]["qmark"].strip("[]") for key in USUAL))


def change(terminal: Terminal, title: str) -> None:
    """Chooses what is to be changed."""
    terminal.send(DOWN + ENTER)
    terminal.wait("(?s)Which answers.*Everything")
    terminal.screen.reset()
    terminal.send(DOWN * [*TITLES, "Everything"].index(title) + ENTER)


def test_change_asks_one_group_again_and_what_only_now_has_a_point(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place)
    through(terminal, answers={"project.description": "Sells things", "cost.monthly_budget_usd": "0"})
    change(terminal, "Data stores")
    ready(terminal, "data.database")
    terminal.send(DOWN + ENTER)
    ready(terminal, "backup.retention_days")
    terminal.send(BACKSPACE * 2 + "7" + ENTER)
    terminal.wait("What next")
    assert len(re.findall(r"(?m)^\[", terminal.text)) == 2, terminal.text
    terminal.send(ENTER)
    assert terminal.end() == 0, terminal.text
    made = yaml.safe_load((place / "shop/agency-scaffold.yml").read_text())
    assert made["project"]["description"] == "Sells things"
    assert made["data"]["database"] == "postgres"
    assert made["backup"]["retention_days"] == 7
    assert made["cost"]["monthly_budget_usd"] == 5000


def test_previews_that_were_given_go_with_what_they_need() -> None:
    raw = {**SHOP, "project": {"name": "shop", "domain": "shop.example.org"}, "previews": {"enabled": True}}
    asked = {"project.name": "shop", "environments": "dev, prod"}
    assert settle(_answered(raw, asked | {"project.domain": "shop.example.org", "previews.enabled": True}))[
        0
    ].previews.enabled
    assert not settle(_answered(raw, asked | {"project.domain": ""}))[0].previews.enabled


def test_what_a_component_refuses_is_told_before_the_summary_and_can_be_changed(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place)
    through(terminal, answers={"environments": BACKSPACE * len("dev, staging, prod") + "prod-rollback, prod"})
    terminal.wait(r"environments\[0\]: CI has an environment of this name, from which prod is")
    terminal.wait("What next")
    assert "Write the repository" not in terminal.text
    terminal.send(ENTER)
    terminal.wait("Which answers")
    terminal.send(CTRL_C)
    assert terminal.end() == 130


def test_a_change_of_the_platform_leaves_nothing_that_cannot_be_changed(place: Path) -> None:
    """What was given to a question that has no point any more goes, and what does not fit any more is asked again."""
    given = ("orchestration.delivery=argo-rollouts", "deployment.strategy=canary", "deployment.canary_steps=30,60,100")
    words = [word for one in given for word in ("--set", one)]
    terminal = Terminal(["new", "shop", "--no-check", *words], place)
    through(terminal, also=("orchestration.delivery", "deployment.canary_steps", "deployment.canary_minutes"))
    assert re.search(r"releases +canary by argo-rollouts, 30, 60, 100 % over 30 min", terminal.text)
    change(terminal, "Orchestration")
    ready(terminal, "orchestration.platform")
    terminal.send(DOWN + ENTER)
    ready(terminal, "deployment.canary_steps")
    assert "ECS leads one part there and then everybody" in terminal.text
    assert "30, 60, 90, 100" in terminal.text
    terminal.send(ENTER)
    terminal.wait("What next")
    assert re.search(r"releases +canary by ECS, 30, 60, 90, 100 % over 30 min", terminal.text)
    terminal.send(ENTER)
    assert terminal.end() == 0, terminal.text
    made = yaml.safe_load((place / "shop/agency-scaffold.yml").read_text())
    assert (made["orchestration"]["platform"], made["orchestration"]["delivery"]) == ("ecs", "native")
    assert made["deployment"]["canary_steps"] == [30, 60, 90, 100]


def test_change_of_everything_offers_the_answers_again(place: Path) -> None:
    terminal = Terminal(["new", "shop", "--no-check"], place)
    through(terminal, answers={"project.description": "Sells things", "cloud.region": BACKSPACE + "2"})
    change(terminal, "Everything")
    for key in USUAL[: USUAL.index("cloud.region")]:
        ready(terminal, key)
        if key == "project.description":
            terminal.wait("Sells things")
        terminal.send(ENTER)
    terminal.wait("us-east-2")
    terminal.send(CTRL_C)
    assert terminal.end() == 130


def test_the_region_that_is_offered_belongs_to_the_provider() -> None:
    from jinja2.sandbox import SandboxedEnvironment

    offered = SandboxedEnvironment(extensions=[Callbacks]).from_string("{{ region() }}")
    before = {"cloud": {"region": "eu-west-1"}}
    assert offered.render(cloud_provider="aws", given=before) == "eu-west-1"
    assert offered.render(cloud_provider="aws", given={}) == "us-east-1"
    assert offered.render(cloud_provider="gcp", given=before) == "us-central1"


@pytest.mark.parametrize("words", [["--answers", "answers.yml"], ["--defaults"], ["--format", "json"], []])
def test_who_gives_answers_or_reads_json_is_asked_nothing(place: Path, words: list[str]) -> None:
    answers = "project: {name: shop}\n"
    (place / "answers.yml").write_text(answers)
    if not words:
        (place / "shop/agency-scaffold.yml").write_text(answers)
    name = [] if words[:1] in ([], ["--answers"]) else ["--set", "project.name=shop"]
    terminal = Terminal(["new", "shop", "--no-check", *words, *name], place)
    assert terminal.end() == 0, terminal.text
    assert not re.search(r"questions\.|\[Project\]|What next", terminal.text)
    assert (place / "shop/.agency/scaffold/lock").exists()


def rows(answers: Answers) -> dict[str, str]:
    text = summary(Path("/srv/" + "long-folder/" * 9 + "shop"), answers, ())
    assert max(map(len, text.splitlines())) < COLUMNS
    joined = re.sub(r"\n {14}", " ", text)
    return {line[:13].strip(): line[14:] for line in joined.splitlines() if line.startswith("  ")}


def test_the_summary_says_all_that_was_asked() -> None:
    project = {
        "name": "shop", "description": "Sells things", "owner": "@acme/shop", "repository": "acme/shop",
        "domain": f"{'a' * 60}.{'b' * 60}.example.org",
    }  # fmt: skip
    answers = convert({  # also what is not served yet
        "project": project,
        "services": [{"name": "web", "language": "node"}, {"name": "api"}],
        "data": {"database": "mysql", "cache": "redis", "object_storage": True, "cdn": True},
        "backup": {"retention_days": 1},
        "security": {"scanners": ["trivy", "zap"]},
        "monitoring": {"channels": ["email"]},
    })  # fmt: skip
    full = rows(answers)
    assert full["folder"].replace(" ", "").endswith("/shop")
    assert {k: full[k] for k in ("project", "about", "owner", "repository")} == {
        "project": "shop", "about": "Sells things", "owner": "@acme/shop", "repository": "acme/shop",
    }  # fmt: skip
    assert full["domain"].replace(" ", "") == project["domain"]
    assert full["service"].endswith("in services/api")
    assert full["database"] == "mysql, backups kept 1 day"
    assert full["previews"] == "for each pull request with the label preview"
    assert full["data"] == "cache redis, a bucket for files, a CDN"
    assert full["scanners"] == "trivy, zap"
    assert full["monitoring"] == "prometheus, dashboards, alerts to email"
    assert full["SLO"] == "99.9 % of requests good in 30 days"
    assert "monitoring.dashboards: false instead of true: not served yet" in summary(Path("/x"), *settle(SHOP))


@pytest.mark.parametrize(
    ("raw", "releases"),
    [
        ({}, "rolling by our scripts, then watched for 10 min"),
        ({"orchestration": {"platform": "ecs"}, "deployment": {"strategy": "blue-green"}},
         "blue-green by ECS, then watched for 10 min"),
        ({"orchestration": {"delivery": "argo-rollouts"}, "deployment": {"strategy": "canary", "bake_minutes": 5}},
         "canary by argo-rollouts, 10, 25, 50, 100 % over 30 min, then watched for 5 min"),
    ],
)  # fmt: skip
def test_the_summary_says_who_releases_how_and_how_long_it_takes(raw: dict[str, Any], releases: str) -> None:
    told = rows(settle({**SHOP, **raw})[0])
    assert told["releases"] == releases
    assert told["walk"] == "dev -> staging -> prod"


def test_the_summary_leaves_out_what_is_not_there() -> None:
    few = rows(settle(SHOP)[0])
    assert few["service"].endswith("in the repository's root")
    assert not {"about", "owner", "repository", "domain", "database", "data", "previews"} & set(few)
    assert not re.search(r"\bcache\b", " ".join(few.values()))


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


def test_what_the_files_show_is_offered_as_the_answers(place: Path) -> None:
    (place / "shop/requirements.txt").write_text("flask\npsycopg\n")
    (place / "shop/Dockerfile").write_text("FROM python:3.12\nEXPOSE 9000\n")
    terminal = Terminal(["new", "shop", "--no-check"], place)
    terminal.wait("What your files show is offered below")
    through(terminal, also=("backup.retention_days",))
    assert "app: web, python 3.12, port 9000" in terminal.text
    terminal.send(ENTER)
    assert terminal.end() == 0, terminal.text
    made = yaml.safe_load((place / "shop/agency-scaffold.yml").read_text())
    (service,) = made["services"]
    assert (service["port"], service["version"], service["package_manager"]) == (9000, "3.12", "pip")
    assert made["data"]["database"] == "postgres"
