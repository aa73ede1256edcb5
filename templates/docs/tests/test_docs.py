"""The documents: every link and anchor resolves, every target and script exists, nobody's text breaks a page."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.answers.read import convert
from generator.answers.write import dump
from generator.catalog import components
from generator.parts import Alert, Area, FiringAlerts, Parts
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.support import generated
from tests.tools.run import need

CASES = generated.CASES
HOSTILE = "- ~~~ ``` | <script>alert(1)</script> ]( # \" ' &copy; $(x) ${y} #{ z }# [a](b) ![c](d) --> \\"


def make_tree(answers: dict[str, Any], folder: Path, only: tuple[str, ...] = ()) -> Path:
    """Renders answers into a folder, as the writer would; a block file holds its block alone."""
    return laid_out(render(plan(convert(answers), only)).tree, folder)


def laid_out(tree: Tree, folder: Path) -> Path:
    generated.write(tree, folder)
    (folder / "agency-scaffold.yml").write_text("version: 1\n")
    return folder


def answers_of(case: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((CASES / f"{case}.yml").read_text())
    return data


@pytest.fixture(scope="module", params=["example", "minimal", "wide"])
def tree(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generated.rendering(CASES / f"{request.param}.yml").tree
    return laid_out(made, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module", params=["example", "minimal", "wide"])
def alone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`docs` and `docker` without the others: nothing may rely on a command that is not there."""
    return make_tree(answers_of(request.param), tmp_path_factory.mktemp(request.param), ("docs", "docker"))


