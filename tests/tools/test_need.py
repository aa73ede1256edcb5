"""What a test needs and this computer lacks: skipped with its reason on a user's machine, a failure in CI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.terraform import real
from tests.tools.run import need

NEEDS: dict[str, Callable[[], object]] = {"a tool": lambda: need("no-such-tool"), "the provider": real.need}


@pytest.mark.parametrize("what", NEEDS)
@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, ci: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    for folder in ("", str(tmp_path)):
        monkeypatch.setenv("TERRAFORM_MIRROR", folder)
        with pytest.raises(outcome, match=r"no-such-tool is not installed|set TERRAFORM_MIRROR="):
            NEEDS[what]()


def test_a_mirror_that_has_the_provider_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / f"registry.terraform.io/hashicorp/aws/{real.VERSION}/linux_amd64").mkdir(parents=True)
    monkeypatch.setenv("TERRAFORM_MIRROR", str(tmp_path))
    real.need()
