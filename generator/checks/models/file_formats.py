"""Of which formats a file is, so that checks can be chosen by the file that a finding is in."""

from __future__ import annotations

from typing import Final

from generator.checks.formats import dockerfile, hcl, shell
from generator.checks.models import compose, github, kubernetes, prometheus
from generator.checks.rule import Format
from generator.checks.source import Sources, makefiles, shared

SYNTAX: Final = frozenset((Format.JSON, Format.TEXT, Format.TOML, Format.YAML))
"""Formats of anything: what a file of theirs is for, another format says."""
_SUFFIXES: Final = {
    ".json": Format.JSON, ".md": Format.MARKDOWN, ".toml": Format.TOML, ".yaml": Format.YAML, ".yml": Format.YAML,
    **dict.fromkeys((*hcl.SUFFIXES, ".tfbackend"), Format.TERRAFORM),
}  # fmt: skip


def at(sources: Sources, own: Format, path: str) -> frozenset[Format]:
    """By which formats a rule of the format `own` is chosen at a file: by its own where the file is of it, too.

    Elsewhere by those of the file: a rule about images by `docker` at a Dockerfile, by `kubernetes` at a manifest.
    """
    here = _formats(sources).get(path, frozenset())
    if own is Format.TEXT or own in here:
        return frozenset((own,))
    return here - SYNTAX or frozenset((own,))


@shared
def _formats(sources: Sources) -> dict[str, frozenset[Format]]:
    found: dict[str, set[Format]] = {}
    for path in sources.tree:
        suffix = f".{path.rpartition('.')[2]}"
        if suffix in _SUFFIXES:
            found.setdefault(path, set()).add(_SUFFIXES[suffix])
    special = {
        Format.DOCKER: [*dockerfile.paths(sources), *compose.paths(sources)],
        Format.GITHUB: [*github.paths(sources), *sources.below(".github/")],
        Format.KUBERNETES: [
            *kubernetes.by_path(sources), *kubernetes.kustomizations(sources), *kubernetes.patch_paths(sources)
        ],
        Format.MAKE: [*makefiles(sources)],
        Format.PROMETHEUS: [
            *prometheus.configurations(sources), *prometheus.rule_places(sources), *prometheus.test_files(sources),
            *prometheus.alertmanagers(sources),
        ],
        Format.SHELL: [*shell.paths(sources)],
    }  # fmt: skip
    for one, paths in special.items():
        for path in paths:
            found.setdefault(path, set()).add(one)
    return {path: frozenset(formats) for path, formats in found.items()}