def pages(tree: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(tree.rglob("*.md")):
        yield path, path.read_text()


def prose(text: str) -> str:
    """A page without its code blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S))


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", h.replace("`", "").lower()).replace(" ", "-") for h in headings}


def broken_links(tree: Path) -> list[str]:
    found = []
    for path, text in pages(tree):
        for target in re.findall(r"(?<!\\)\]\(([^)]+)\)", prose(text)):
            if re.match(r"https?://|mailto:", target):
                continue
            name, _, fragment = target.partition("#")
            goal = (path.parent / name).resolve() if name else path
            if not goal.exists() or (fragment and fragment not in anchors(goal.read_text())):
                found.append(f"{path.relative_to(tree)}: {target}")
    return found


def targets(tree: Path) -> set[str]:
    """All of scaffold.mk: each has its other name, with infra- before it."""
    text = (tree / "scaffold.mk").read_text()
    pairs = re.findall(r"^\$\(call scaffold_free,([a-z-]+) ([a-z-]+)\):", text, re.M)
    assert all(other == f"infra-{name}" for name, other in pairs)
    return {name for name, _ in pairs}


def missing_targets(tree: Path) -> list[str]:
    """Commands of the pages that are not certain to be ours: a Makefile may have the short name for something else."""
    known = {f"infra-{name}" for name in targets(tree)}
    return [
        f"{path.relative_to(tree)}: make {name}"
        for path, text in pages(tree)
        if path.name != "README.md" or path.parent == tree
        for code in re.findall(r"`(make [a-z][^`\n]*)`|^ *(make [a-z].*)$|&& (make [a-z].*)$", text, re.M)
        for name in re.findall(r"^make ([a-z-]+)", next(filter(None, code)))
        if name not in known
    ]


def run_make(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([need("make"), *arguments], cwd=tree, capture_output=True, text=True, timeout=60, check=False)


def test_links_and_anchors_resolve(tree: Path) -> None:
    assert broken_links(tree) == []


def test_links_resolve_without_other_components(alone: Path) -> None:
    assert broken_links(alone) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A b\n\n[x](#a-b) [y](#gone) [z](gone.md)\n")
    assert broken_links(tmp_path) == ["a.md: #gone", "a.md: gone.md"]


def test_every_make_command_is_a_target(tree: Path) -> None:
    assert missing_targets(tree) == []


def test_every_make_command_is_a_target_without_other_components(alone: Path) -> None:
    assert missing_targets(alone) == []


def test_every_script_that_a_page_names_exists(tree: Path) -> None:
    for path, text in pages(tree):
        for name in re.findall(r"(?<![\w/])scripts/[a-z-]+\.sh", text):
            assert (tree / name).exists(), (path.name, name)


def test_exit_codes_of_a_release_are_those_of_the_scripts(tree: Path) -> None:
    table = dict(
        re.findall(r"^\| ([0-9]+)[^|]* \| ([^|]+) \|", (tree / "docs/runbooks/deployment.md").read_text(), re.M)
    )
    for name in ("deploy", "rollback"):
        said = re.search(r"^# Exit codes: (.*?)\.(?:\n|$)", (tree / f"scripts/{name}.sh").read_text(), re.M | re.S)
        assert said
        assert set(re.findall(r"(?:^|; ?(?:\n# )?)([0-9])\b", said[1])) <= set(table), name
    assert "nothing was changed" in table["1"]
    assert "half-way" in table["5"]


def test_help_is_the_default_and_names_every_target(tree: Path) -> None:
    default = run_make(tree)
    assert default.returncode == 0
    assert default.stderr == ""
    assert default.stdout == run_make(tree, "help").stdout
    assert len(targets(tree)) > 5
    for name in targets(tree) - {"help"}:
        assert re.search(rf"^  {name}( |$)", default.stdout, re.M), name


def test_the_users_own_default_goal_stays(tree: Path) -> None:
    (tree / "Makefile.user").write_text("all:\n\t@echo mine $$0\n\ninclude scaffold.mk\n")
    assert run_make(tree, "-f", "Makefile.user").stdout.startswith("mine /bin/sh")


MINE = """\
TARGETS := destroy plan
SOURCES = a.c
all: build
build: $(SOURCES:.c=.o)
\t@echo mine $@ $$0
$(SOURCES:.c=.o): ;
deploy   down:
\t@echo mine $@
${TARGETS}: ; @echo mine $@
rollback \\
  health: ; @echo mine $@
todo:: ; @echo mine $@
%: %.nothing ; @echo pattern
infra-apply: ; @echo mine $@
pin := 3
up: export A = 1
verify::=5
include scaffold.mk
platform: ; @echo mine $@
"""
"""A makefile of the user: each way to write a target, and what looks like one and is none (pin, up, verify)."""
THEIRS = ("build", "deploy", "down", "destroy", "plan", "rollback", "health", "todo", "platform", "infra-apply")


def test_a_target_of_the_user_wins_and_ours_keeps_its_second_name(tree: Path) -> None:
    ours = targets(tree)
    (tree / "Makefile.user").write_text(MINE)
    make = ("-f", "Makefile.user")
    assert run_make(tree, *make).stdout == "mine build /bin/sh\n", "all: build is the user's, and so is the shell"
    for name in THEIRS:
        done = run_make(tree, *make, name)
        assert (done.stdout.split()[:2], done.stderr) == (["mine", name], ""), "no recipe of ours, no warning of make's"
    for name in ours:
        done = run_make(tree, *make, "-n", f"infra-{name}")
        assert "mine" not in done.stdout or name == "apply"
        assert "No rule" not in done.stderr
    for name in ours.intersection(("pin", "up", "verify")):
        assert run_make(tree, *make, "-n", name).stdout == run_make(tree, "-n", name).stdout != ""
    told = run_make(tree, *make, "help").stdout.splitlines()[-1]
    assert set(told.partition(". Ours: ")[2].split()) == {f"infra-{name}" for name in ours.intersection(THEIRS)}


def test_a_makefile_that_includes_all_others_reads_ours_once(tree: Path) -> None:
    (tree / "Makefile.user").write_text("include *.mk\ninclude scaffold.mk\n")
    done = run_make(tree, "-f", "Makefile.user", "-n", "todo")
    assert (done.stdout, done.stderr) == ("scripts/check-todo.sh --list\n", "")


SETTINGS = "ENV {0} dev\nVERSION {0} v9\nIMAGES {0} web=x\nTO {0} v0\n"


@pytest.mark.parametrize("text", [*(f"{SETTINGS}include scaffold.mk\n".replace("{0}", by) for by in (":=", "?=")),
    "include scaffold.mk\n" + SETTINGS.replace("{0}", "="), "override ENV := dev\ninclude scaffold.mk\n"])  # fmt: skip
def test_variables_of_the_users_makefile_give_ours_nothing(text: str, tmp_path: Path) -> None:
    tree = make_tree(answers_of("example"), tmp_path)
    (tree / "Makefile.user").write_text(text)
    make, given = ("-f", "Makefile.user", "-n"), ("ENV=prod", "VERSION=v1", "IMAGES=web=y")
    for name in ("plan", "deploy", "rollback"):
        assert "ENV must be one of: dev staging prod, on the command line" in run_make(tree, *make, name).stderr, name
    if "override" in text:
        return
    assert "VERSION is not set on the command line" in run_make(tree, *make, "deploy", "ENV=prod").stderr
    done = run_make(tree, *make, "deploy", *given)
    assert done.stdout.endswith('\nscripts/deploy.sh --environment "prod" --version "v1" --images "web=y"\n')
    for to in ("", "v2"):
        done = run_make(tree, *make, "rollback", "ENV=prod", *([f"TO={to}"] if to else []))
        assert done.stdout.endswith(f'\nscripts/rollback.sh --environment "prod" --to "{to}"\n')


def test_the_environment_gives_a_variable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "staging")
    assert '"staging" plan' in run_make(make_tree(answers_of("example"), tmp_path), "-n", "plan").stdout


def test_a_recipe_prefix_of_the_user_stays_and_does_not_hurt_ours(tree: Path) -> None:
    mine = ".RECIPEPREFIX = >\nall:\n> @echo mine\ninclude scaffold.mk\nafter:\n> @echo after\n"
    (tree / "Makefile.user").write_text(mine)
    make = ("-f", "Makefile.user")
    assert [run_make(tree, *make, name).stdout for name in ("all", "after")] == ["mine\n", "after\n"]
    assert run_make(tree, *make, "infra-help").stdout == run_make(tree, "-f", "scaffold.mk", "help").stdout


def test_alone_it_waits_for_no_input(tree: Path) -> None:
    assert run_make(tree, "-f", "scaffold.mk").stdout == run_make(tree, "help").stdout


def test_every_target_is_valid_with_its_variables(tree: Path) -> None:
    environments = re.search(r"ENV is one of: (.*)'", (tree / "scaffold.mk").read_text())
    given = [f"ENV={environments[1].split()[0]}"] if environments else []
    for variable in set(re.findall(r"scaffold-require-([A-Z_]+)", (tree / "scaffold.mk").read_text())) - {"ENV"}:
        given.append(f"{variable}=web=sha256:0")
    for name in (*targets(tree), *(f"infra-{name}" for name in targets(tree))):
        done = run_make(tree, "-n", name, *given)
        assert done.returncode == 0, (name, done.stderr)
        for line in done.stdout.splitlines():
            assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0, line


def test_a_missing_variable_is_named_before_anything_runs(tree: Path) -> None:
    text = (tree / "scaffold.mk").read_text()
    for name, needs in re.findall(r"^\$\(call scaffold_free,([a-z-]+) .*: scaffold-require-([A-Z]+)", text, re.M):
        done = run_make(tree, name)
        assert done.returncode == 2
        assert f"{needs} " in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize("value", ["production-typo", "%", "dev staging", ""])
def test_an_unknown_environment_is_refused(value: str, tmp_path: Path) -> None:
    tree = make_tree(answers_of("example"), tmp_path)
    found = re.findall(r"^.*,([a-z-]+) infra-.*: scaffold-require-ENV", (tree / "scaffold.mk").read_text(), re.M)
    assert "plan" in found
    for name in found:
        done = run_make(tree, "-n", name, f"ENV={value}", "VERSION=1", "IMAGES=a=b")
        assert "ENV must be one of: dev staging prod" in done.stderr, name


def test_a_failing_pipe_fails_the_target(tmp_path: Path) -> None:
    tree = make_tree(answers_of("minimal"), tmp_path)
    with (tree / "scaffold.mk").open("a") as file:
        file.write("\nscaffold_targets += probe\nprobe: SHELL := bash\nprobe: .SHELLFLAGS := -Eeuo pipefail -c\n")
        file.write("probe:\n\tfalse | true\n")
    assert run_make(tree, "probe").returncode == 2


def test_the_todo_list_is_sorted_and_its_commands_are_shell(tree: Path) -> None:
    items = yaml.safe_load((tree / ".agency/scaffold/todo.yml").read_text())["items"]
    order = ("blocking", "recommended", "optional")
    assert [i["id"] for i in items] == [
        i["id"] for i in sorted(items, key=lambda i: (order.index(i["severity"]), i["id"]))
    ]
    assert len({i["id"] for i in items}) == len(items)
    for item in items:
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", item["id"])
        assert "?" in item["question"], item["id"]
        assert not any("\n" in value for value in item.values())
        assert subprocess.run(["bash", "-n", "-c", item["acceptance"] or ":"], check=False).returncode == 0


def test_every_placeholder_of_the_documents_is_registered(tree: Path) -> None:
    known = {i["id"] for i in yaml.safe_load((tree / ".agency/scaffold/todo.yml").read_text())["items"]}
    for _, text in pages(tree):
        assert set(re.findall(r"CHANGEME_([A-Z0-9_]+)", text)) <= known


def test_every_variable_stands_once_in_the_example_and_has_no_value(tree: Path) -> None:
    lines = (tree / ".env.example").read_text().splitlines()
    names = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Z_][A-Z0-9_]*=", name) for name in names)
    assert len(set(names)) == len(names)
    compose = (tree / "infrastructure/docker/docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{([A-Z0-9_]+):\?", compose)) == {name[:-1] for name in names}


def test_git_ignores_values_but_not_the_example(tree: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    for name, ignored in ((".env", 0), (".env.local", 0), (".env.example", 1), ("x/server.key", 0)):
        asked = subprocess.run(["git", "check-ignore", "-q", name], cwd=tree, check=False)
        assert asked.returncode == ignored, name


@pytest.mark.parametrize("line", ["lib/", "lib", "**/lib/**", "*.tfvars"])
def test_usual_ignore_files_hide_nothing_of_ours(line: str, tree: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    kept = (tree / ".gitignore").read_text()
    (tree / ".gitignore").write_text(f"{line}\n{kept}")
    made = "\n".join(p.relative_to(tree).as_posix() for p in tree.rglob("*") if p.is_file() and ".git" not in p.parts)
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin"],
        cwd=tree,
        input=made,
        capture_output=True,
        text=True,
        check=False,
    )
    (tree / ".gitignore").write_text(kept)
    assert (asked.stdout, asked.returncode) == ("", 1)


def test_hostile_text_breaks_neither_markdown_nor_the_diagram(tmp_path: Path) -> None:
    answers = answers_of("example")
    answers["project"] |= {"description": HOSTILE, "owner": HOSTILE}
    tree = make_tree(answers, tmp_path)
    assert broken_links(tree) == []
    assert not (tree / "CODEOWNERS").exists()
    calm = make_tree(answers_of("example"), tmp_path / "calm")
    for name in ("README.md", "docs/runbooks/incident-response.md", "docs/infrastructure/architecture.md"):
        hostile, plain = (tree / name).read_text(), (calm / name).read_text()
        assert anchors(hostile) == anchors(plain)
        assert "<script>" not in re.sub(r"\\<", "", hostile)
        assert hostile.count("```") - HOSTILE.count("```") * hostile.count("alert(1)") <= plain.count("```")
        assert re.findall(r"^\|.*", hostile, re.M)[0].count("|") == re.findall(r"^\|.*", plain, re.M)[0].count("|")


def test_the_diagram_quotes_its_labels_and_knows_both_ends(tree: Path) -> None:
    text = (tree / "docs/infrastructure/architecture.md").read_text()
    for diagram in re.findall(r"```mermaid\n(.*?)```", text, re.S):
        nodes = re.findall(r'^    (n_\w+)(?:\["|\("|\[\(")[^"]+(?:"\]|"\)|"\)\])$', diagram, re.M)
        assert nodes
        for source, target in re.findall(r'^  (n_\w+) -->(?:\|"[^"|]+"\|)? (n_\w+)$', diagram, re.M):
            assert {source, target} <= set(nodes)
        known = r'flowchart LR|  subgraph \w+\["[^"]+"\]|    n_.*|  end|  n_\w+ -->.*'
        assert all(re.fullmatch(known, line) for line in diagram.splitlines())


def test_tables_have_as_many_cells_in_each_row(tree: Path) -> None:
    for path, text in pages(tree):
        for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
            widths = {len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", row))) for row in table.splitlines()}
            assert len(widths) == 1, (path.name, table)


def test_a_table_stands_on_lines_of_its_own(tree: Path) -> None:
    for path, text in pages(tree):
        assert not re.search(r"\| \| -{3}", text), path.name


ANSWERED = {"description": 'Über "x"', "owner": "@acme/x", "repository": "acme/solo", "domain": "solo.example.org"}
SETTLED = {
    "open": ({}, {}, set()),
    "answered, but not updated": ({}, ANSWERED, {"PROJECT_DESCRIPTION"}),
    "settled": (ANSWERED, ANSWERED, {f"PROJECT_{name.upper()}" for name in ANSWERED}),
}


@pytest.mark.parametrize("state", SETTLED)
@pytest.mark.parametrize("form", ["written", "short"])
def test_answers_that_are_missing_are_items_until_an_update(state: str, form: str, tmp_path: Path) -> None:
    """The commands of the open items, run where nothing was answered yet, where it was, and after the update."""
    base: dict[str, Any] = {"project": {"name": "solo"}}
    make_tree(base, tmp_path / "before")
    items = yaml.safe_load((tmp_path / "before/.agency/scaffold/todo.yml").read_text())["items"]
    mine = {i["id"]: i["acceptance"] for i in items if i["id"].startswith("PROJECT_")}
    assert set(mine) == {f"PROJECT_{name.upper()}" for name in ANSWERED}
    rendered, written, settled = SETTLED[state]
    tree = make_tree({"project": {"name": "solo"} | rendered}, tmp_path / "after")
    answers = {"project": {"name": "solo"} | written}
    text = dump(convert(answers)) if form == "written" else yaml.safe_dump(answers, default_flow_style=True)
    (tree / "agency-scaffold.yml").write_text(text)
    done = {
        name
        for name, command in mine.items()
        if subprocess.run(["bash", "-c", command], cwd=tree, capture_output=True, check=False).returncode == 0
    }
    assert done == settled


def test_every_alert_has_its_section(tree: Path) -> None:
    page = anchors((tree / "docs/runbooks/alerts.md").read_text())
    for rules in (tree / "monitoring").rglob("rules/*.yml"):
        for group in yaml.safe_load(rules.read_text())["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    assert rule["alert"].lower() in page


def test_code_owners_and_the_map_name_folders_and_files_as_what_they_are(tree: Path) -> None:
    owners = tree / "CODEOWNERS"
    named = re.findall(r"^/(\S+) @\S+$", owners.read_text(), re.M) if owners.exists() else []
    told = re.findall(r"^\| `([\w./-]+)` \| ", (tree / "AGENTS.md").read_text(), re.M)
    assert told
    for path in (*named, *told):
        assert (tree / path).is_dir() if path.endswith("/") else (tree / path).is_file(), path


@pytest.mark.parametrize("path", [".gitleaksignore", "Procfile", ".github/", "web.d/"])
def test_a_path_is_shown_as_its_component_gives_it(path: str) -> None:
    answers = convert(answers_of("example"))
    build = next(c for c in components() if c.id == "docs").function("build")
    context = build(answers, Parts([Area(path=path, purpose="x")]))
    assert context.owned == (f"/{path}",)
    assert f"| `{path}` |" in context.tables["map"]


@pytest.mark.parametrize("fires", [True, False], ids=["fires", "resolved"])
def test_commands_of_an_alert_read_its_labels_or_say_that_it_is_over(fires: bool, tmp_path: Path) -> None:
    alert = Alert(
        name="Down", group="g", expr="up", severity="warning", summary="s", description="d", diagnose=["echo [SERVICE]"]
    )
    lines = generated.module("docs", "alerts").alerts_of(Parts([alert, FiringAlerts(command="cat firing")]))[0].diagnose
    found = [{"labels": {"alertname": "Down", "service": "api"}}] if fires else []
    (tmp_path / "firing").write_text(json.dumps({"data": {"alerts": found}}))
    done = subprocess.run(["bash", "-c", "\n".join(lines)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == ("[api]\n" if fires else "[]\n")
    assert done.stderr == ("" if fires else "Down does not fire any more: take its labels from the notification\n")
