"""The real provider of the major before takes the output, but for the differences that are named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.terraform import real

ROOTS = (real.MAIN, f"{real.MAIN}/bootstrap")
"""The roots that need no other provider than that of AWS."""


@pytest.mark.parametrize("place", ROOTS)
@pytest.mark.parametrize("case", real.CASES)
def test_validate_and_test(case: str, place: str, tmp_path: Path) -> None:
    root = real.Root(real.CASES[case], tmp_path, place)
    for line in (("init", "-input=false"), ("validate",), ("test",)):
        done = root.run(*line, "-no-color")
        assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Success! [1-9][0-9]* passed, 0 failed", done.stdout), done.stdout


@pytest.mark.parametrize("line", real.NEWER, ids=real.NEWER.values())
def test_a_difference_is_one(line: str, tmp_path: Path) -> None:
    root = real.Root(real.CASES["kubernetes"], tmp_path, kept=line)
    assert root.run("init", "-input=false").returncode == 0
    said = json.loads(root.run("validate", "-json").stdout)["diagnostics"]
    argument = real.NEWER[line].split()[0]
    assert [one["detail"] for one in said] == [f'An argument named "{argument}" is not expected here.']
