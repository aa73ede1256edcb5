"""Workflows as GitHub runs them: which jobs an event starts, by their conditions, and what the steps of a job do.

Of expressions it knows what our workflows say; anything else is a ValueError, never a guess.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

Known = Mapping[str, Any]
_TOKEN: Final = re.compile(r"\s*('(?:[^']|'')*'|\d+|&&|\|\||==|!=|[!().,\[\]*]|[A-Za-z_][\w-]*)")
_STATUS: Final = re.compile(r"\b(always|cancelled|failure|success)\(\)")
_WORDS: Final = {"true": True, "false": False, "null": None}


class _All(list[Any]):
    """What `.*` gives: a name after it is asked of each."""


@dataclass
class _Expression:
    """One expression, read from left to right and reckoned at once."""

    tokens: list[str]
    known: Known
    results: tuple[str, ...]
    """How the jobs ended that this one needs."""
    cancelled: bool

    def value(self) -> Any:
        left = self._all()
        while self._take("||"):
            right = self._all()
            left = left if _true(left) else right
        return left

    def _all(self) -> Any:
        left = self._same()
        while self._take("&&"):
            right = self._same()
            left = right if _true(left) else left
        return left

    def _same(self) -> Any:
        left = self._not()
        if self._take("=="):
            return _equal(left, self._not())
        return not _equal(left, self._not()) if self._take("!=") else left

    def _not(self) -> Any:
        return not _true(self._not()) if self._take("!") else self._path()

    def _path(self) -> Any:
        found = self._first()
        while True:
            if self._take("."):
                found = _All(found or ()) if self._take("*") else _ask(found, self.tokens.pop(0))
            elif self._take("["):
                found = _ask(found, self.value())
                self._must("]")
            else:
                return found

    def _first(self) -> Any:
        token = self.tokens.pop(0)
        if token == "(":
            found = self.value()
            self._must(")")
            return found
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.isdigit():
            return int(token)
        if self._take("("):
            return self._call(token)
        if token not in _WORDS and token not in self.known:
            raise ValueError(f"no context {token}")
        return _WORDS[token] if token in _WORDS else self.known[token]

    def _call(self, name: str) -> Any:
        given: list[Any] = []
        while not self._take(")"):
            given.append(self.value())
            self._take(",")
        status = {
            "always": True,
            "cancelled": self.cancelled,
            "success": not self.cancelled and set(self.results) <= {"success"},
            "failure": not self.cancelled and "failure" in self.results,
        }
        match name, given:
            case "contains", [list() as some, one]:
                return any(_equal(item, one) for item in some)
            case "contains", [some, one]:
                return _text(one).casefold() in _text(some).casefold()
            case "format", [pattern, *rest]:
                return re.sub(r"\{(\d+)\}", lambda found: _text(rest[int(found[1])]), pattern)
            case _, [] if name in status:
                return status[name]
        raise ValueError(f"{name} of {given} is not known here")

    def _take(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        del self.tokens[0]
        return True

    def _must(self, token: str) -> None:
        if not self._take(token):
            raise ValueError(f"{token} is missing before {self.tokens}")


def _ask(found: Any, name: Any) -> Any:
    if isinstance(found, _All):
        return _All(one for one in (_ask(item, name) for item in found) if one is not None)
    return found.get(name) if isinstance(found, Mapping) else None


def _true(value: Any) -> bool:
    return value not in (None, False, 0, "")


def _equal(left: Any, right: Any) -> bool:
    """Texts without regard to case; null is 0 and an empty text, as GitHub has it."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if isinstance(left, (Mapping, list)) or isinstance(right, (Mapping, list)):
        return left is right
    return _number(left) == _number(right)


def _number(value: Any) -> float:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"-?\d+(\.\d+)?", value) else (float("nan") if value else 0.0)
    return float(value or 0)


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return str(value)


