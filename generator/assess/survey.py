"""The whole assessment: what was found, what it gives, what is there already and what of ours would stand beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from generator import __version__, places
from generator.answers import dotted
from generator.answers.keys import word
from generator.assess import compose, dockerfile, kubernetes, project
from generator.assess.assessment import Assessment, Existing, Missing, ServiceFound
from generator.assess.detected import Detected, detect
from generator.assess.folder import Folder, parent
from generator.change import Action, Change
from generator.errors import ScaffoldError
from generator.new import prepare
from generator.served import settle

Kind = Literal["workflows", "pipelines", "terraform", "kubernetes", "helm", "docker", "compose", "make", "monitoring"]
_BESIDE: Final[dict[Kind, str]] = {
    "workflows": r"\.github/workflows/",
    "pipelines": r"\.github/workflows/|\.gitlab|Jenkinsfile|jenkins/",
    "terraform": r"infrastructure/terraform/(?!.*/tests/)",
    "kubernetes": r"infrastructure/kubernetes/",
    "helm": r"infrastructure/kubernetes/",
    "docker": r"infrastructure/docker/.*Dockerfile$",
    "compose": r"infrastructure/docker/docker-compose\.yml$",
    "make": r"scaffold\.mk$|(GNUm|m|M)akefile$",
    "monitoring": r"monitoring/(prometheus|alertmanager)/[^/]*$",
}
"""What of ours does the same, by kind of what is there."""
_TOLD: Final = (
    "kind", "version", "package_manager", "port", "health_path", "metrics_path", "commands.lint", "commands.unit",
    "commands.build", "commands.migrate",
)  # fmt: skip
"""What is worth to be known as missing of a service."""
_GENERATED: Final = f"this was generated: part of it is ours, and the answers stand in {places.ANSWERS_FILE}"
_OF_REQUESTS: Final = frozenset({"port", "health_path", "metrics_path"})
_OF_LANGUAGE: Final = frozenset({"version", "package_manager"})
"""What has no effect for a language that is none of ours."""


def assess(root: Path) -> Assessment:
    """Looks at a folder; raises ScaffoldError where it cannot be read."""
    if not root.is_dir():
        raise ScaffoldError(f"{root} is no folder", hint="Give the folder of a repository.")
    root = root.resolve()
    found = detect(root)
    generated = (root / places.LOCK).is_file()
    answers, fallbacks = settle({**found.raw, "project": {"name": "app", **found.raw.get("project", {})}})
    return Assessment(
        version=__version__,
        directory=str(root).encode("utf-8", "replace").decode(),
        files=len(found.folder.files),
        generated=generated,
        project=[fact for fact in found.facts if not fact.key.startswith("services[")],
        services=list(_services(found)),
        existing=list(_existing(found.folder, prepare(root, answers, fallbacks).changes)),
        unclear=list(found.unclear),
        missing=list(_missing(found, msgspec.to_builtins(answers))),
        notes=[*found.notes, *([_GENERATED] if generated else [])],
        answers=dict(found.raw),
    )


def _services(found: Detected) -> Iterator[ServiceFound]:
    for number, service in enumerate(found.raw.get("services") or ()):
        prefix = f"services[{number}]."
        facts = [fact for fact in found.facts if fact.key.startswith(prefix)]
        yield ServiceFound(name=service["name"], path=service["path"], facts=facts)


def _existing(folder: Folder, changes: Iterable[Change]) -> Iterator[Existing]:
    for kind, paths in _there(folder):
        beside = [change for change in changes if re.match(_BESIDE[kind], change.path)]
        if paths:
            yield Existing(
                kind=kind,
                paths=paths,
                ours=[c.path for c in beside if c.action is Action.CREATE],
                proposals=[c.path for c in beside if c.action is Action.PROPOSE],
                shared=[c.path for c in beside if c.action is Action.BLOCK],
            )


def _there(folder: Folder) -> Iterator[tuple[Kind, list[str]]]:
    yield "workflows", project.workflows(folder)
    systems = (
        r"\.gitlab-ci\.yml|Jenkinsfile|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|cloudbuild\.ya?ml|\.travis\.yml"
    )
    yield "pipelines", [*folder.below(".circleci"), *(path for path in folder.named(systems) if "/" not in path)]
    yield "terraform", sorted({parent(path) for path in folder.files if path.endswith(".tf")})
    described = [*kubernetes.manifests(folder), *folder.named(r"kustomization\.ya?ml")]
    yield "kubernetes", sorted({parent(path) for path in described})
    yield "helm", sorted({parent(path) for path in folder.named(r"Chart\.yaml")})
    yield "docker", list(folder.named(dockerfile.NAME))
    yield "compose", list(folder.named(compose.NAME))
    yield "make", [path for path in folder.named("(GNUm|m|M)akefile") if "/" not in path]
    yield "monitoring", list(folder.named(r"prometheus\.ya?ml|alertmanager\.ya?ml"))


def _missing(found: Detected, settled: dict[str, Any]) -> Iterator[Missing]:
    """What nothing shows, with what is taken then."""
    unclear = {one.key for one in found.unclear}
    sites = {
        int(fact.key[9:].partition("]")[0])
        for fact in found.facts
        if fact.key.endswith("].kind") and fact.value == "static"
    }
    keys = [
        f"services[{number}].{key}"
        for number, service in enumerate(found.raw.get("services") or ())
        for key in _TOLD
        if number not in sites
        and not (service.get("kind") == "worker" and key in _OF_REQUESTS)
        and not (service.get("language") == "other" and key in _OF_LANGUAGE)
    ]
    for key in ["data.database", *keys] if found.raw.get("services") else ["services"]:
        if dotted.get(found.raw, key) is None and key not in unclear:
            default = "app, a web service in Python" if key == "services" else word(dotted.get(settled, key) or "")
            if default:  # where the usual is nothing, nothing is missing
                yield Missing(key=key, default=default)
