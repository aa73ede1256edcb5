"""Versions that the tree itself chooses."""

from __future__ import annotations

import re

from generator.checks.formats import yaml
from generator.checks.models.terraform import modules
from generator.checks.source import Sources, shared
from generator.places import ANSWERS_FILE


@shared
def kubernetes(sources: Sources) -> str:
    """The cluster's minor version: of the answers, else the default of a Terraform variable; "" where none is given."""
    answered = yaml.root(sources, ANSWERS_FILE).at("orchestration", "kubernetes_version").text
    if answered:
        return answered
    for module in modules(sources).values():
        for name in ("kubernetes_version", "cluster_version"):
            default = module.variables[name].body.get("default") if name in module.variables else None
            if default and re.fullmatch(r"\d+\.\d+", default.literal or ""):
                return default.literal or ""
    return ""
