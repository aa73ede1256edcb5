"""`validate` of a folder inside of a repository: judged with all that is around it, and nothing said of that."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

from generator.checks.external import TOOLS
from generator.cli.main import main
from tests.checks.test_external import alone, fake, mirror

__all__ = ["alone", "mirror"]

ROOT = Path(__file__).resolve().parents[2]
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: %s}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: a, image: a/b:1.0}]}\n"
TWICE = "a: 1\na: 2\n"


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository whose folder `team/app` names files around it."""
    root = tmp_path / "top"
    files = {
        "modules/net/main.tf": 'variable "size" {}\n\noutput "id" {\n  value = var.size\n}\n',
        "team/app/main.tf": 'module "net" {\n  source = "../../modules/net"\n  size   = 1\n}\n\n'
        'output "id" {\n  value = module.net.id\n}\n',
        "team/app/README.md": "# App\n\nSee [all](../../README.md).\n",
        "README.md": "# All\n",
        "other.yaml": TWICE,
    }
    put(root, **files)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int) -> str:
    assert main(["validate", *map(str, words), "--external", "never"]) == code
    return capsys.readouterr().out


def test_what_lies_around_a_folder_is_known(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "2 files of 11 lines judged by" in said(capsys, top / "team/app", "--only", "terraform,markdown", code=0)
    put(top, **{"team/app/README.md": "# App\n\nSee [all](../../READ.md).\n"})
    put(top, **{"team/app/main.tf": 'module "net" {\n  source = "../../modules/net"\n  sise   = 1\n}\n'})
    told = said(capsys, top / "team/app", "--only", "terraform,markdown", code=1)
    assert "README.md:3:" in told
    assert "main.tf:3:3: error: " in told
    assert "sise" in told


def test_nothing_is_said_of_what_lies_around_it(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(top, **{"b.yaml": "a: 1 # agency-scaffold-ignore yaml-duplicate-key: not any more\n", "team/app/c.yaml": TWICE})
    put(top, **{"team/b.yaml": "a: 1\na: 2 # agency-scaffold-ignore yaml-duplicate-key: meant\n"})
    put(top, **{"team/app/d.yaml": "a: 1\na: 2 # agency-scaffold-ignore yaml-duplicate-key: meant\n"})
    report = json.loads(said(capsys, top / "team/app", "--format", "json", code=1))
    jsonschema_rs.validator_for(json.loads((ROOT / "docs/report.schema.json").read_text())).validate(report)
    errors = [(one["path"], one["rule"]) for one in report["findings"] if one["severity"] == "error"]
    assert errors == [("c.yaml", "yaml-duplicate-key")]
    assert [one["finding"]["path"] for one in report["suppressed"]] == ["d.yaml"]
    assert report["directory"] == str(top / "team/app")
    assert report["files"] == 4


def test_places_are_told_from_the_top_where_others_read_them(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(top, **{"team/app/c.yaml": TWICE})
    chosen = (top / "team/app", "--only", "yaml")
    assert said(capsys, *chosen, code=1).startswith("c.yaml:2:1: error: ")
    assert said(capsys, *chosen, "--format", "github", code=1).startswith("::error file=team/app/c.yaml,line=2,")
    (run,) = json.loads(said(capsys, *chosen, "--format", "sarif", code=1))["runs"]
    (one,) = run["results"]
    assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "team/app/c.yaml"


def test_what_is_said_once_is_said_inside_of_the_folder(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(top, **{f"{folder}/job.yaml": JOB % folder.replace("/", "-") for folder in ("a", "team/app", "team/z")})
    only = ("--only", "job-limit")
    assert said(capsys, top, *only, code=0).startswith("a/job.yaml:")
    told = said(capsys, top / "team/app", *only, code=0)
    assert told.startswith("job.yaml:")
    assert "said once" not in told, "nothing is said of what lies outside"
    put(top, **{"team/app/job.yaml": "a: 1\n"})
    assert "nothing found" in said(capsys, top / "team/app", *only, code=0)


def test_the_work_tree_is_the_same_by_a_link_and_from_within(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to("top/team/app")
    assert "nothing found" in said(capsys, tmp_path / "link", "--only", "terraform,markdown", code=0)
    monkeypatch.chdir(top / "team/app")
    assert "nothing found" in said(capsys, "--only", "terraform,markdown", code=0)
    assert "nothing found" in said(capsys, "../app", "--only", "terraform,markdown", code=0)


def test_a_folder_that_is_not_in_git_is_all_there_is(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(top / ".git")
    told = said(capsys, top / "team/app", "--only", "terraform", code=1)
    assert told.startswith("main.tf:2:3: error: module net: ../../modules/net has no .tf files")


@pytest.mark.usefixtures("mirror")
def test_other_programs_look_at_the_folder_alone(
    top: Path, alone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = "groups: [{name: a, rules: [{alert: B, expr: up == 0}]}]\n"
    for place in ("x", "team/app"):
        files = {"b.sh": "#!/usr/bin/env bash\necho $1\n", "Dockerfile": "FROM a:1\n", "job.yaml": JOB % place[0]}
        files |= {"k/kustomization.yaml": "resources: [job.yaml]\n", "k/job.yaml": JOB % f"k{place[0]}"}
        files |= {
            ".terraform.lock.hcl": "",
            "main.tf": "",
            "rules.yml": rules,
            "prometheus.yml": "scrape_configs: []\n",
        }
        put(top, **{f"{place}/{name}": text for name, text in files.items()})
    put(top, **{"policy/a.rego": ""})
    asked = tmp_path / "asked"
    for program in {tool.program.binary for tool in TOOLS.values()}:
        fake(alone, program, f'for word in "$PWD" "$@"; do echo "{program} $word"; done >>{asked}; exit 1')
    (alone / "git").symlink_to("/usr/bin/git")
    assert main(["validate", str(top / "team/app"), "--skip", "text"]) == 1
    capsys.readouterr()
    words = asked.read_text().splitlines()
    ours = {f"team/app{path}" for path in ("", "/b.sh", "/Dockerfile", "/job.yaml", "/main.tf", "/rules.yml", "/k")}
    assert ours <= {word.partition(" ")[2] for word in words}
    assert [word for word in words if " x" in word or "/x" in word] == []
    wanted = {"kubeconform team/app/job.yaml", "conftest team/app/job.yaml", "promtool team/app/rules.yml",
              "checkov team/app", "trivy team/app", "kubectl team/app/k", "promtool team/app/prometheus.yml"}  # fmt: skip
    assert wanted <= set(words)
    for program in ("tflint", "terraform"):
        assert any(word.startswith(f"{program} /") and word.endswith("/tree/team/app") for word in words), program


def test_a_finding_of_another_program_is_told_from_the_folder(
    top: Path, alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "#!/usr/bin/env bash\necho $1\n"
    put(top, **{"a.sh": script, "team/app/b.sh": script})
    comment = '{"file": "%s", "line": 2, "level": "warning", "code": 2086, "message": "quote"}'
    both = ", ".join(comment % path for path in ("team/app/b.sh", "a.sh", "x/gone.sh"))
    fake(alone, "shellcheck", f"""echo '{{"comments": [{both}]}}'; exit 1""")
    issue = '{"rule": {"name": "a", "severity": "warning"}, "message": "m", "range": {"filename": "%s", "start": {"line": 1}}}'
    fake(
        alone,
        "tflint",
        f"""echo '{{"issues": [{issue % "main.tf"}, {issue % "../../modules/net/main.tf"}], "errors": []}}'""",
    )
    wrong = '{"ID": "A-1", "Title": "t", "Severity": "HIGH", "CauseMetadata": {"StartLine": 3}}'
    fake(
        alone,
        "trivy",
        f"""echo '{{"SchemaVersion": 2, "Results": [{{"Target": "main.tf", "Misconfigurations": [{wrong}]}}]}}'""",
    )
    (alone / "git").symlink_to("/usr/bin/git")
    assert main(["validate", str(top / "team/app"), "--only", "shellcheck,tflint,trivy", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["line"], one["rule"]) for one in report["findings"]] == [
        ("b.sh", 2, "shellcheck/SC2086"),
        ("main.tf", 1, "tflint/a"),
        ("main.tf", 3, "trivy/A-1"),
    ]


def test_no_name_is_no_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", ""]) == 2
    assert "the folder to check has no name" in capsys.readouterr().err


def test_where_nothing_is_looked_at_that_is_said(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / "empty").mkdir()
    told = said(capsys, top / "empty", code=1)
    assert told.startswith("error: nothing was judged: here is no file that git has or would take in")
    assert "nothing found" not in told
    (run,) = json.loads(said(capsys, top / "empty", "--format", "sarif", code=1))["runs"]
    (one,) = run["invocations"][0]["toolExecutionNotifications"]
    assert (one["level"], one["message"]["text"][:27]) == ("error", "readable: nothing was judge")


def test_what_git_refuses_is_told_with_what_to_do(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (top / ".git/index").write_bytes(b"no index")
    told = said(capsys, top, "--only", "markdown", code=0).splitlines()
    assert told[0].startswith("warning: git does not say which files belong to the repository (")
    assert "index file" in told[0]
    assert told[1] == "  fix: Mend what git says, and run this again."
    assert told[3].startswith("5 files of ")


def test_no_name_of_a_folder_is_a_command_for_a_runner(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a\n::add-mask::b", "##[add-mask]b"):
        put(top, **{f"{name}/a.yaml": "a: 1\n"})
        subprocess.run(["git", "init", "-q"], cwd=top / name, check=True)
    told = said(capsys, top, "--only", "markdown", code=0)
    assert "add-mask" in told
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in told.splitlines())
