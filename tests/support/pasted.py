"""Whether the tools that a page's commands call know every word of them: commands, options, kinds of objects."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import yaml
from botocore import xform_name

from generator.checks.models import kubernetes_schema as schemas
from tests.support import aws_cli
from tests.tools.run import need

Words = list[str]

_SHELL: Final = frozenset(
    [
        "[",
        "bash",
        "break",
        "command",
        "continue",
        "echo",
        "eval",
        "exit",
        "export",
        "printf",
        "read",
        "return",
        "set",
        "shift",
        "source",
        "test",
        "true",
        "wait",
    ]
)
_TOOLS: Final = frozenset(
    [
        "agency-scaffold",
        "base64",
        "cat",
        "cp",
        "curl",
        "cut",
        "date",
        "dig",
        "docker",
        "grep",
        "head",
        "helm",
        "jq",
        "mv",
        "openssl",
        "pip",
        "rm",
        "sed",
        "sleep",
        "sort",
        "tail",
        "terraform",
        "tr",
        "wc",
        "xargs",
    ]
)
"""Words of theirs are not looked at."""
_SHORT: Final = frozenset(
    ["cm", "deploy", "hpa", "ing", "netpol", "ns", "pdb", "po", "pvc", "pv", "rs", "sa", "sts", "svc", "crd", "crds"]
)
"""Short names of kinds."""
_UNRECORDED: Final = frozenset({"experiment", "experiments"})
"""A kind of Argo Rollouts that nothing of ours makes."""
_GH: Final = {
    "api": (),
    "auth": ("login", "status"),
    "issue": ("list", "view"),
    "pr": ("checks", "create", "edit", "list", "view"),
    "repo": ("create", "edit", "view"),
    "run": ("cancel", "download", "list", "rerun", "view", "watch"),
    "secret": ("list", "set"),
    "variable": ("list", "set"),
    "workflow": ("list", "run", "view"),
}
_AWS: Final = {
    "configure": ("export-credentials", "list"),
    "ecr": ("get-login-password",),
    "eks": ("get-token", "update-kubeconfig"),
    "logs": ("tail",),
    "s3": ("cp", "ls", "mv", "rm", "sync"),
    "sso": ("login",),
    "ssm": ("start-session",),
}
"""Commands of the CLI's own, which no API has."""
_AWS_OPTIONS: Final = frozenset(
    [
        "--cli-input-json",
        "--max-items",
        "--no-cli-pager",
        "--output",
        "--page-size",
        "--profile",
        "--query",
        "--region",
        "--starting-token",
    ]
)


def unknown(blocks: Iterable[str], root: Path) -> list[str]:
    """What no tool knows of the commands in blocks of shell, in a repository that lies at `root`."""
    calls, functions = _calls(blocks)
    found = []
    for words in calls:
        found += [f"{why}: {' '.join(words)}" for why in _judged(words, functions, root)]
    return sorted(set(found))


