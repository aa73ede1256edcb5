"""The checks that run before anything is written: built in, offline, no other program.

`check(tree)` judges a tree by all rules. A rule is one module of `rules/` (see `rule.py`); the list
below is written by `tools/registry.py`. External tools are in `external/`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from generator.checks.rule import Rule, did_you_mean
from generator.checks.rules import (
    config_key,
    config_reference,
    conflict_markers,
    hcl_argument_per_line,
    hcl_duplicate_argument,
    hcl_syntax,
    json_duplicate_key,
    json_syntax,
    kubernetes_schema,
    kubernetes_selector,
    kustomize_key,
    kustomize_orphan,
    kustomize_reference,
    kustomize_target,
    probe_port,
    role_reference,
    route_backend,
    route_parent,
    scale_target,
    service_port,
    template_delimiter,
    terraform_argument,
    terraform_attribute,
    terraform_function,
    terraform_module_call,
    terraform_reference,
    terraform_required_argument,
    terraform_test_reference,
    terraform_type,
    terraform_unused,
    terraform_values,
    text_encoding,
    uninstalled_kind,
    yaml_bomb,
    yaml_duplicate_key,
    yaml_syntax,
)
from generator.checks.run import CheckReport, RuleResult, run
from generator.errors import UsageError
from generator.tree import Tree

__all__ = ["RULES", "CheckReport", "Rule", "RuleResult", "check", "explain"]

RULES: Final[Mapping[str, Rule]] = {
    "config-key": config_key,
    "config-reference": config_reference,
    "conflict-markers": conflict_markers,
    "hcl-argument-per-line": hcl_argument_per_line,
    "hcl-duplicate-argument": hcl_duplicate_argument,
    "hcl-syntax": hcl_syntax,
    "json-duplicate-key": json_duplicate_key,
    "json-syntax": json_syntax,
    "kubernetes-schema": kubernetes_schema,
    "kubernetes-selector": kubernetes_selector,
    "kustomize-key": kustomize_key,
    "kustomize-orphan": kustomize_orphan,
    "kustomize-reference": kustomize_reference,
    "kustomize-target": kustomize_target,
    "probe-port": probe_port,
    "role-reference": role_reference,
    "route-backend": route_backend,
    "route-parent": route_parent,
    "scale-target": scale_target,
    "service-port": service_port,
    "template-delimiter": template_delimiter,
    "terraform-argument": terraform_argument,
    "terraform-attribute": terraform_attribute,
    "terraform-function": terraform_function,
    "terraform-module-call": terraform_module_call,
    "terraform-reference": terraform_reference,
    "terraform-required-argument": terraform_required_argument,
    "terraform-test-reference": terraform_test_reference,
    "terraform-type": terraform_type,
    "terraform-unused": terraform_unused,
    "terraform-values": terraform_values,
    "text-encoding": text_encoding,
    "uninstalled-kind": uninstalled_kind,
    "yaml-bomb": yaml_bomb,
    "yaml-duplicate-key": yaml_duplicate_key,
    "yaml-syntax": yaml_syntax,
}


def check(tree: Tree, only: Collection[str] = ()) -> CheckReport:
    """Judges the tree by all rules, or by those whose ids are in `only`."""
    unknown = sorted(set(only) - set(RULES))
    if unknown:
        raise UsageError(f"there is no check {unknown[0]}{did_you_mean(unknown[0], RULES)}")
    return run(tree, RULES, only)


def explain(rule_id: str) -> str:
    """The documentation of a rule: its title, why it matters, how to put it right."""
    return (RULES[rule_id].__doc__ or "").strip()
