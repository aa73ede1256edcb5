"""What the steps of a job use the token of the job for.

Only what is certain is said: an action or a script that is not known may do anything, one that is given another token
or speaks to another repository may do what it likes, and is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.formats.yaml import ABSENT, Node
from generator.checks.models import github
from generator.checks.models.github import Job
from generator.checks.models.job_permissions import HARMLESS, RANK, Need, given, has_token, script
from generator.checks.source import Sources

_Words = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]

_SIGNED_IN: Final = {
    "aws-actions/configure-aws-credentials": ("role-to-assume", ("aws-access-key-id", "web-identity-token-file")),
    "google-github-actions/auth": ("workload_identity_provider", ("credentials_json",)),
    "azure/login": ("client-id", ("creds", "auth-type")),
}
"""Actions that sign in without a stored key: the input that says so, and inputs that say otherwise."""
_COMMENT: Final = ("pull-requests", "issues")
_ACTIONS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "actions/attest": (("id-token",), ("attestations",)),
    "actions/attest-build-provenance": (("id-token",), ("attestations",)),
    "actions/attest-sbom": (("id-token",), ("attestations",)),
    "actions/deploy-pages": (("id-token",), ("pages",)),
    "actions/labeler": (_COMMENT,),
    "actions/stale": (("issues", "pull-requests"),),
    "github/codeql-action/analyze": (("security-events",),),
    "github/codeql-action/upload-sarif": (("security-events",),),
    "googleapis/release-please-action": (("contents",), ("pull-requests",)),
    "marocchino/sticky-pull-request-comment": (_COMMENT,),
    "ncipollo/release-action": (("contents",),),
    "peter-evans/create-or-update-comment": (_COMMENT,),
    "peter-evans/create-pull-request": (("contents",), ("pull-requests",)),
    "peter-evans/repository-dispatch": (("contents",),),
    "softprops/action-gh-release": (("contents",),),
}
"""What actions write with the job's token: each permission with those that do as well."""
_TOKENS: Final = ("token", "github_token", "repo_token", "branch_token", "ssh_key")
_ELSEWHERE: Final = ("repository", "repo", "owner", "push-to-fork")
"""Inputs by which an action writes into another repository."""
_START: Final = r"(?m:^|[;&|(`{]|\b(?:then|do|else|if|elif|while|until|exec|time)\s|!\s)[ \t]*"
_COMMANDS: Final[_Words] = tuple(
    (re.compile(rf"{_START}(?P<what>gh (?:{words})\b)(?P<rest>[^\n]*)"), any_of)
    for words, any_of in (
        ("release (?:create|upload|edit|delete)", ("contents",)),
        ("issue (?:create|comment|edit|close|reopen)", ("issues", "pull-requests")),
        ("pr (?:comment|edit|review)", _COMMENT),
        ("pr (?:create|close|reopen)", ("pull-requests",)),
        ("pr merge", ("contents",)),
        ("label (?:create|edit|delete|clone)", ("issues", "pull-requests")),
        ("workflow (?:run|enable|disable)|run (?:cancel|rerun|delete)|cache delete", ("actions",)),
    )
)
_API: Final[_Words] = tuple(
    (re.compile(words), any_of)
    for words, any_of in (
        (r"/issues/(?:comments/|[^/\s]+/(?:comments|labels))", _COMMENT),
        (r"/(?:issues|labels)\b", ("issues", "pull-requests")),
        (r"/releases\b", ("contents",)),
        (r"/actions/(?:workflows|runs|caches|artifacts)\b", ("actions",)),
        (r"/deployments\b", ("deployments",)),
        (r"/statuses/", ("statuses",)),
        (r"/check-(?:runs|suites)\b", ("checks",)),
        (r"/pulls/[^/\s]+/merge\b", ("contents",)),
        (r"/pulls\b", ("pull-requests",)),
        (r"/(?:dispatches|contents/|git/|merges)", ("contents",)),
    )
)
_WRITING: Final = re.compile(r"(?:--method|-X)[ =]?[\"']?(?:POST|PUT|PATCH|DELETE)\b")
_READING: Final = re.compile(r"(?:--method|-X)[ =]?[\"']?GET\b|\bgraphql\b")
_FIELDS: Final = re.compile(r"\s(?:-[fF]|--(?:raw-)?field|--input)[ =]")
"""With them, `gh api` writes where no method is given."""
_OTHER: Final = re.compile(r"\s(?:--repo|-R)[ =](?![\"']?\$(?:\{?GITHUB_REPOSITORY\b|\{\{ *github\.repository *\}\}))")
_SIGNS_IN: Final = re.compile(
    r"\bgh auth (?:login|switch)\b|\bGH_TOKEN=(?![\"']?\$\{\{ *(?:github\.token|secrets\.GITHUB_TOKEN))"
)
_OWN: Final = re.compile(r"\$\{\{\s*(?:github\.token|secrets\.GITHUB_TOKEN)\s*\}\}")
_PUSH: Final = re.compile(rf"{_START}git push\b(?![^\n]*(?:://|git@|--dry-run))")
_REMOTE: Final = re.compile(
    r"\bgit (?:remote|clone|init|submodule)\b|\bgit config\b[^\n]*(?:insteadOf|extraheader|credential|url)"
    r"|://[^\s@/]+@|\bgh auth\b|\bgit@|GIT_(?:SSH|ASKPASS|DIR)",
    re.IGNORECASE,
)
"""What a script does so that nobody can tell where a push goes, and who pushes."""
_IMAGE: Final = re.compile(rf"{_START}docker (?:image )?push [\"']?ghcr\.io/")