def _calls(blocks: Iterable[str]) -> tuple[list[Words], set[str]]:
    """Every command of the blocks, and the functions that they make; words that hold a variable stay as written."""
    text = "\n".join(f"{{\n{block}\n}}" for block in blocks)
    done = subprocess.run(
        [need("shfmt"), "--to-json"], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    source, calls, functions = text.encode(), [], set()

    def word(node: Any) -> str:
        written = source[node["Pos"]["Offset"] : node["End"]["Offset"]].decode()
        return written if "$" in written or "`" in written else " ".join(shlex.split(written))

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for one in node:
                walk(one)
        elif isinstance(node, dict):
            if node.get("Type") == "CallExpr" and node.get("Args"):
                calls.append([word(one) for one in node["Args"]])
            if node.get("Type") == "FuncDecl":
                functions.add(node["Name"]["Value"])
            walk(list(node.values()))

    walk(json.loads(done.stdout))
    return calls, functions


def _judged(words: Words, functions: set[str], root: Path) -> Iterator[str]:
    first, *rest = words
    if first.startswith("scripts/"):
        yield from _script(first, rest, root)
    elif first in _JUDGES:
        yield from _JUDGES[first](rest, root)
    elif first not in _SHELL | _TOOLS | functions and not first.startswith(("$", '"$')):
        yield f"no tool is called {first}"


def _script(path: str, words: Words, root: Path) -> Iterator[str]:
    if not (root / path).is_file():
        yield f"there is no {path}"
        return
    said = _help_of(path, (root / path).read_text(), root)
    for option in (word.partition("=")[0] for word in _until_ddash(words)):
        if re.fullmatch(r"--[a-z][a-z-]*", option) and not re.search(rf"(?<![\w-]){option}(?![\w-])", said):
            yield f"{path} has no option {option}"


_SAID: dict[tuple[str, str], str] = {}


def _help_of(path: str, text: str, root: Path) -> str:
    """What a script says of itself; the same of the same text, wherever it lies."""
    if (path, text) not in _SAID:
        line = ["bash", path, "--help"]
        done = subprocess.run(line, cwd=root, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{path} --help: {done.stderr}"
        _SAID[path, text] = done.stdout
    return _SAID[path, text]


def _until_ddash(words: Words) -> Words:
    return words[: words.index("--")] if "--" in words else words


def _make(words: Words, root: Path) -> Iterator[str]:
    text = (root / "scaffold.mk").read_text()
    targets = set(re.findall(r"^\$\(call scaffold_free,([a-z-]+) [a-z-]+\):", text, re.M))
    for word in words:
        if re.fullmatch("[a-z-]+", word) and word not in {f"infra-{name}" for name in targets}:
            yield f"make has no target {word}"


def _git(words: Words, _root: Path) -> Iterator[str]:
    if words[0] not in _git_commands():
        yield f"git has no command {words[0]}"


@cache
def _git_commands() -> frozenset[str]:
    done = subprocess.run(["git", "--list-cmds=main"], capture_output=True, text=True, check=True, timeout=60)
    return frozenset(done.stdout.split())


def _gh(words: Words, root: Path) -> Iterator[str]:
    command, *rest = words
    if command not in _GH or (_GH[command] and rest[0] not in _GH[command]):
        yield f"gh has no command {' '.join(words[:2])}"
        return
    named = [rest[1]] if (command, rest[0]) == ("workflow", "run") else []
    named += [name for option, name in pairwise(words) if option == "--workflow"]
    for name in named:
        path = root / ".github/workflows" / name
        if not path.is_file():
            yield f"there is no workflow {name}"
        elif command == "workflow":
            # `on` is true to a reader of YAML 1.1.
            asked = (yaml.safe_load(path.read_text())[True].get("workflow_dispatch") or {}).get("inputs", {})
            given = [w.partition("=")[0] for o, w in pairwise(words) if o in {"-f", "-F"}]
            yield from (f"{name} asks for no {one}" for one in given if one not in asked)


def _aws(words: Words, _root: Path) -> Iterator[str]:
    service, command, *rest = words
    if command in _AWS.get(service, ()):
        return
    known = aws_cli.model({"s3api": "s3"}.get(service, service))
    if command == "wait":
        return
    operation = {xform_name(name, "-"): name for name in known.operation_names}.get(command)
    if operation is None:
        yield f"aws {service} has no command {command}"
        return
    shape = known.operation_model(operation).input_shape
    members = getattr(shape, "members", {})
    options = {f"--{xform_name(name, '-')}" for name in members}
    options |= {f"--no-{xform_name(n, '-')}" for n, one in members.items() if one.type_name == "boolean"}
    for word in rest:
        if word.startswith("--") and word.partition("=")[0] not in options | _AWS_OPTIONS | {"--interactive"}:
            yield f"aws {service} {command} has no option {word}"


def _kubectl(words: Words, _root: Path) -> Iterator[str]:
    everywhere = _kubectl_options()
    verb, at = [], 0
    while at < len(words) and words[at].startswith("-"):
        at += 1 if "=" in words[at] else 2
    verb = words[at : at + 1]
    if verb and verb[0] in {"auth", "config", "create", "rollout", "top"} and not words[at + 1].startswith("-"):
        # One and several are the same command.
        verb = [verb[0], words[at + 1].removesuffix("s") if verb[0] == "top" else words[at + 1]]
    options = _kubectl_options(*verb)
    if not options:
        yield f"kubectl has no command {' '.join(verb)}"
        return
    positional, rest = [], iter([*words[:at], *_until_ddash(words[at + len(verb) :])])
    for word in rest:
        name = word.partition("=")[0]
        if not word.startswith("-") or word == "-":
            positional.append(word)
        elif re.fullmatch("-[a-z]{2}", word):  # two flags in one, such as -it
            yield from (f"kubectl {verb[0]} has no option -{one}" for one in word[1:] if f"-{one}" not in options)
        elif name not in options | everywhere:
            yield f"kubectl {' '.join(verb)} has no option {name}"
        elif "=" not in word and (options | everywhere)[name]:
            next(rest, "")
    yield from _kinds(verb, positional)


_OF_OBJECTS: Final = frozenset(["annotate", "delete", "describe", "get", "label", "patch", "rollout", "scale", "wait"])
_SLASHED: Final = frozenset(["exec", "logs", "port-forward"])


def _kinds(verb: Words, positional: Words) -> Iterator[str]:
    for word in positional[:1] if verb[0] in _OF_OBJECTS else ():
        for kind in word.partition("/")[0].split(","):
            if "$" not in kind and kind.partition(".")[0] not in _kind_names():
                yield f"no kind is called {kind}"
    for word in positional[:1] if verb[0] in _SLASHED else ():
        kind, slash, _ = word.partition("/")
        if slash and "$" not in kind and kind not in _kind_names():
            yield f"no kind is called {kind}"


@cache
def _kubectl_options(*verb: str) -> dict[str, bool]:
    """The options of a command, or those of all of them, and whether a word follows; nothing where there is no such command."""
    line = [need("kubectl"), *verb, "--help"] if verb else [need("kubectl"), "options"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
    if verb and not re.search(rf"^  kubectl {' '.join(verb)}\b", done.stdout.partition("Usage:")[2], re.M):
        return {}
    found = re.findall(r"^ +(?:(-\w), )?(--[\w-]+)=(.*):$", done.stdout, re.M)
    return {name: value not in {"true", "false"} for short, long, value in found for name in (short, long) if name} | {
        "--help": False
    }


@cache
def _kind_names() -> frozenset[str]:
    """Each recorded kind as kubectl takes it: of one, and of several."""
    kinds = {kind.rpartition("/")[2].lower() for kind in (*schemas.kinds(), *schemas.custom_kinds())}
    several = {re.sub("(?<=[^aeiou])ys$", "ies", re.sub("(s|x|ch)s$", r"\1es", f"{kind}s")) for kind in kinds}
    return frozenset(kinds | several | _SHORT | _UNRECORDED)


_JUDGES: Final[dict[str, Callable[[Words, Path], Iterator[str]]]] = {
    "aws": _aws,
    "gh": _gh,
    "git": _git,
    "kubectl": _kubectl,
    "make": _make,
}
