"""The recorded schemas have what our templates emit, and stay small."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generator.checks import data
from generator.checks.models import kubernetes_schema as schemas
from generator.checks.models.terraform_record import FOLDER, record_of
from generator.checks.models.terraform_schema import editions, functions, of_type
from generator.pins import pins
from tests.support.generated import TEMPLATES

TOOLS = Path(__file__).resolve().parents[2] / "tools"
BLOCK = re.compile(r'^\s*(?:mock_)?(resource|data|ephemeral)\s+"([a-z0-9_]+)"', re.MULTILINE)
SAMPLE = Path(__file__).with_name("schemas.txt")
SECTIONS = {"resource": "resources", "data": "data", "ephemeral": "ephemeral"}
"""Kind of a Terraform block -> section of a provider's schema."""


def loaded(name: str) -> ModuleType:
    """A module of `tools/`."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
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
        if not kind.startswith("terraform_")
        and of_type(editions(f"hashicorp/{kind.partition('_')[0]}")[0], section, kind) is None
    ]
    assert missing == []


def test_every_kubernetes_kind_of_our_templates_is_recorded() -> None:
    minors = pins().kubernetes
    missing = []
    for version, kind in loaded("emitted").kubernetes_kinds():
        name = f"{version}/{kind}"
        native = "." not in version.partition("/")[0] or name in schemas.kinds()
        known = all(schemas.compiled(name, minor) for minor in minors) if native else schemas.custom(name)
        if not known and not version.startswith("kustomize."):
            missing.append(name)
    assert missing == []


def test_the_minors_that_can_be_chosen_are_recorded_and_the_older_ones_that_clusters_still_run() -> None:
    assert set(pins().kubernetes) <= set(schemas.minors())
    assert schemas.minors() == tuple(sorted(schemas.minors(), key=lambda minor: -int(minor.split(".")[1])))
    assert schemas.minors()[-1] == "1.25"


def test_every_recorded_kind_of_every_version_compiles_and_judges() -> None:
    newest = schemas.minors()[0]
    judged = [schemas.compiled(kind, newest) for kind in schemas.kinds() if schemas.has(kind, newest)]
    assert len(judged) > 150
    assert all(judged)
    assert all(schemas.custom(kind) for kind in schemas.custom_kinds())
    assert any(not schemas.has(kind, newest) for kind in schemas.kinds()), "those that are gone are known too"


def test_only_what_a_tree_names_is_parsed() -> None:
    """The text of a schema is read when its kind is."""
    found = schemas.raw("v1/ConfigMap", "1.36")
    assert found is not None
    assert "io.k8s.api.core.v1.PodSpec" not in found["$defs"]
    assert schemas.raw("policy/v1beta1/PodDisruptionBudget", "1.36") is None
    assert schemas.raw("a/b", "1.36") is None


def recorded() -> dict[str, tuple[str, ...]]:
    """The versions of each provider, oldest first."""
    sources = [path.stem.replace(".", "/", 1) for path in (data.FOLDER / FOLDER).glob("*.schemas")]
    return {source: tuple(edition.version for edition in reversed(editions(source))) for source in sources}


def test_versions_are_recorded_one_of_each_major() -> None:
    assert {source: [version.split(".")[0] for version in versions] for source, versions in recorded().items()} == {
        "datadog/datadog": ["3", "4"], "hashicorp/archive": ["2"], "hashicorp/aws": ["5", "6"],
        "hashicorp/azuread": ["3"], "hashicorp/azurerm": ["3", "4", "5"], "hashicorp/cloudinit": ["2"],
        "hashicorp/external": ["2"], "hashicorp/google": ["5", "6", "7"], "hashicorp/helm": ["2", "3"],
        "hashicorp/http": ["3"], "hashicorp/kubernetes": ["2", "3"], "hashicorp/local": ["2"],
        "hashicorp/null": ["3"], "hashicorp/random": ["3"], "hashicorp/time": ["0"], "hashicorp/tls": ["4"],
        "hashicorp/vault": ["5"], "pagerduty/pagerduty": ["3"],
    }  # fmt: skip
    assert {"jsonencode", "cidrsubnet", "templatefile"} <= functions()


def tally(source: str, index: int) -> list[int]:
    """How many types, arguments, required ones, deprecated ones and blocks a version has, all bodies counted."""
    record = record_of(source)
    assert record is not None
    counts = [0, 0, 0, 0, 0]

    def count(body: dict[str, Any]) -> None:
        for attribute in body["attributes"].values():
            counts[1] += 1
            counts[2] += "required" in attribute
            counts[3] += "deprecated" in attribute
        for use in body["block_types"].values():
            assert use["nesting_mode"] in ("list", "set", "map", "single", "group")
            counts[4] += 1
            count(use["block"])

    for key in record.keys(index):
        counts[0] += 1
        count(record.raw(index, *key))
    return counts


def sample() -> str:
    """The counts of each version, a line each."""
    rows = [
        f"{source} {version}: {' '.join(map(str, tally(source, index)))}\n"
        for source, versions in sorted(recorded().items())
        for index, version in enumerate(versions)
    ]
    return "".join(rows)


def test_everything_that_is_recorded_can_be_read() -> None:
    """Held against a sample of what was recorded: the counts of each version."""
    assert sample() == SAMPLE.read_text("utf-8"), "python -m tests.checks.test_data writes it anew"


def test_what_is_recorded_is_what_the_provider_said() -> None:
    old, new = reversed(editions("hashicorp/aws"))
    eip, instance = of_type(old, "resources", "aws_eip"), of_type(new, "resources", "aws_instance")
    assert eip is not None
    assert (eip.arguments["vpc"].flag, eip.arguments["vpc"].type, eip.arguments["vpc"].deprecated) == ("b", "b", True)
    assert "vpc" not in getattr(of_type(new, "resources", "aws_eip"), "arguments", {})
    assert instance is not None
    assert instance.arguments["tags"].type == "Ms"
    use = instance.blocks["root_block_device"]
    assert (use.nesting, use.least, use.most) == ("list", 0, 1)
    rule = of_type(new, "resources", "aws_security_group")
    assert rule is not None
    assert rule.arguments["ingress"].as_blocks
    assert rule.arguments["ingress"].fields is not None


def test_a_version_takes_the_place_of_its_major(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = loaded("record_schemas")
    monkeypatch.setattr(tool, "TARGET", tmp_path / FOLDER)
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    tool.TARGET.mkdir()

    def known(version: str, *types: str) -> None:
        body = {"attributes": {"name": {"type": "string", "required": True}}}
        schema = {"resource_schemas": {kind: {"block": body} for kind in types}, "functions": {"at": {}}}
        file = tmp_path / "schema.json"
        file.write_text(json.dumps({"provider_schemas": {"registry.terraform.io/Acme/acme": schema}}))
        (tmp_path / ".terraform.lock.hcl").write_text(
            f'provider "registry.terraform.io/acme/acme" {{\n  version     = "{version}"\n}}\n'
        )
        record_of.cache_clear()
        tool.add(file, {}, 6)

    try:
        known("1.0.0", "acme_a")
        known("2.0.0", "acme_a", "acme_b")
        known("1.5.0", "acme_a", "acme_c")
        record_of.cache_clear()
        record = record_of("acme/acme")
        assert record is not None
        assert record.versions == ("1.5.0", "2.0.0")
        assert [key[0] for key in record.keys(0)] == ["", "acme_a", "acme_c"]
        assert [key[0] for key in record.keys(1)] == ["", "acme_a", "acme_b"]
        assert record.functions == {"at"}
        assert record.raw(0, "acme_c", "resources")["attributes"] == {"name": {"type": "string", "required": True}}
    finally:
        record_of.cache_clear()


def test_only_what_is_named_is_unpacked() -> None:
    code = (
        "from generator.checks import RULES\n"
        "from generator.checks.models import terraform_record as record, terraform_schema as schema\n"
        "print(record.record_of.cache_info().currsize)\n"
        "schema.of_type(schema.editions('hashicorp/aws')[0], 'resources', 'aws_vpc')\n"
        "print(record.record_of.cache_info().currsize, record.record_of('hashicorp/aws').unpacked)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1", "1"]


def test_the_data_stays_small() -> None:
    limits = {"terraform": 700, "kubernetes": 100, "github": 200}
    for folder, limit in limits.items():
        size = sum(path.stat().st_size for path in (data.FOLDER / folder).iterdir())
        assert size < limit * 1000, f"{folder} has {size // 1000} kB"


def test_licences_lie_beside_what_is_copied() -> None:
    assert "Apache License" in (data.FOLDER / "github/LICENSE.schemastore").read_text()
    assert "Apache License" in (data.FOLDER / "github/LICENSE.compose-spec").read_text()


if __name__ == "__main__":
    SAMPLE.write_text(sample(), encoding="utf-8")
