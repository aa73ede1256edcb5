"""What stands in for AWS takes no command line that AWS or its CLI would refuse."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support import aws_front
from tests.support.aws_cli import Call, InvalidCallError, answer, parse
from tests.support.aws_limits import SKIPPED

RUN = "ecs run-task --cluster c --task-definition t --launch-type FARGATE --count 1"
TARGETS = "elbv2 create-target-group --name t --protocol HTTP --port 80 --target-type ip"
IMAGE = "ecr describe-images --repository-name shop/web --image-ids imageTag=v1"
HEAD = "s3api head-bucket --bucket shop-dev-state --expected-bucket-owner 111122223333"
ACCESS = "eks update-kubeconfig --name shop-dev --region us-east-1 --alias dev --kubeconfig k"


@pytest.mark.parametrize(
    ("line", "old", "new", "why"),
    [
        (RUN, "FARGATE", "FARGAET", "is none of EC2, FARGATE"),
        (RUN, "--count 1", "--count one", "invalid literal"),
        (TARGETS, "--target-type ip", "--target-type ipp", "is none of instance, ip"),
        (TARGETS, "--port 80", "--port 65536", "65536 is above 65535"),
        (IMAGE, "shop/web", "Shop/Web", "is not as"),
        (IMAGE, "shop/web", "s" * 257, "257 is above 256"),
        (HEAD, "--expected-bucket-owner", "--expected-bucket-ownr", "has no option"),
        (ACCESS, "--alias", "--alas", "does not take"),
        (ACCESS, "--alias dev", "--alias", "does not take"),
    ],
)
def test_a_misspelt_line(tmp_path: Path, line: str, old: str, new: str, why: str) -> None:
    parse(tmp_path, line.split())
    broken = line.replace(old, new)
    assert broken != line
    with pytest.raises((InvalidCallError, ValueError), match=why):
        parse(tmp_path, broken.split())


def test_an_answer_of_ours_that_aws_could_not_give() -> None:
    call = Call("ecs", "DescribeTasks", {})
    assert json.loads(answer(call, {"tasks": [{"launchType": "FARGATE"}]}))
    with pytest.raises(InvalidCallError, match=r"\.tasks\[0\]\.launchType: 'FARGAET' is none of"):
        answer(call, {"tasks": [{"launchType": "FARGAET"}]})


def test_what_is_skipped_is_what_python_cannot_read() -> None:
    for pattern in SKIPPED:
        with pytest.raises(re.error):
            re.compile(pattern)


def test_a_stand_in_is_asked_as_ever_and_its_lines_are_kept(tmp_path: Path) -> None:
    front = aws_front.install(tmp_path, '#!/bin/sh\ncat "${2#file://}"\nexit 3\n')
    (tmp_path / "text").write_text("a\nb\n")
    for words in (
        [*RUN.split(), "--group", f"file://{tmp_path}/text"],
        ["ecs", f"file://{tmp_path}/text"],
        HEAD.split(),
    ):
        done = subprocess.run([tmp_path / "aws", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 3
    (tmp_path / "text").unlink()
    assert sorted(front.calls()) == sorted([[*RUN.split(), "--group", "a\nb"], ["ecs", "a\nb"], HEAD.split()])
    (wrong,) = front.invalid()
    assert "ecs has no command" in wrong
    # One that was killed while it wrote.
    (front.lines / "1").write_bytes(b"3\0ecs\0describe")
    assert len(list(front.calls())) == 3
