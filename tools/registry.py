"""Writes the registry of rules in `generator/checks/__init__.py` from the modules of `generator/checks/rules/`.

python tools/registry.py
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = '''"""The checks that run before anything is written: built in, offline, no other program.

`check(tree)` judges a tree by all rules. A rule is one module of `rules/` (see `rule.py`); the list
below is written by `tools/registry.py`. External tools are in `external/`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

'''
TAIL = '''

def check(tree: Tree, only: Collection[str] = ()) -> CheckReport:
    """Judges the tree by all rules, or by those whose ids are in `only`."""
    unknown = sorted(set(only) - set(RULES))
    if unknown:
        raise UsageError(f"there is no check {unknown[0]}{did_you_mean(unknown[0], RULES)}")
    return run(tree, RULES, only)


def explain(rule_id: str) -> str:
    """The documentation of a rule: its title, why it matters, how to put it right."""
    return (RULES[rule_id].__doc__ or "").strip()
'''
IMPORTS = """from generator.checks.rule import Rule, did_you_mean
from generator.checks.rules import (
{modules}
)
from generator.checks.run import CheckReport, RuleResult, run
from generator.errors import UsageError
from generator.tree import Tree

__all__ = ["RULES", "CheckReport", "Rule", "RuleResult", "check", "explain"]

RULES: Final[Mapping[str, Rule]] = {{
{entries}
}}
"""


def main() -> None:
    folder = ROOT / "generator/checks"
    names = sorted(path.stem for path in (folder / "rules").glob("[a-z]*.py"))
    modules = "\n".join(f"    {name}," for name in names)
    entries = "\n".join(f'    "{name.replace("_", "-")}": {name},' for name in names)
    (folder / "__init__.py").write_text(HEAD + IMPORTS.format(modules=modules, entries=entries) + TAIL)


if __name__ == "__main__":
    main()