def needs(sources: Sources, path: str, job: Job, seen: set[str] | None = None) -> Iterator[Need]:
    """What a job uses its token for; `seen` are the workflows that were looked at on the way to it."""
    target = github.local_target(sources, job.node.at("uses").text)
    seen = set() if seen is None else seen
    if target and target not in seen:
        seen.add(target)
        yield from _called(sources, target, job, seen)
    root = yaml.root(sources, path)
    around = (job.node.at("env"), root.at("env"))
    hosted = job.node.at("runs-on").text.startswith(("ubuntu-", "windows-", "macos-"))
    keys = any("AWS_ACCESS_KEY_ID" in env.map for env in around)
    for step in job.steps:
        yield from _of_step(sources, step, step, around, set(), signs_in=hosted and not keys)
    yield from _pushes(sources, job)
    yield from _images(sources, job, around)


def _called(sources: Sources, target: str, job: Job, seen: set[str]) -> Iterator[Need]:
    """What the jobs of a workflow of this repository ask of whoever calls it; or use, where they ask for nothing."""
    root, place = yaml.root(sources, target), job.node.at("uses")
    for inner in github.jobs(sources, target).values():
        if "permissions" not in inner.node.map and "permissions" not in root.map:
            for need in needs(sources, target, inner, seen):
                what = f"{need.what} in job {inner.id} of {target}"
                yield Need(need.any_of, need.level, what, place, need.certain)
        for name, level in (given(root, inner) or {}).items():
            if RANK.get(level) and name != "*":
                yield Need((name,), level, f"job {inner.id} of {target}", place)


def _of_step(
    sources: Sources, step: Node, place: Node, around: tuple[Node, ...], seen: set[str], *, signs_in: bool
) -> Iterator[Need]:
    uses = step.at("uses")
    target = github.local_target(sources, uses.text)
    if target and target not in seen:
        seen.add(target)
        for inner in github.jobs(sources, target).values():
            for one in inner.steps:
                yield from _of_step(sources, one, place, (), seen, signs_in=signs_in)
    elif uses and not target:
        yield from _of_action(step, place, signs_in=signs_in)
    elif step.at("run") and _has_own(step, *around):
        yield from _of_script(script(sources, step.at("run")), place)


def _has_own(step: Node, *around: Node) -> bool:
    """Whether what a script asks GitHub with is the token of its job and no other."""
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        for env in (step.at("env"), *around):
            if name in env.map:
                return _is_own(env.at(name))
    return has_token(step, *around)


def _is_own(value: Node) -> bool:
    return bool(_OWN.fullmatch(value.text.strip()))


