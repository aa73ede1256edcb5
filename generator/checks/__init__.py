"""The checks that run before anything is written: built in, offline, no other program.

`check(tree)` judges a tree by all rules. A rule is one module of `rules/` (see `rule.py`), listed below by
its id; a test holds the list to the folder. External tools are in `external/`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from generator.checks.rule import Rule, did_you_mean
from generator.checks.rules import (
    action_schema,
    alert_runbook,
    alert_test,
    alert_untested,
    alertmanager_config,
    ci_variable,
    compose_schema,
    config_key,
    config_reference,
    conflict_markers,
    dependabot_schema,
    dockerfile_instruction,
    dockerfile_user,
    environment_list,
    hcl_argument_per_line,
    hcl_duplicate_argument,
    hcl_syntax,
    image_tag,
    json_duplicate_key,
    json_syntax,
    kubernetes_schema,
    kubernetes_selector,
    kustomize_key,
    kustomize_orphan,
    kustomize_reference,
    kustomize_target,
    make_include,
    make_target,
    markdown_link,
    network_policy_port,
    placeholder,
    probe_port,
    prometheus_config,
    prometheus_rules,
    promql,
    recording_rule,
    role_reference,
    route_backend,
    route_parent,
    scale_target,
    scrape_job,
    scrape_target,
    script_call,
    secret_token,
    service_port,
    shell_executable,
    shell_shebang,
    shell_source,
    shell_strict,
    template_delimiter,
    terraform_argument,
    terraform_attribute,
    terraform_function,
    terraform_module_call,
    terraform_output,
    terraform_reference,
    terraform_required_argument,
    terraform_test_reference,
    terraform_type,
    terraform_unused,
    terraform_values,
    text_encoding,
    uninstalled_kind,
    workflow_call,
    workflow_environment,
    workflow_expression,
    workflow_needs,
    workflow_schema,
    workflow_secret,
    workflow_step_output,
    yaml_bomb,
    yaml_duplicate_key,
    yaml_syntax,
)
from generator.checks.run import run
from generator.errors import UsageError
from generator.finding import Verdict
from generator.tree import Tree

__all__ = ["RULES", "Rule", "check", "explain"]

RULES: Final[Mapping[str, Rule]] = {
    "action-schema": action_schema,
    "alert-runbook": alert_runbook,
    "alert-test": alert_test,
    "alert-untested": alert_untested,
    "alertmanager-config": alertmanager_config,
    "ci-variable": ci_variable,
    "compose-schema": compose_schema,
    "config-key": config_key,
    "config-reference": config_reference,
    "conflict-markers": conflict_markers,
    "dependabot-schema": dependabot_schema,
    "dockerfile-instruction": dockerfile_instruction,
    "dockerfile-user": dockerfile_user,
    "environment-list": environment_list,
    "hcl-argument-per-line": hcl_argument_per_line,
    "hcl-duplicate-argument": hcl_duplicate_argument,
    "hcl-syntax": hcl_syntax,
    "image-tag": image_tag,
    "json-duplicate-key": json_duplicate_key,
    "json-syntax": json_syntax,
    "kubernetes-schema": kubernetes_schema,
    "kubernetes-selector": kubernetes_selector,
    "kustomize-key": kustomize_key,
    "kustomize-orphan": kustomize_orphan,
    "kustomize-reference": kustomize_reference,
    "kustomize-target": kustomize_target,
    "make-include": make_include,
    "make-target": make_target,
    "markdown-link": markdown_link,
    "network-policy-port": network_policy_port,
    "placeholder": placeholder,
    "probe-port": probe_port,
    "prometheus-config": prometheus_config,
    "prometheus-rules": prometheus_rules,
    "promql": promql,
    "recording-rule": recording_rule,
    "role-reference": role_reference,
    "route-backend": route_backend,
    "route-parent": route_parent,
    "scale-target": scale_target,
    "scrape-job": scrape_job,
    "scrape-target": scrape_target,
    "script-call": script_call,
    "secret-token": secret_token,
    "service-port": service_port,
    "shell-executable": shell_executable,
    "shell-shebang": shell_shebang,
    "shell-source": shell_source,
    "shell-strict": shell_strict,
    "template-delimiter": template_delimiter,
    "terraform-argument": terraform_argument,
    "terraform-attribute": terraform_attribute,
    "terraform-function": terraform_function,
    "terraform-module-call": terraform_module_call,
    "terraform-output": terraform_output,
    "terraform-reference": terraform_reference,
    "terraform-required-argument": terraform_required_argument,
    "terraform-test-reference": terraform_test_reference,
    "terraform-type": terraform_type,
    "terraform-unused": terraform_unused,
    "terraform-values": terraform_values,
    "text-encoding": text_encoding,
    "uninstalled-kind": uninstalled_kind,
    "workflow-call": workflow_call,
    "workflow-environment": workflow_environment,
    "workflow-expression": workflow_expression,
    "workflow-needs": workflow_needs,
    "workflow-schema": workflow_schema,
    "workflow-secret": workflow_secret,
    "workflow-step-output": workflow_step_output,
    "yaml-bomb": yaml_bomb,
    "yaml-duplicate-key": yaml_duplicate_key,
    "yaml-syntax": yaml_syntax,
}


def check(tree: Tree, only: Collection[str] = ()) -> Verdict:
    """Judges the tree by all rules, or by those whose ids are in `only`."""
    unknown = sorted(set(only) - set(RULES))
    if unknown:
        raise UsageError(f"there is no check {unknown[0]}{did_you_mean(unknown[0], RULES)}")
    return run(tree, RULES, only)


def explain(rule_id: str) -> str:
    """The documentation of a rule: its title, why it matters, how to put it right."""
    return (RULES[rule_id].__doc__ or "").strip()
