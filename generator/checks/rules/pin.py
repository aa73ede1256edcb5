"""Versions that were exact stay exact, and are the same in all places

A tool, provider or chart of any version is another one on a day that somebody else chose: the check is red without a
change, the plan of the night is not that of the morning. The repository was generated with exact versions; a newer
exact one is as good, a range, fewer numbers or `latest` is not. One tool or action has one version everywhere, and the
comment behind a commit says which version it is. A Terraform module that another one calls may leave the upper end to
its caller. In a repository that was not generated, only charts without a version are told, and Python packages without
one in a list where most have it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from generator.checks.formats import dockerfile, hcl, shell
from generator.checks.formats.hcl import Argument, Block
from generator.checks.formats.yaml import Node
from generator.checks.models import github, installs, kubernetes
from generator.checks.models.habits import habit
from generator.checks.models.ours import is_ours
from generator.checks.models.terraform import Module, modules
from generator.checks.models.terraform_constraints import constraint
from generator.checks.models.terraform_values import is_root
from generator.checks.rule import Flaw, Format, at
from generator.checks.source import Sources, folder, lines, makefiles, name, shared
from generator.finding import Severity
from generator.pins import pins

FORMAT = Format.TEXT

_MOVING: Final = re.compile(
    r"^\s*(?:- )?([\w-]*version|runs-on):\s*[\"']?"
    r"((?:latest|stable|main|master|lts(?:/\*)?|[~^<>*]\S*.*?|[\w.-]+-latest))[\"']?\s*(?:#.*)?$"
)
_BRANCH: Final = re.compile(
    r"https://[^\s\"']*[?&]ref=(main|master|HEAD|latest|trunk|develop)\b"
    r"|https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/(main|master|HEAD)/"
)
_REMOTE: Final = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+//[^\s\"']*")
_USES: Final = re.compile(r"uses:\s*[\"']?([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40})[\"']?\s+#\s*(v?\d[\w.-]*)")
_EXACT: Final = re.compile(r"^\s*(?:- )?(terraform_version):\s*[\"']?(\d+\.\d+\.\d+)[\"']?\s*(?:#.*)?$")
_NUMBERS: Final = re.compile(r"v?(\d+(?:\.\d+)*)(?:\.[x*])*")
_TOOLS: Final = {
    "hashicorp/setup-terraform": "terraform_version", "terraform-linters/setup-tflint": "tflint_version",
    "aquasecurity/trivy-action": "version", "astral-sh/setup-uv": "version", "azure/setup-kubectl": "version",
    "azure/setup-helm": "version", "helm/kind-action": "version",
}  # fmt: skip
"""The input of an action that says the version of the tool that it installs."""
_NEWEST: Final = ("terraform_version", "tflint_version")
"""Those that mean the newest one where they are left out."""
_LANGUAGES: Final = {
    "actions/setup-go": "go", "actions/setup-python": "python", "actions/setup-node": "node", "ruby/setup-ruby": "ruby",
}  # fmt: skip
_LONGEST: Final = 40
"""Lines of one command."""
_FIX: Final = "Name an exact version."
_TILDE: Final = "Write ~> and the version."


@dataclass(frozen=True, slots=True)
class Pin:
    """A version that stands in several places."""

    path: str
    line: int
    column: int
    name: str
    version: str
    comment: str = ""


def files(sources: Sources) -> Iterator[str]:
    if is_ours(sources):
        texts = (*github.paths(sources), *sources.ending(".sh"), *dockerfile.paths(sources), *makefiles(sources))
        yield from dict.fromkeys([*texts, *kubernetes.kustomizations(sources)])
    yield from sources.ending(".tf")
    yield from (path for path in sources.ending(".txt") if _lists_packages(path))


def _lists_packages(path: str) -> bool:
    return name(path).startswith("requirements") or name(folder(path)) == "requirements"


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path.endswith(".tf"):
        yield from _terraform(sources, path)
    elif path.endswith(".txt"):
        yield from _packages(sources, path)
    elif path in kubernetes.kustomizations(sources):
        yield from _remote(kubernetes.kustomizations(sources)[path])
    else:
        for number, line in enumerate(lines(sources, path), 1):
            if not line.lstrip().startswith("#"):
                yield from _line(path, number, line)
                yield from _installs(sources, path, number, line)
        yield from _inputs(sources, path) if path.endswith((".yml", ".yaml")) else ()
        yield from _differing(sources).get(path, ())


def _line(path: str, number: int, line: str) -> Iterator[Flaw]:
    moving = _MOVING.match(line) if path.endswith((".yml", ".yaml")) else None
    if moving:
        yield _warn(
            number, f"{moving[1]} {moving[2]} is another one on a day that somebody else chose", moving.start(2)
        )
    yield from _address(number, line)


def _installs(sources: Sources, path: str, number: int, line: str) -> Iterator[Flaw]:
    # What a script prints tells people how to install; they choose the version.
    if path.endswith(".sh") and number not in _commands(sources, path):
        return
    alone = not path.endswith((".yml", ".yaml")) and "ocker" not in name(path)
    for start, message in installs.unpinned(line, alone=alone):
        yield _warn(number, message, start)
    yield from _helm(sources, path, number) if "helm " in line else ()


@shared
def _commands(sources: Sources, path: str) -> frozenset[int]:
    """The lines of a script on which commands begin."""
    script = shell.script(sources, path)
    return frozenset(script.place(one.words[0][0]).line for one in script.grammar.commands if one.words)


def _address(number: int, line: str) -> Iterator[Flaw]:
    """Addresses of a branch, or of what is in a repository today."""
    found = _BRANCH.search(line)
    remote = _REMOTE.search(line)
    if found:
        which = found[1] or found[2]
        message = f"the address names {which}, which is another one on a day that somebody else chose"
        yield _warn(number, message, found.start(1 if found[1] else 2))
    elif remote and not re.search(r"[?&](?:ref|version)=", remote[0]):
        yield _warn(number, "the address names no commit: it is whatever was merged last", remote.start())


def _helm(sources: Sources, path: str, number: int) -> Iterator[Flaw]:
    """A chart that a command of one or several lines installs."""
    command = ""
    for line in lines(sources, path)[number - 1 : number + _LONGEST]:
        command += line.removesuffix("\\")
        if not line.endswith("\\"):
            break
    start = installs.chart(command)
    if 0 <= start < len(lines(sources, path)[number - 1]):
        yield _warn(number, "the chart has no version: it is whatever was published last", start)


def _remote(root: Node) -> Iterator[Flaw]:
    for key in ("resources", "bases", "components"):
        for one in root.at(key).items:
            address = one.text if "://" in one.text else f"https://{one.text}"
            if re.match(r"https://[\w-]+\.", address):
                yield from (_warn(one.line, flaw.message, one.column - 1) for flaw in _address(one.line, address))


def _inputs(sources: Sources, path: str) -> Iterator[Flaw]:
    """Versions of tools that actions install, with fewer numbers than an exact one has."""
    for step in (step for job in github.jobs(sources, path).values() for step in job.steps):
        action = "/".join(step.at("uses").text.partition("@")[0].split("/")[:2])
        language = _LANGUAGES.get(action)
        key = f"{language}-version" if language else _TOOLS.get(action, "")
        given = step.at("with", key)
        numbers = _NUMBERS.fullmatch(given.text)
        least = pins().runtime(language).count(".") + 1 if language else 3
        if numbers and len(numbers[1].split(".")) < least:
            message = f"{key} {given.text} is another one on a day that somebody else chose"
            yield _warn(given.line, message, given.column - 1)
        elif key in _NEWEST and not any(one.startswith(key) for one in step.at("with").map):
            uses = step.at("uses")
            yield _warn(uses.line, f"{action} takes whatever version is the newest", uses.column - 1, f"Give it {key}.")


def _packages(sources: Sources, path: str) -> Iterator[Flaw]:
    """Python packages of any version, where most are exact."""
    found = [(n, one.partition(" #")[0].partition(";")[0].strip()) for n, one in enumerate(lines(sources, path), 1)]
    named = [(number, one) for number, one in found if re.match(r"[A-Za-z]", one)]
    loose = [(number, one) for number, one in named if installs.is_range(re.sub(r"\s", "", one))]
    for number, one in loose if len(loose) * 2 < len(named) else ():
        yield _warn(number, f"{one} is whatever version is the newest, and the others are exact", 0)


def _warn(line: int, message: str, start: int, fix: str = _FIX) -> Flaw:
    return habit(Flaw(line, message, fix, start + 1))


@shared
def _differing(sources: Sources) -> Mapping[str, list[Flaw]]:
    """What has one version in one place and another elsewhere, and comments that say another than the commit is."""
    found: dict[str, list[Flaw]] = {}
    for path, flaw in (*_two(_tools(sources)), *_two(_actions(sources)), *_comments(_actions(sources))):
        found.setdefault(path, []).append(flaw)
    return found


def _tools(sources: Sources) -> list[Pin]:
    return [
        Pin(path, number, match.start(2) + 1, match[1], match[2])
        for path in github.paths(sources)
        for number, line in enumerate(lines(sources, path), 1)
        if (match := _EXACT.match(line))
    ]


@shared
def _actions(sources: Sources) -> list[Pin]:
    return [
        Pin(path, number, match.start(2) + 1, match[1], match[2], match[3])
        for path in github.paths(sources)
        for number, line in enumerate(lines(sources, path), 1)
        if "uses:" in line and (match := _USES.search(line))
    ]


def _two(given: Iterable[Pin]) -> Iterator[tuple[str, Flaw]]:
    by_name: dict[str, list[Pin]] = {}
    for pin in given:
        by_name.setdefault(pin.name, []).append(pin)
    for tool, those in by_name.items():
        usual = Counter(pin.version for pin in those).most_common(1)[0][0]
        other = next(pin for pin in those if pin.version == usual)
        for pin in (pin for pin in those if pin.version != usual):
            message = f"{tool} is {_shown(pin)} here, and {_shown(other)} in {other.path}"
            fix = "Name one version in all places."
            yield pin.path, Flaw(pin.line, message, fix, pin.column, Severity.WARNING)


def _shown(pin: Pin) -> str:
    return pin.comment or pin.version


def _comments(given: Iterable[Pin]) -> Iterator[tuple[str, Flaw]]:
    known = pins().commits
    for pin in given:
        right = known.get(pin.version, pin.comment)
        if pin.comment != right:
            message = f"the commit of {pin.name} is {right}, and the comment says {pin.comment}"
            yield pin.path, _warn(pin.line, message, pin.column - 1, "Let the comment say what the commit is.")


def _terraform(sources: Sources, path: str) -> Iterator[Flaw]:
    module = modules(sources).get(folder(path))
    for block in hcl.parse(sources, path).body.blocks:
        if block.type == "resource" and block.labels[:1] == ("helm_release",):
            yield from _chart(block, ranges=is_ours(sources))
        elif block.type == "terraform" and is_ours(sources) and module:
            yield from _constraints(sources, block, module)


def _chart(block: Block, *, ranges: bool) -> Iterator[Flaw]:
    version, chart = block.body.get("version"), block.body.get("chart")
    elsewhere = block.body.get("repository") or (chart and (chart.literal or "").startswith("oci://"))
    if version is None and elsewhere:
        message = f"{'.'.join(block.labels)} has no version: it is whatever chart was published last"
        yield habit(at(block, message, _FIX))
    elif version and ranges and re.search(r"[~^<>*x]|^v?\d+(?:\.\d+)?$", version.literal or ""):
        message = f"version {version.literal} of {'.'.join(block.labels)} is another chart on the day it is published"
        yield habit(at(version, message, _FIX))


def _constraints(sources: Sources, block: Block, module: Module) -> Iterator[Flaw]:
    top = is_root(sources, module)
    required = block.body.get("required_version")
    listed = list(block.body.of("required_providers"))
    if required and top and _is_open(required.literal):
        message = f"required_version {required.literal} lets in a Terraform of any later version"
        yield _warn(required.line, message, required.column - 1, _TILDE)
    elif listed and top and not required and not _says_terraform(sources, module):
        message = "required_version is missing: a Terraform of any version may write the state"
        yield _warn(block.line, message, block.column - 1, _TILDE)
    for provider in (provider for inner in listed for provider in inner.body.arguments):
        yield from _provider(provider, top=top)


def _says_terraform(sources: Sources, module: Module) -> bool:
    blocks = (block for path in module.files for block in hcl.parse(sources, path).body.of("terraform"))
    return module.broken or any(block.body.get("required_version") for block in blocks)


def _is_open(text: str | None) -> bool:
    """Whether a constraint lets in more than one major version."""
    parsed = constraint(text or "")
    if parsed is None:
        return False
    majors = {number for major, _, _ in parsed.versions for number in (major - 1, major, major + 1)}
    return sum(parsed.allows((major, 10**6, 0)) for major in majors) > 1


def _provider(provider: Argument, *, top: bool) -> Iterator[Flaw]:
    given: dict[str | None, tuple[Any, Any]] = {k: (where, v) for k, where, v in hcl.entries(provider.value)}
    if "version" not in given:
        if "source" in given:
            message = f"provider {provider.name} has no version: it is whatever was published last"
            yield _warn(provider.line, message, provider.column - 1, _TILDE)
        return
    where, value = given["version"]
    text = hcl.literal(value)
    if top and _is_open(text):
        line, column = hcl.place(where)
        yield _warn(
            line, f"version {text} of provider {provider.name} lets in the next major version", column - 1, _TILDE
        )
