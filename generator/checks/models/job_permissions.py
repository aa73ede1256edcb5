"""What jobs of workflows may do with their token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from generator.checks.formats import shell, yaml
from generator.checks.formats.yaml import Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.source import Sources, lines, text

RANK: Final = {"none": 0, "read": 1, "write": 2}

HARMLESS: Final = re.compile(
    r"(?:actions/(?:checkout|cache|cache/\w+|setup-\w+|upload-artifact|download-artifact|dependency-review-action|attest)"
    r"|hashicorp/setup-\w+|aws-actions/[\w-]+|azure/(?:login|setup-\w+)|google-github-actions/(?:auth|setup-gcloud)"
    r"|docker/(?:setup-\w+-action|login-action|build-push-action|metadata-action)|aquasecurity/trivy-action"
    r"|github/codeql-action/[\w-]+|astral-sh/setup-uv|sigstore/cosign-installer)@.*"
)
"""Actions that write nothing into a repository."""
_OPAQUE: Final = re.compile(
    r"(?:^|[;&|(`]|\b(?:then|do|else|run|exec|sudo|time)\s)[ \t]*"
    r"(?:git\b[^\n;|]{0,200}\bpush\b|gh (?:release (?:create|upload|edit|delete)|pr (?:merge|create)|repo|workflow)\b"
    r"|gh api [^\n]{0,300}(?:/contents|/git/|/releases|/merges|/branches|graphql)"
    r"|(?:curl|wget|make|npm|npx|yarn|pnpm|python3?|node|ruby|cargo|mvn|gradle|goreleaser|go|docker|bash|sh|\./)\b(?!\)))",
    re.MULTILINE,
)
"""Commands that write into a repository, or may do so."""
_SCRIPT: Final = re.compile(r"(?<![\w$}/-])(?:\./)?([\w-][\w./-]{0,200}\.sh)\b")


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, or one of several, that a step uses."""

    any_of: tuple[str, ...]
    level: str
    what: str
    step: Node
    certain: bool = True
    """False where it is needed in a private repository alone."""


def given(root: Node, job: Job) -> dict[str, str] | None:
    """The permissions of a job, `*` for all others; None where it has all, or what the organisation gives."""
    holder = next((one for one in (job.node, root) if "permissions" in one.map), None)
    if holder is None:
        return None
    node = holder.at("permissions")
    if node.text == "read-all":
        return {"*": "read"}
    if node.text == "write-all" or "${{" in node.text:
        return None
    return {name: level.text for name, level in node.map.items()}


def allows(permissions: dict[str, str], need: Need) -> bool:
    """Whether one of the permissions that a step can use is there."""
    others = permissions.get("*", "none")
    return any(RANK.get(permissions.get(name, others), 2) >= RANK[need.level] for name in need.any_of)


def _is_own(value: Node) -> bool:
    return "github.token" in value.text or "secrets.GITHUB_TOKEN" in value.text


def has_token(step: Node, *around: Node) -> bool:
    """Whether a script is given the token of its job, by its environment or in its text."""
    values = [value for env in (step.at("env"), *around) for value in env.map.values()]
    return any(_is_own(value) for value in (*values, step.at("run")))


def script(sources: Sources, run: Node) -> str:
    """A script with those of this repository that it calls, their commands in one line each."""
    found = [run.text]
    seen: set[str] = set()
    waiting = [match[1] for match in _SCRIPT.finditer(run.text)]
    while waiting:
        path = waiting.pop()
        if path in seen or path not in sources.tree:
            continue
        seen.add(path)
        found.append("\n".join(line for _, line in shell.code(sources, path)))
        waiting += [match[1] for match in _SCRIPT.finditer(text(sources, path))]
        waiting += [target for line in lines(sources, path) if (target := shell.sourced(sources, path, line))]
    return re.sub(r"\\\n\s*", " ", "\n".join(found))


def may_write_contents(sources: Sources, path: str, job: Job) -> bool:
    """Whether a job can use the right to write to the repository; True where nobody can tell."""
    if job.node.at("uses"):
        target = github.local_target(sources, job.node.at("uses").text)
        root = yaml.root(sources, target) if target else yaml.ABSENT
        inner = github.jobs(sources, target).values() if target else ()
        permissions = [given(root, one) for one in inner]
        return not permissions or any(one is None or one.get("contents") == "write" for one in permissions)
    around = (yaml.root(sources, path).at("env"), job.node.at("env"))
    kept = any(_keeps_token(step) for step in job.steps)
    return any(_step_may_write(sources, step, around, {}, kept=kept) for step in job.steps)


def _keeps_token(step: Node) -> bool:
    """Whether the step leaves a token that `git push` takes."""
    checkout = step.at("uses").text.startswith("actions/checkout@")
    return checkout and step.at("with", "persist-credentials").text != "false"


def _step_may_write(
    sources: Sources, step: Node, around: tuple[Node, ...], known: dict[str, bool], *, kept: bool
) -> bool:
    uses = step.at("uses").text
    target = github.local_target(sources, uses)
    if target in sources.tree:
        if target not in known:
            known[target] = True  # so one that uses itself is not known
            inner = [one for job in github.jobs(sources, target).values() for one in job.steps]
            writes = (_keeps_token(one) or _step_may_write(sources, one, (), known, kept=kept) for one in inner)
            known[target] = not inner or any(writes)  # without steps it is a program
        return known[target]
    if uses:
        return not HARMLESS.fullmatch(uses)
    if kept or has_token(step, *around):
        return bool(_OPAQUE.search(script(sources, step.at("run"))))
    return False
