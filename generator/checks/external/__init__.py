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
    cfn_lint,
    check_jsonschema,
    checkov,
    conftest,
    hadolint,
    kubeconform,
    kustomize,
    kyverno,
    promtool,
    shellcheck,
    shfmt,
    terraform_fmt,
    terraform_test,
    terraform_validate,
    tflint,
    trivy,
    yamllint,
    zizmor,
)
from generator.checks.external.programs import find
from generator.checks.external.running import side_by_side
from generator.checks.external.tool import Tool, pipe_in, prepare
from generator.checks.source import Sources
from generator.finding import Verdict
from generator.tree import Tree

__all__ = ["TOOLS", "Tool", "missing", "run_external"]

TOOLS: Final[Mapping[str, Tool]] = {
    "actionlint": actionlint.TOOL,
    "amtool": amtool.TOOL,
    "bash": bash.TOOL,
    "cfn-lint": cfn_lint.TOOL,
    "check-jsonschema": check_jsonschema.TOOL,
    "checkov": checkov.TOOL,
    "conftest": conftest.TOOL,
    "hadolint": hadolint.TOOL,
    "kubeconform": kubeconform.TOOL,
    "kustomize": kustomize.TOOL,
    "kyverno": kyverno.TOOL,
    "promtool": promtool.TOOL,
    "shellcheck": shellcheck.TOOL,
    "shfmt": shfmt.TOOL,
    "terraform-fmt": terraform_fmt.TOOL,
    "terraform-test": terraform_test.TOOL,
    "terraform-validate": terraform_validate.TOOL,
    "tflint": tflint.TOOL,
    "trivy": trivy.TOOL,
    "yamllint": yamllint.TOOL,
    "zizmor": zizmor.TOOL,
}


def run_external(
    root: Path,
    tree: Tree | Sources,
    begins: Callable[[Sequence[str]], None] = lambda _: None,
    touched: Set[str] | None = None,
    *,
    tools: Mapping[str, Tool] | None = None,
    slow: bool = False,
    running: Callable[[Sequence[str]], None] = lambda _: None,
) -> Verdict:
    """Runs the tools (all, or those that are given) on `tree`, which must lie in `root`.

    `begins` is called before, with the names of those that are run, and `running` about five times a second, with those
    that are not done. With `touched`, a tool none of whose files is among these paths is skipped; without
    `slow`, so is one that may take minutes.
    """
    sources = tree if isinstance(tree, Sources) else Sources(tree)
    pipe = pipe_in(root, sources.tree)
    chosen = TOOLS if tools is None else tools
    found = [prepare(name, tool, root, sources, slow=slow, touched=touched, pipe=pipe) for name, tool in chosen.items()]
    names = [tool.name for tool in found if tool.runs]
    begins(names)

    def left(indexes: Sequence[int]) -> None:
        running([found[i].name for i in indexes if found[i].runs])

    return sum(side_by_side([tool.judge for tool in found], left), Verdict())


def missing(sources: Sources, tools: Mapping[str, Tool]) -> dict[str, str]:
    """The tools that have files to judge and are not installed, each with how to get it."""
    found = {}
    for name, tool in tools.items():
        programs = tool.programs(sources)
        if not any(find(program.binary) for program in programs) and any(True for _ in tool.judged(sources)):
            found[name] = programs[0].install
    return found
