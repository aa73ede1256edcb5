"""Some of the rules on a tree, for tests that are about these."""

from __future__ import annotations

from collections.abc import Collection

from generator.checks import RULES
from generator.checks.run import run
from generator.checks.source import Sources
from generator.checks.suppressions import settle
from generator.finding import Verdict
from generator.tree import Tree


def judge(tree: Tree | Sources, rules: Collection[str]) -> Verdict:
    """What the rules say about the tree, without what is suppressed there."""
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    verdict = run(sources, {rule: RULES[rule] for rule in sorted(rules)})
    return settle(sources, verdict, RULES, unused=False).verdict
