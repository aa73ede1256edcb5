"""What `inputs.py` lets a tool see, and what it spares it."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.tree import File, Tree
from tests.support import generated
from tests.tools.commands import COMMANDS, Command
from tests.tools.inputs import Input, Passed, inputs, matching, roots


def _tree(**files: str) -> Tree:
    return Tree((path, File(text.encode())) for path, text in files.items())


CHECKED = Input(("a.sh",), _tree(**{"a.sh": "one", "lib/b.sh": "two"}))
OTHERS = {
    "another text": (Input(("a.sh",), _tree(**{"a.sh": "one", "lib/b.sh": "2"})), ("sh",)),
    "another path": (Input(("a.sh",), _tree(**{"a.sh": "one", "b.sh": "two"})), ("sh",)),
    "another mode": (Input(("a.sh",), Tree({**CHECKED.files, "a.sh": File(b"one", executable=True)})), ("sh",)),
    "one file more": (Input(("a.sh",), Tree({**CHECKED.files, ".shellcheckrc": File(b"")})), ("sh",)),
    "asked about another": (Input(("lib/b.sh",), CHECKED.files), ("sh",)),
    "other words": (CHECKED, ("sh", "-x")),
}


def test_what_passed_is_spared_in_another_process_too(tmp_path: Path) -> None:
    assert Passed(tmp_path).without([CHECKED], "sh") == [CHECKED]
    Passed(tmp_path).add([CHECKED], "sh")
    assert Passed(tmp_path).without([CHECKED], "sh") == []


@pytest.mark.parametrize("what", OTHERS)
def test_anything_else_is_judged(what: str, tmp_path: Path) -> None:
    passed = Passed(tmp_path)
    passed.add([CHECKED], "sh")
    other, words = OTHERS[what]
    assert passed.without([other], *words) == [other]


def test_a_file_is_judged_with_what_it_names_and_with_the_settings() -> None:
    command = Command("tool", ("shellcheck",), alone=("**/*.sh",), names=r"^source=(\S+)")
    tree = _tree(
        **{
            ".shellcheckrc": "",
            "s/a.sh": "source=lib/b.sh\nsource=/dev/null\n",
            "s/lib/b.sh": "source=../c.sh\n",
            "s/c.sh": "source=a.sh\n",
            "d.sh": "",
        }
    )
    read = {one.judged: set(one.files) for one in inputs(command, tree)}
    ring = {".shellcheckrc", "s/a.sh", "s/lib/b.sh", "s/c.sh"}
    assert read == {
        ("s/a.sh",): ring,
        ("s/c.sh",): ring,
        ("s/lib/b.sh",): ring,
        ("d.sh",): {".shellcheckrc", "d.sh"},
    }


def test_what_is_judged_together_is_one_input() -> None:
    command = Command("tool", ("tool",), together=("*.tf",), alone=("**",))
    made = inputs(command, _tree(**{"a.tf": "", "b.tf": "", "sub/c.tf": "", "d.md": ""}))
    assert [one.judged for one in made] == [("a.tf", "b.tf"), ("d.md",), ("sub/c.tf",)]


def test_globs_are_those_of_folders(tmp_path: Path) -> None:
    tree = generated.tree(generated.CASES / "example.yml")
    root = generated.write(tree, tmp_path)
    for glob in sorted({glob for one in COMMANDS for glob in (*one.together, *one.alone, *one.files)}):
        pattern = f"{glob}/*" if glob.endswith("**") else glob
        assert matching([glob], tree) == sorted(
            path.relative_to(root).as_posix() for path in root.glob(pattern) if path.is_file()
        ), glob


def test_a_root_of_terraform_has_its_modules_and_no_other_root() -> None:
    main, bootstrap, platform = roots(generated.tree(generated.CASES / "example.yml"))
    assert {path.split("/")[0] for path in main.files} == {"infrastructure", "security"}
    assert not {path for path in main.files if path.startswith((f"{bootstrap.judged[0]}/", f"{platform.judged[0]}/"))}
    assert {path.rpartition("/")[0] for path in main.files} >= {"security/network", "security/iam", "security/iam/eks"}
    assert all(path.startswith(f"{bootstrap.judged[0]}/") for path in bootstrap.files)


def test_a_root_has_what_it_reads_elsewhere() -> None:
    tree = generated.tree(generated.TEMPLATES / "ecs/tests/cases/example.yml")
    monitoring = {path for path in tree if path.startswith("monitoring/")}
    assert monitoring
    assert [monitoring <= set(one.files) for one in roots(tree)] == [True, False]


@pytest.mark.parametrize("case", ["tests/cases/example.yml", "templates/k8s/tests/cases/jobs.yml"])
def test_the_check_of_manifests_has_every_folder_that_is_built(case: str) -> None:
    tree = generated.tree(generated.TEMPLATES.parent / case)
    for command in (one for one in COMMANDS if one.kubernetes):
        (whole,) = inputs(command, tree)
        assert [path for path in tree if path.endswith("/kustomization.yaml") and path not in whole.files] == []
