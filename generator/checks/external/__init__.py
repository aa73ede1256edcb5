"""The checks that other programs make, where they are installed.

`run_external(root, tree)` looks for each tool, runs it on the tree as it lies in `root`, and
says for each: passed, failed, or skipped with the reason and how to get it. Other files in `root` are
not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import Final

from generator.checks.external import (
    actionlint,
    amtool,
    bash,
    checkov,
    hadolint,
    kustomize,
    promtool,
    shellcheck,
    shfmt,
    terraform_fmt,
    terraform_test,
    terraform_validate,
    yamllint,
    zizmor,
)
from generator.checks.external.running import side_by_side
from generator.checks.external.tool import Tool, find, pipe_in, prepare
from generator.checks.source import Sources
from generator.finding import Verdict
from generator.tree import Tree

__all__ = ["TOOLS", "Tool", "missing", "run_external"]

TOOLS: Final[Mapping[str, Tool]] = {
    "actionlint": actionlint.TOOL,
    "amtool": amtool.TOOL,
    "bash": bash.TOOL,
    "checkov": checkov.TOOL,
    "hadolint": hadolint.TOOL,
    "kustomize": kustomize.TOOL,
    "promtool": promtool.TOOL,
    "shellcheck": shellcheck.TOOL,
    "shfmt": shfmt.TOOL,
    "terraform-fmt": terraform_fmt.TOOL,
    "terraform-test": terraform_test.TOOL,
    "terraform-validate": terraform_validate.TOOL,
    "yamllint": yamllint.TOOL,
    "zizmor": zizmor.TOOL,
}


def run_external(
    root: Path,
    tree: Tree | Sources,
    begins: Callable[[Sequence[str]], None] = lambda _: None,
    touched: Set[str] | None = None,
    *,
    tools: Mapping[str, Tool] = TOOLS,
    slow: bool = False,
) -> Verdict:
    """Runs tools on `tree`, which must lie in `root`; those that take minutes only with `slow`.

    `begins` is called before, with the names of those that are run. With `touched`, a tool none of whose files is among
    these paths is skipped.
    """
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    pipe = pipe_in(root, sources.tree)
    ready = [prepare(name, tool, root, sources, slow=slow, touched=touched, pipe=pipe) for name, tool in tools.items()]
    begins([tool.name for tool in ready if tool.runs])
    return sum(side_by_side([tool.judge for tool in ready]), Verdict())


def missing(sources: Sources, tools: Mapping[str, Tool] = TOOLS) -> dict[str, str]:
    """The tools that have files to judge and are not installed, each with how to get it."""
    absent = {name: tool for name, tool in tools.items() if not find(tool.binary)}
    return {name: tool.install for name, tool in absent.items() if any(True for _ in tool.files(sources))}