def _of_action(step: Node, place: Node, *, signs_in: bool) -> Iterator[Need]:
    name = step.at("uses").text.partition("@")[0]
    inputs = step.at("with").map
    if not _is_of_job(step):
        return
    if name == "actions/checkout" and "repository" not in inputs:
        yield Need(("contents",), "read", "the checkout", place.at("uses"), certain=False)
    wanted, others = _SIGNED_IN.get(name.lower(), ("", ()))
    if signs_in and wanted in inputs and not any(other in inputs for other in others):
        yield Need(("id-token",), "write", f"{name} (it signs in)", place.at("uses"))
    for any_of in _ACTIONS.get(name, ()) if not any(one in inputs for one in _ELSEWHERE) else ():
        if inputs.get("upload", step).text not in ("never", "false", "failure-only"):
            yield Need(any_of, "write", name, place.at("uses"))


def _is_of_job(step: Node) -> bool:
    """Whether an action is given no token but that of its job."""
    given_to = [value for key, value in step.at("with").map.items() if key.lower().replace("-", "_") in _TOKENS]
    env = step.at("env")
    return all(
        _is_own(one) for one in (*given_to, *(env.at(key) for key in ("GH_TOKEN", "GITHUB_TOKEN") if env.at(key)))
    )


def _of_script(script_text: str, place: Node) -> Iterator[Need]:
    text = re.sub(r"(?m)^[ \t]*#.*$", "", script_text)
    if _SIGNS_IN.search(text):
        return
    at = place.at("run") or place.at("uses")
    for pattern, any_of in _COMMANDS:
        match = next((one for one in pattern.finditer(text) if not _OTHER.search(one["rest"])), None)
        if match:
            yield Need(any_of, "write", f"`{match['what']}`", at)
    for line in text.split("\n"):
        start = line.find("gh api ")
        if start >= 0 and (_WRITING.search(line, start) or (_FIELDS.search(line, start) and not _READING.search(line))):
            for any_of in [one for pattern, one in _API if pattern.search(line, start)][:1]:
                yield Need(any_of, "write", "`gh api`", at)


def _pushes(sources: Sources, job: Job) -> Iterator[Need]:
    """The step that pushes with what the checkout left of the job's token."""
    kept = False
    for step in job.steps:
        uses, inputs = step.at("uses").text, step.at("with")
        if uses.startswith("actions/checkout@"):
            left = inputs.at("persist-credentials").text != "false"
            kept = left and _is_of_job(step) and not inputs.at("repository") and not inputs.at("path")
        elif uses:
            kept = kept and bool(HARMLESS.fullmatch(uses))
        elif kept:
            text = re.sub(r"(?m)^[ \t]*#.*$", "", script(sources, step.at("run")))
            kept = not _REMOTE.search(text)
            if kept and _PUSH.search(text):
                yield Need(("contents",), "write", "`git push`", step.at("run"))


def _images(sources: Sources, job: Job, around: tuple[Node, ...]) -> Iterator[Need]:
    """The step that pushes an image to GitHub's registry, where the job signed in there with its own token."""
    logins = [step for step in job.steps if step.at("uses").text.startswith("docker/login-action@")]
    if len(logins) != 1 or not _is_own(logins[0].at("with", "password")):
        return
    if _value(logins[0].at("with", "registry"), around) != "ghcr.io":
        return
    for step in job.steps:
        pushes = step.at("uses").text.startswith("docker/build-push-action@")
        if (
            pushes
            and step.at("with", "push").text not in ("", "false")
            and "localhost" not in step.at("with", "tags").text
        ):
            yield Need(("packages",), "write", "docker/build-push-action (it pushes to ghcr.io)", step.at("uses"))
        elif step.at("run") and _IMAGE.search(script(sources, step.at("run"))):
            yield Need(("packages",), "write", "`docker push` to ghcr.io", step.at("run"))


def _value(node: Node, around: tuple[Node, ...]) -> str:
    """What is written, or what the environment of the job has under the name that is written."""
    match = re.fullmatch(r"\$\{\{\s*env\.(\w+)\s*\}\}", node.text.strip())
    return next((env.at(match[1]) for env in around if match[1] in env.map), ABSENT).text if match else node.text