def reckon(expression: str, known: Known, results: tuple[str, ...] = (), cancelled: bool = False) -> Any:
    """The value of an expression, without its `${{ }}`."""
    tokens, at, text = [], 0, expression.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError(f"not known here: {text[at:]}")
        tokens.append(found[1])
        at = found.end()
    parsed = _Expression(tokens, known, results, cancelled)
    value = parsed.value()
    if parsed.tokens:
        raise ValueError(f"left over: {parsed.tokens}")
    return value


def filled(text: Any, known: Known) -> str:
    """A text with the values of its expressions."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: _text(reckon(found[1], known)), _text(text), flags=re.DOTALL)


def holds(condition: Any, known: Known, results: tuple[str, ...] = (), cancelled: bool = False) -> bool:
    """Whether what has this `if` runs; one that asks for no status asks for success."""
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", _text(condition).strip(), flags=re.DOTALL) or "success()"
    if not _STATUS.search(text):
        text = f"success() && ({text})"
    return _true(reckon(text, known, results, cancelled))


class Variables(dict[str, str]):
    """The variables of a repository: each has its own name as its value."""

    def get(self, name: str, _default: Any = None) -> Any:
        return name


def context(**github: Any) -> dict[str, Any]:
    """What a run knows: `github`, and every variable."""
    usual = {
        "repository": "acme/shop",
        "server_url": "https://github.com",
        "run_id": 5,
        "token": "t",
        "sha": "merge-commit",
    }
    return {"github": usual | github, "vars": Variables(), "secrets": {}}


def clocked(event: str, branch: str, **github: Any) -> dict[str, Any]:
    """What a run knows that the clock, which starts the default branch alone, or a person started on a branch."""
    # The event of a schedule names no repository.
    payload = {} if event == "schedule" else {"repository": {"default_branch": "main"}}
    return context(event_name=event, ref_name=branch, event=payload, **github)


def started(workflow: Mapping[Any, Any], known: Known, ends: Mapping[str, str] | None = None) -> dict[str, str]:
    """How the jobs that an event starts end, by name: with success, or as `ends` says."""
    on, github = workflow[True], known["github"]
    event = on.get(github["event_name"], "not a trigger")
    action = github["event"].get("action")
    if event == "not a trigger" or (event and "types" in event and action not in event["types"]):
        return {}
    results: dict[str, str] = {}
    for name, job in workflow["jobs"].items():
        wanted = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        before = tuple(results[one] for one in wanted)
        needs = {one: {"result": results[one], "outputs": {}} for one in wanted}
        runs = holds(job.get("if"), {**known, "needs": needs}, before, "cancelled" in before)
        results[name] = (ends or {}).get(name, "success") if runs else "skipped"
    return {name: result for name, result in results.items() if result != "skipped"}


@dataclass
class Played:
    """What became of the steps of a job: those that run something of the repository."""

    code: int = 0
    said: str = ""
    steps: dict[str, Any] = field(default_factory=dict)
    """The context `steps`: outputs by the step's id."""


def play(job: Mapping[str, Any], known: Known, folder: Path, **more: str) -> Played:
    """Runs the steps of a job one after another, until one fails; `more` is what the runner sets beside their `env`."""
    played = Played()
    for step in job["steps"]:
        seen = {**known, "steps": played.steps}
        if "run" not in step or not holds(step.get("if"), seen):
            continue
        output = folder / "GITHUB_OUTPUT"
        output.write_text("")
        variables = {**job.get("env", {}), **step.get("env", {})}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env={
                "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(folder),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(folder / "GITHUB_STEP_SUMMARY"),
                "GITHUB_REPOSITORY": str(known["github"]["repository"]),
                **{name: filled(value, seen) for name, value in variables.items()},
                **more,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        played.code, played.said = done.returncode, played.said + done.stdout + done.stderr
        if "id" in step:
            played.steps[step["id"]] = {"outputs": outputs(output.read_text())}
        if done.returncode:
            break
    return played


def outputs(text: str) -> dict[str, str]:
    """What a step wrote into GITHUB_OUTPUT."""
    pairs = re.findall(r"^(\w+)(?:=(.*)|<<(\w+)\n((?:.*\n)*?)\3)$", text, re.MULTILINE)
    return {name: line or block.removesuffix("\n") for name, line, _, block in pairs}
