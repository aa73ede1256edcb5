"""Every suppression in the output has its reason, there are few, and no list or switch turns a check off as a whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import generated
from tools import suppressions

CASES = ("example", "minimal", "wide")
ECS = ("alone", "services")
"""A repository has one platform, and so the limit is for the repositories of each: these are of ECS."""
WHOLESALE = re.compile(
    r"soft[-_]fail|skip[-_]check|continue-on-error: true|^\s*disable: true|--exit-zero|\|\| true$", re.M
)
"""What makes a scanner pass whatever it finds."""
CONFIGURATIONS = (".checkov.yaml", ".checkov.yml", ".hadolint.yaml", ".hadolint.yml", "zizmor.yml", ".shellcheckrc")


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("trees")
    return [generated.write(generated.tree(generated.CASES / f"{case}.yml"), root / case) for case in CASES]


def test_the_cases_have_previews_which_count_like_everything_else(trees: list[Path]) -> None:
    assert any((tree / "infrastructure/kubernetes/preview").is_dir() for tree in trees)


def test_each_has_a_reason_and_they_are_few(trees: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert suppressions.main(trees) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    for one in ("zizmor self-repository", "trivy AWS-0040", "trivy KSV-0056"):
        assert one in said


def test_they_are_few_on_ecs_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = generated.TEMPLATES / "terraform-aws-ecs/tests/cases"
    made = [generated.write(generated.tree(cases / f"{case}.yml"), tmp_path / case) for case in ECS]
    assert suppressions.main(made) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    for one in ("checkov CKV2_AWS_28", "trivy AWS-0053"):
        assert one in said


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.sh", "# shellcheck disable=SC2086\n"),
        ("a.tf", "#trivy:ignore:AWS-0040\n"),
        ("a.py", "key = 1  # gitleaks:allow\n"),
        (".trivyignore.yaml", "misconfigurations:\n  - id: KSV-0001\n"),
        (".trivyignore.yaml", 'vulnerabilities:\n  - id: CVE-2026-1\n    statement: "design:"\n'),
    ],
)
def test_one_without_a_reason_is_refused(
    path: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / path).write_text(text)
    assert suppressions.main([tmp_path]) == 1
    assert "NO REASON" in capsys.readouterr().out


def test_too_many_are_refused(tmp_path: Path) -> None:
    lines = [f"# checkov:skip=CKV_AWS_{number}: needed\n" for number in range(suppressions.LIMIT + 1)]
    (tmp_path / "a.tf").write_text("".join(lines[:-1]))
    assert suppressions.main([tmp_path]) == 0
    (tmp_path / "a.tf").write_text("".join(lines))
    assert suppressions.main([tmp_path]) == 1


def test_no_check_is_turned_off_as_a_whole(trees: list[Path]) -> None:
    found = [
        f"{path.relative_to(root)}: {match[0].strip()}"
        for root in trees
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in {".yml", ".yaml", ".toml"} and ".agency" not in path.parts
        for match in WHOLESALE.finditer(path.read_text())
    ]
    assert found == []
    assert [path for root in trees for path in root.rglob("*") if path.name in CONFIGURATIONS] == []
