"""Each fault that no linter notices, put into the rendered workflows on purpose: the check for it must fail."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from generator.tree import File, Tree


@pytest.fixture(scope="module")
def checks() -> ModuleType:
    """The checks of test_workflows.py, as a module of their own whose rendering can be exchanged."""
    name = "breaking_checks"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "test_workflows.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


FAULTS: dict[str, dict[str, str]] = {
    row["fault"]: row for row in yaml.safe_load((Path(__file__).parent / "faults.yml").read_text())
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_check_notices(checks: Any, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    row = FAULTS[fault]
    old, new, check = row["old"], row["new"], row["check"]
    path = f".github/workflows/{row['file']}"
    good = checks.tree("example")
    text = good[path].content.decode()
    assert old in text, "the fault cannot be made: the workflow reads otherwise"
    broken = Tree({**dict(good.items()), path: File(text.replace(old, new).encode(), False)})
    getattr(checks, check)("example")
    monkeypatch.setattr(checks, "tree", lambda _case: broken)
    checks.workflows.cache_clear()
    try:
        with pytest.raises(AssertionError):
            getattr(checks, check)("example")
    finally:
        checks.workflows.cache_clear()
