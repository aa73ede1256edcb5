"""The recorded schemas have what our templates emit, and stay small."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

from generator.checks import data
from generator.checks.models.kubernetes import api, custom_schema, schema_of
from generator.checks.models.terraform_schema import PROVIDERS, functions, of_type
from generator.pins import pins
from tests.support.generated import TEMPLATES

TOOLS = Path(__file__).resolve().parents[2] / "tools"
BLOCK = re.compile(r'^\s*(?:mock_)?(resource|data|ephemeral)\s+"([a-z0-9_]+)"', re.MULTILINE)
SECTIONS = {"resource": "resources", "data": "data", "ephemeral": "ephemeral"}
"""Kind of a Terraform block -> section of a provider's schema."""


def emitted() -> ModuleType:
    spec = importlib.util.spec_from_file_location("emitted", TOOLS / "emitted.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["emitted"] = module
    spec.loader.exec_module(module)
    return module


def terraform_types() -> set[tuple[str, str]]:
    """(section of a provider's schema, type) of every Terraform block in a template."""
    suffixes = (".tf", ".tf.jinja", ".hcl", ".hcl.jinja")
    paths = (p for part in ("files", "partials") for p in TEMPLATES.glob(f"*/{part}/**/*") if p.name.endswith(suffixes))
    return {(SECTIONS[kind], name) for path in paths for kind, name in BLOCK.findall(path.read_text("utf-8"))}


def test_every_terraform_type_of_our_templates_is_recorded() -> None:
    found = terraform_types()
    assert len(found) > 50
    missing = [
        (section, kind)
        for section, kind in found
        if not kind.startswith("terraform_") and of_type(kind.partition("_")[0], section, kind) is None
    ]
    assert missing == []


def test_every_kubernetes_kind_of_our_templates_is_recorded() -> None:
    minors = pins().kubernetes
    missing = []
    for version, kind in emitted().kubernetes_kinds():
        name = f"{version}/{kind}"
        native = "." not in version.partition("/")[0] or name in api()["kinds"]
        known = all(schema_of(name, minor) for minor in minors) if native else custom_schema(name)
        if not known and not version.startswith("kustomize."):
            missing.append(name)
    assert missing == []


def test_the_minors_are_those_that_can_be_chosen() -> None:
    assert list(pins().kubernetes) == api()["minors"]


def test_versions_are_recorded() -> None:
    for provider in PROVIDERS:
        recorded = data.load(f"terraform/{provider}.json")
        assert recorded["provider"].endswith(f"/{provider}")
        assert recorded["version"].count(".") == 2
    assert {"jsonencode", "cidrsubnet", "templatefile"} <= functions()


def test_the_data_stays_small() -> None:
    limits = {"terraform": 1_200, "kubernetes": 750, "github": 200}
    for folder, limit in limits.items():
        size = sum(path.stat().st_size for path in (data.FOLDER / folder).iterdir())
        assert size < limit * 1000, f"{folder} has {size // 1000} kB"


def test_licences_lie_beside_what_is_copied() -> None:
    assert "Apache License" in (data.FOLDER / "github/LICENSE.schemastore").read_text()
    assert "Apache License" in (data.FOLDER / "github/LICENSE.compose-spec").read_text()
