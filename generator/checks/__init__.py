"""The checks that run before anything is written: built in, offline, no other program.

`check(tree)` judges a tree by all rules. A rule is one module of `rules/` (see `rule.py`), found by its file;
`tools/check_components.py` has mypy look at each as a `Rule`. External tools are in `external/`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from generator.checks import rules
from generator.checks.rule import Rule
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import settle
from generator.finding import Verdict
from generator.tree import Tree

__all__ = ["RULES", "Rule", "check"]

_IDS: Final = (path.stem.replace("_", "-") for path in Path(rules.__path__[0]).glob("[a-z]*.py"))
RULES: Final[Mapping[str, Rule]] = {
    rule: cast(Rule, importlib.import_module(f"{rules.__name__}.{rule.replace('-', '_')}")) for rule in sorted(_IDS)
}
"""Every rule by its id."""


def check(tree: Tree, *, edited: bool = False) -> Verdict:
    """Judges the tree by all rules; see `run` for one that people have `edited`. What they suppressed is left out."""
    from generator.checks.external import TOOLS  # noqa: PLC0415 -- it imports from this package

    sources = Sources(tree)
    return settle(sources, run(sources, RULES, edited=edited), (*RULES, *TOOLS)).verdict
